/** The desk over the shared store. It moves no request on: the gate that holds a call settles it. */

import type { Answered, Desk, Refusal, Shown } from "../approval/desk.ts";
import type { Approver } from "../approval/approver.ts";
import { quorum } from "../approval/quorum.ts";
import { isOverdue, type Request } from "../approval/request.ts";
import { showsWhatRuns } from "../approval/show.ts";
import { verifyStatement, type Statement } from "../approval/statement.ts";
import type { EntryBody } from "../audit/entry.ts";
import type { Store } from "./store.ts";

export interface DeskParts {
  readonly store: Store;
  /** Those accepted now. */
  approvers(): Promise<readonly Approver[]>;
  /** Resolves when the entry is durable; rejects when it could not be recorded. */
  record(entry: EntryBody): Promise<void>;
  now(): number;
}

const refused = (why: Refusal): Answered => ({ kind: "refused", why });

const canBeAnswered = ({ state }: Request): boolean => state === "pending" || state === "approved";

export function storeDesk({ store, approvers, record, now }: DeskParts): Desk {
  const onDesk = async (request: Request): Promise<Exclude<Shown, { readonly kind: "missing" }>> => {
    if (!showsWhatRuns(request)) return { kind: "altered", id: request.id, code: request.code };
    const standing = quorum(request, await store.statements(request.id), await approvers(), now());
    return { kind: "found", request, standing };
  };

  /** Why this statement cannot count, as far as can be told before it is recorded. */
  async function objection(statement: Statement, request: Request): Promise<Refusal | undefined> {
    if (!showsWhatRuns(request)) return "altered";
    if (!canBeAnswered(request) || isOverdue(request, now())) return "closed";
    const verified = verifyStatement(statement, request, await approvers());
    if (!verified.ok) return verified.why;
    const { approver, answer } = statement.body;
    const given = (await store.statements(request.id)).filter(({ body }) => body.approver === approver);
    return given.some(({ body }) => body.answer === answer || body.answer === "deny") ? "already" : undefined;
  }

  return {
    async list() {
      const open = await store.requests({ states: ["pending", "approved"] });
      return Promise.all(
        open
          .filter((request) => !isOverdue(request, now()))
          .toReversed()
          .map(onDesk),
      );
    },
    async show(idOrCode) {
      const request = await store.findRequest(idOrCode);
      return request === undefined ? { kind: "missing" } : onDesk(request);
    },
    async answer(statement) {
      const request = await store.request(statement.body.request);
      if (request === undefined) return refused("no-such-request");
      const reason = await objection(statement, request);
      if (reason !== undefined) {
        await record({ kind: "request.refused", request: request.id, reason });
        return refused(reason);
      }
      // Recorded first (P4): an answer that counts is in the log, whatever happens to this process in between.
      await record({ kind: "request.answered", request: request.id, statement });
      if (!(await store.addStatement(statement))) {
        await record({ kind: "request.refused", request: request.id, reason: "closed" });
        return refused("closed");
      }
      const standing = quorum(request, await store.statements(request.id), await approvers(), now());
      return { kind: "counted", request, standing };
    },
    watch: (changed) => store.watch(changed),
  };
}
