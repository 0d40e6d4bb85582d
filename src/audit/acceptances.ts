/**
 * Proves what came into force (P12): each acceptance by an approver of the configuration before it, and nothing applied
 * that nobody accepted. Keeps one fact of each configuration until all streams have been read. Pure.
 */

import { verifyAcceptance } from "../approval/acceptance.ts";
import type { Archives } from "./editions.ts";
import type { ConfigRef, Entry, EntryBody } from "./entry.ts";
import type { Fault } from "./fault.ts";
import { isBeforeArchives } from "./older.ts";
import type { Rotation } from "./rotation.ts";

type Changed = Extract<EntryBody, { readonly kind: "retention.changed" }>;
type Rotated = Extract<EntryBody, { readonly kind: "key.rotated" }>;
type Accepted = Extract<EntryBody, { readonly kind: "config.accepted" }>;

interface Placed {
  readonly stream: string;
  readonly line: number;
  /** ms. */
  readonly at: number;
}

export interface AcceptanceProof {
  take(entry: Entry, stream: string, line: number): void;
  /** A replaced key of which the file beside the ledger says nothing, or something else. */
  rotation(told: readonly (Rotation | undefined)[]): Fault | undefined;
  /** `settledUntil`, ms: what was written later may lean on what is not read yet. */
  end(archives: Archives, settledUntil: number): Promise<Fault | undefined>;
}

/** Two processes may both find that nothing is accepted yet. */
const MOMENT_MS = 60_000;

export function acceptanceProof(): AcceptanceProof {
  const accepted: (Placed & { readonly body: Accepted; readonly isOld: boolean })[] = [];
  /** Changes that two have to sign: see retention-entry.ts. */
  const changed: (Placed & { readonly body: Changed })[] = [];
  /** By path and digest, where it was applied first. */
  const applied = new Map<string, Placed & { readonly config: string; readonly ref: ConfigRef }>();
  const rotated: { readonly place: Pick<Placed, "stream" | "line">; readonly body: Rotated }[] = [];
  /** Archives by the digests of the files in them. */
  const archiveOf = new Map<string, string>();
  /** Streams of a program that archived nothing, as long as nothing had been. */
  const old = new Set<string>();

  const fault = (code: Fault["code"], { stream, line }: Pick<Placed, "stream" | "line">, found: string): Fault => ({
    code,
    file: stream,
    line,
    found,
  });

  /** Whether something of this path was in force before, or went on from what was, and so had a say. */
  function hadBefore({ stream, line, at, body: { digest } }: (typeof accepted)[number], config: string): boolean {
    const isBefore = (one: Placed): boolean => (one.stream === stream ? one.line < line : one.at < at - MOMENT_MS);
    const ofPath = [...applied.values()].filter((one) => one.config === config);
    const next = accepted.filter(({ body }) => !body.first && body.config === config);
    if ([...ofPath, ...next].some(isBefore)) return true;
    // Of two that found nothing at the same moment, only one came into force without anybody.
    const own = ofPath.find((one) => one.ref.digest === digest);
    if (own === undefined || next.some(({ body }) => body.digest === digest)) return false;
    return ofPath.some((one) => one.ref.digest !== digest && one.at < own.at);
  }

  async function judge(each: (typeof accepted)[number], archives: Archives, until: number): Promise<Fault | undefined> {
    const { digest, archive, by, config, previous, acceptedAt, key, signature, passkey, first } = each.body;
    if (archive !== undefined) {
      const read = await archives.read({ digest, archive });
      if (typeof read === "string") return fault(read, each, archive);
    }
    // Of an older program's configuration nobody can say whose keys counted.
    if (config === undefined || (!first && previous === undefined))
      return each.isOld ? undefined : fault("acceptance", each, digest);
    if (first || previous === undefined) return hadBefore(each, config) ? fault("acceptance", each, digest) : undefined;
    const before = archiveOf.get(previous);
    if (before === undefined) return each.isOld || each.at > until ? undefined : fault("acceptance", each, digest);
    const read = await archives.read({ digest: previous, archive: before });
    if (typeof read === "string") return fault(read, each, before);
    if (read.approvers.length === 0) return undefined;
    if (acceptedAt === undefined || key === undefined || signature === undefined)
      return fault("acceptance", each, digest);
    const body = { v: 1, config, previous, digest, approver: by, acceptedAt } as const;
    const proof = { key, signature, ...(passkey === undefined ? {} : { passkey }) };
    return verifyAcceptance({ body, ...proof }, read.approvers) ? undefined : fault("acceptance", each, digest);
  }

  /** Two people, each by a key that counted before. */
  async function judgeChange(
    each: Placed & { readonly body: Changed },
    archives: Archives,
  ): Promise<Fault | undefined> {
    const { config, previous, digest, consents } = each.body;
    const before = archiveOf.get(previous);
    if (before === undefined) return undefined;
    const read = await archives.read({ digest: previous, archive: before });
    if (typeof read === "string") return fault(read, each, before);
    const good = consents.filter(({ approver, acceptedAt, ...proof }) =>
      verifyAcceptance({ body: { v: 1, config, previous, digest, approver, acceptedAt }, ...proof }, read.approvers),
    );
    const [people, keys] = [new Set(good.map(({ approver }) => approver)), new Set(good.map(({ key }) => key))];
    return people.size >= 2 && keys.size >= 2 ? undefined : fault("acceptance", each, digest);
  }

  return {
    take({ body, time }, stream, line) {
      if (body.kind === "stream.opened" && isBeforeArchives(body) && archiveOf.size === 0) old.add(stream);
      if (body.kind === "retention.changed") changed.push({ body, stream, line, at: Date.parse(time) });
      if (body.kind === "config.accepted") {
        accepted.push({
          body,
          stream,
          line,
          at: Date.parse(time),
          isOld: old.has(stream) && body.archive === undefined,
        });
        if (body.archive !== undefined) archiveOf.set(body.digest, body.archive);
      } else if (body.kind === "key.rotated") {
        rotated.push({ place: { stream, line }, body });
      } else if (body.kind === "config.applied") {
        const { config, accepted: ref } = body;
        const [key, at] = [`${config}\n${ref.digest}`, Date.parse(time)];
        if ((applied.get(key)?.at ?? Infinity) > at) applied.set(key, { config, ref, stream, line, at });
        for (const each of [ref, body.proposed]) if (each !== undefined) archiveOf.set(each.digest, each.archive);
      }
    },
    rotation(told) {
      const isTold = ({ from, to, size, root }: Rotated): boolean =>
        told.some((each) => each?.from === from && each.to === to && each.size === size && each.root === root);
      const untold = rotated.find(({ body }) => !isTold(body));
      return untold === undefined ? undefined : fault("rotation", untold.place, untold.body.to);
    },
    async end(archives, settledUntil) {
      for (const each of accepted) {
        const found = await judge(each, archives, settledUntil).catch(() =>
          fault("config-changed", each, each.body.digest),
        );
        if (found !== undefined) return found;
      }
      for (const each of changed) {
        const found = await judgeChange(each, archives).catch(() => fault("config-changed", each, each.body.digest));
        if (found !== undefined) return found;
      }
      const known = new Set(accepted.map(({ body }) => body.digest));
      for (const each of applied.values())
        if (!known.has(each.ref.digest) && each.at <= settledUntil)
          return fault("config-unaccepted", each, each.ref.digest);
      return undefined;
    },
  };
}
