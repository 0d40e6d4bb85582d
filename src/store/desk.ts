/** The desk over the shared store. It moves no request on: the gate that holds a call settles it. */

import { randomBytes } from "node:crypto";
import type { Answered, Desk, Edited, EditRefusal, Refusal, Shown } from "../approval/desk.ts";
import type { Approver } from "../approval/approver.ts";
import { editedRequest, type LockedCall } from "../approval/edit.ts";
import { MOST_IN_BATCH } from "../approval/proof.ts";
import { quorum } from "../approval/quorum.ts";
import { isOverdue, type Request } from "../approval/request.ts";
import { showsWhatRuns } from "../approval/show.ts";
import { messageDigest } from "../approval/signature.ts";
import { verifyStatement, type Statement } from "../approval/statement.ts";
import { isSame } from "../approval/tally.ts";
import { turnOf, untimely } from "../approval/turn.ts";
import { parseCheckpoint, parseNote } from "../audit/checkpoint.ts";
import type { BodyRef, EntryBody } from "../audit/entry.ts";
import type { JsonObject } from "../policy/json.ts";
import { toolKey } from "./requests.ts";
import type { Store } from "./store.ts";

export interface DeskParts {
  readonly store: Store;
  /** Those accepted now. */
  approvers(): Promise<readonly Approver[]>;
  /** Resolves when the entry is durable; rejects when it could not be recorded. */
  record(entry: EntryBody): Promise<void>;
  /** Keeps one line of JSON beside the entries, for the next one to speak of. */
  body(json: string, request: Pick<Request, "server" | "kind" | "name">): BodyRef | Promise<BodyRef>;
  /** What is accepted now of the call that a request is of; undefined where it is not locked as it was. */
  locked(request: Request): Promise<LockedCall | undefined>;
  now(): number;
}

const refused = (why: Refusal): Answered => ({ kind: "refused", why });

const canBeAnswered = ({ state }: Request): boolean => state === "pending" || state === "approved";

type Listed = Exclude<Shown, { readonly kind: "missing" }>;

export function storeDesk(parts: DeskParts): Desk {
  const { store, approvers, record, now } = parts;
  const standingOf = async (request: Request, accepted?: readonly Approver[]) =>
    quorum(request, await store.statements(request.id), accepted ?? (await approvers()), now());
  const onDesk = async (request: Request, accepted?: readonly Approver[]): Promise<Listed> =>
    showsWhatRuns(request)
      ? { kind: "found", request, standing: await standingOf(request, accepted) }
      : { kind: "altered", id: request.id, code: request.code };

  /** Why this statement cannot count, as far as can be told before it is recorded. */
  async function objection(statement: Statement, request: Request): Promise<Refusal | undefined> {
    if (!showsWhatRuns(request)) return "altered";
    if (!canBeAnswered(request) || isOverdue(request, now())) return "closed";
    const accepted = await approvers();
    const verified = verifyStatement(statement, request, accepted);
    if (!verified.ok) return verified.why;
    const { approver, answer } = statement.body;
    const statements = await store.statements(request.id);
    const given = statements.filter(({ body }) => body.approver === approver);
    if (given.some(({ body }) => body.answer === answer || body.answer === "deny")) return "already";
    if (quorum(request, statements, accepted, now()).state !== "open") return undefined;
    // Several configurations may know this human, each in other groups; which of them is asked, the gate knows.
    const why = accepted
      .filter((each) => isSame(each, verified.approver))
      .map((each) => ({ approver: each, seat: verified.standsFor ?? each }))
      .map((person) => untimely(request, statements, accepted, person, statement, now()));
    return why.includes(undefined) ? undefined : why[0];
  }

  async function refuse(request: string, reason: Refusal): Promise<Answered> {
    await record({ kind: "request.refused", request, reason });
    return refused(reason);
  }

  /** `doubt`: why it may not count whatever it says. */
  async function take(statement: Statement, request: Request, doubt?: Refusal): Promise<Answered> {
    const reason = doubt ?? (await objection(statement, request));
    if (reason !== undefined) return refuse(request.id, reason);
    // Recorded first (P4): an answer that counts is in the log, whatever happens to this process in between.
    await record({ kind: "request.answered", request: request.id, statement });
    if (!(await store.addStatement(statement))) return refuse(request.id, "closed");
    return { kind: "counted", request, standing: await standingOf(request) };
  }

  async function editOf(
    request: Request,
    changes: JsonObject,
    by: string,
  ): Promise<{ readonly child: Request } | { readonly why: EditRefusal }> {
    if (!showsWhatRuns(request)) return { why: "altered" };
    if (request.state !== "pending" || isOverdue(request, now())) return { why: "closed" };
    const [statements, accepted] = [await store.statements(request.id), await approvers()];
    if (quorum(request, statements, accepted, now()).state !== "open") return { why: "closed" };
    const { approve, seats } = turnOf(request, statements, accepted, by, now());
    if (!approve && seats.length === 0) return { why: "not-your-turn" };
    const [id, nonce] = [randomBytes(16).toString("hex"), randomBytes(16).toString("hex")];
    const child = editedRequest(request, changes, by, { id, nonce }, await parts.locked(request));
    return typeof child === "string" ? { why: child } : { child };
  }

  async function refuseEdit(request: string, why: EditRefusal): Promise<Edited> {
    await record({ kind: "request.refused", request, reason: why });
    return { kind: "refused", why };
  }

  return {
    async list(page = {}) {
      const open = await store.openRequests({ ...page, now: now() });
      // Looked up once: reading who may answer costs more than counting what they said.
      const accepted = await approvers();
      return Promise.all(
        open.filter((request) => !isOverdue(request, now())).map((request) => onDesk(request, accepted)),
      );
    },
    count: () => store.countOpen(now()),
    async show(idOrCode) {
      const request = await store.findRequest(idOrCode);
      // Of one whose content was removed nothing is left that could be shown or answered.
      return request === undefined || request.removedAt !== undefined ? { kind: "missing" } : onDesk(request);
    },
    async answer(statement) {
      const request = await store.request(statement.body.request);
      if (request === undefined) return refused("no-such-request");
      return take(statement, request, statement.passkey?.batch === undefined ? undefined : "batch");
    },
    async answerAll(statements) {
      const requests = await Promise.all(statements.map(({ body }) => store.request(body.request)));
      const doubt = isOneGesture(statements, requests) ? undefined : "batch";
      const answered: Answered[] = [];
      // One after the other: each is recorded before it counts.
      for (const [index, statement] of statements.entries()) {
        const request = requests[index];
        answered.push(request === undefined ? refused("no-such-request") : await take(statement, request, doubt));
      }
      return answered;
    },
    async edit(id, changes, by) {
      const request = await store.request(id);
      if (request === undefined) return { kind: "refused", why: "no-such-request" };
      const edit = await editOf(request, changes, by);
      if ("why" in edit) return refuseEdit(id, edit.why);
      const { child } = edit;
      const { agent, call, server, kind, name, action, nonce, shown, expiresAt, obligations } = child;
      // Recorded first (P4), as an answer is.
      await record({
        kind: "request.edited",
        request: child.id,
        from: id,
        call,
        agent,
        target: { server, kind, name },
        by,
        before: await parts.body(request.argsText, request),
        args: await parts.body(child.argsText, request),
        action,
        nonce,
        shown,
        expiresAt,
        obligations,
      });
      const replaced = await store.replaceRequest(id, child, now());
      if (replaced !== "replaced") return refuseEdit(child.id, replaced);
      return { kind: "edited", request: child, standing: await standingOf(child) };
    },
    turn: async (request, approver) =>
      turnOf(request, await store.statements(request.id), await approvers(), approver, now()),
    async seen() {
      const checkpoint = parseCheckpoint(parseNote((await store.lastCheckpoint()) ?? "")?.text ?? "");
      return checkpoint === undefined ? undefined : { size: checkpoint.size, root: checkpoint.root };
    },
    watch: (changed) => store.watch(changed),
  };
}

/** Whether one gesture may be over these: few, each once, all of one tool that destroys nothing, and no others signed with them. */
function isOneGesture(statements: readonly Statement[], requests: readonly (Request | undefined)[]): boolean {
  const known = requests.filter((request) => request !== undefined);
  const digests = statements.map(({ body }) => messageDigest("kidoban-statement/v1", body).toString("hex"));
  const batch = statements.length === 1 ? undefined : digests.join();
  return (
    statements.length >= 1 &&
    statements.length <= MOST_IN_BATCH &&
    new Set(statements.map(({ body }) => body.request)).size === statements.length &&
    new Set(known.map(toolKey)).size <= 1 &&
    known.every(({ destructive }) => !destructive) &&
    statements.every(({ body }) => body.answer !== "break-glass") &&
    statements.every(({ passkey }) => passkey === undefined || passkey.batch?.join() === batch)
  );
}
