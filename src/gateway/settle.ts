/** Where a request stands: closes what is over, marks what is approved, and says how an ended one reads to the agent. */

import { noticed, type Notice } from "../approval/notice.ts";
import { isOverdue, redeemUntil, type Request } from "../approval/request.ts";
import { agent as words } from "../words/agent.ts";
import { refusal, type Given } from "./answers.ts";
import { answered } from "./claim.ts";
import { toldOfEdit } from "./edited.ts";
import type { GateState } from "./state.ts";

/** Ends a request that nobody runs; durable before anybody is told. */
export async function closed(
  gate: GateState,
  request: Request,
  state: "expired" | "denied" | "invalidated" | "withdrawn" | "returned",
  note?: string,
): Promise<void> {
  const moved = await gate.store.move(
    request.id,
    ["pending", "approved"],
    state,
    gate.now(),
    note === undefined ? {} : { note },
  );
  if (!moved) return;
  gate.log.record({ kind: "request.closed", request: request.id, state, ...(note === undefined ? {} : { note }) });
  await gate.log.synced();
}

/** Withdraws, times out, or marks as approved or denied, by what the statements say now. */
export async function settle(gate: GateState, request: Request): Promise<void> {
  const now = gate.now();
  // One that was opened while the stop came into force.
  const { standing } = gate.stops;
  if (standing !== undefined) return closed(gate, request, "withdrawn", standing.reason);
  if (isOverdue(request, now)) {
    return closed(gate, request, "expired", request.state === "approved" ? "not used in time" : undefined);
  }
  if (request.state !== "pending" && request.state !== "approved") return undefined;
  const verdict = await answered(gate, request);
  if (verdict.state === "denied") return closed(gate, request, "denied", verdict.comment);
  if (verdict.state === "returned") return closed(gate, request, "returned", verdict.comment);
  if (verdict.state === "met" && request.state === "pending") {
    const until = redeemUntil(request.obligations, verdict.metAt);
    const { announcer } = gate.parts;
    const broken: readonly Notice[] =
      verdict.brokenBy === undefined ? [] : [{ kind: "glass.broken", about: noticed(request), by: verdict.brokenBy }];
    // In the same transaction: who approved alone may not go untold because a process died in between.
    const outbox = broken.flatMap((notice) => announcer?.messages(notice) ?? []);
    const moved = await gate.store.move(request.id, ["pending"], "approved", now, { redeemUntil: until, outbox });
    if (moved) for (const notice of broken) await announcer?.announce(notice);
  }
  return undefined;
}

async function denial(gate: GateState, request: Request): Promise<Given> {
  const deny = (await gate.store.statements(request.id)).find((statement) => statement.body.answer === "deny");
  return refusal(words.deniedByHuman(deny?.body.approver ?? "the user", deny?.body.comment ?? request.note));
}

async function sentBack(gate: GateState, request: Request): Promise<Given> {
  const given = (await gate.store.statements(request.id)).find((statement) => statement.body.answer === "return");
  return refusal(words.returned(given?.body.approver ?? "the approver", given?.body.comment ?? request.note ?? ""));
}

/** The answer for a request that has ended, or undefined while it is open or ours to run. */
export async function ended(gate: GateState, request: Request): Promise<Given | undefined> {
  switch (request.state) {
    case "pending":
    case "approved":
    case "executing":
      return undefined;
    case "succeeded":
    case "failed": {
      const stored = await gate.store.result(request.id);
      if (stored === undefined) return refusal(words.notSent(request.server, request.note));
      return toldOfEdit(gate, request, { kind: stored.member, text: stored.text });
    }
    case "unknown":
      return toldOfEdit(gate, request, refusal(words.unknownOutcome(request.server, undefined)));
    case "denied":
      return denial(gate, request);
    case "returned":
      return sentBack(gate, request);
    case "edited":
      // Whoever waits goes on with the request that took its place.
      return refusal(words.invalidated(undefined));
    case "expired":
      return refusal(request.redeemUntil === undefined ? words.expired : words.redeemExpired);
    case "withdrawn":
      return refusal(words.withdrawn(request.note));
    case "invalidated":
      return refusal(words.invalidated(request.note));
  }
}
