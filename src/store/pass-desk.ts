/** The desk of passes over the shared store. */

import { randomBytes } from "node:crypto";
import type { Approver } from "../approval/approver.ts";
import { passBodyFault, verifyPassSignature, type PassBody, type PassSignature } from "../approval/pass.ts";
import type { PassDesk, PassRefusal, PassSigned } from "../approval/pass-desk.ts";
import type { EntryBody } from "../audit/entry.ts";
import type { Store } from "./store.ts";

export interface PassDeskParts {
  readonly store: Store;
  /** Of the configuration that the pass is of, those accepted now. */
  approvers(config: string): Promise<readonly Approver[]>;
  /** Resolves when the entry is durable; rejects when it could not be recorded. */
  record(entry: EntryBody): Promise<void>;
  now(): number;
}

/** Grants nothing. */
export const newPassId = (): string => randomBytes(8).toString("hex");

const issued = (body: PassBody, signatures: readonly PassSignature[], by: string): EntryBody => ({
  kind: "pass.issued",
  pass: body.pass,
  agent: body.agent,
  target: { server: body.server, kind: body.kind, name: body.name },
  by,
  body,
  signatures,
});

export function storePassDesk({ store, approvers, record, now }: PassDeskParts): PassDesk {
  async function refuse(body: PassBody, why: PassRefusal): Promise<PassSigned> {
    await record({ kind: "pass.refused", pass: body.pass, agent: body.agent, reason: why });
    return { kind: "refused", why };
  }

  async function objection(body: PassBody, signature: PassSignature): Promise<PassRefusal | undefined> {
    const fault = passBodyFault(body);
    if (fault !== undefined) return fault;
    if (now() > body.until) return "over";
    return verifyPassSignature(body, signature, await approvers(body.config)) ? undefined : "signature";
  }

  async function kept(id: string): Promise<PassSigned> {
    const pass = await store.pass(id);
    return pass === undefined ? { kind: "refused", why: "no-such-pass" } : { kind: "signed", pass };
  }

  return {
    list: () => store.passes({}),
    show: (id) => store.pass(id),
    async issue(body, signature) {
      const why = await objection(body, signature);
      if (why !== undefined) return refuse(body, why);
      // Recorded first (P4): whole, so that the log alone proves who gave it.
      await record(issued(body, [signature], signature.approver));
      return (await store.addPass(body, signature, now())) ? kept(body.pass) : refuse(body, "already");
    },
    async sign(id, signature) {
      const pass = await store.pass(id);
      if (pass === undefined) return { kind: "refused", why: "no-such-pass" };
      const { body, signatures, revokedAt } = pass;
      if (revokedAt !== undefined) return refuse(body, "revoked");
      if (signatures.some(({ approver }) => approver === signature.approver)) return refuse(body, "already");
      const why = await objection(body, signature);
      if (why !== undefined) return refuse(body, why);
      await record(issued(body, [...signatures, signature], signature.approver));
      return (await store.signPass(id, signature)) ? kept(id) : refuse(body, "already");
    },
    async revoke(id, by) {
      const pass = await store.pass(id);
      // In force before it is recorded: a log that cannot be written must not keep a pass alive.
      if (pass === undefined || !(await store.revokePass(id, by, now()))) return false;
      await record({ kind: "pass.revoked", pass: id, agent: pass.body.agent, by });
      return true;
    },
  };
}
