/**
 * Requests whose arguments an approver changed: which one took the place of which, whether the change may still be made,
 * and what the agent is told of it.
 */

import { argumentsOf, changedNames, editFault } from "../approval/edit.ts";
import { noticed } from "../approval/notice.ts";
import { editable } from "../approval/quorum.ts";
import type { Request } from "../approval/request.ts";
import { showsWhatRuns } from "../approval/show.ts";
import { visibleJson } from "../approval/visible.ts";
import { decide } from "../policy/decide.ts";
import { argumentSchema } from "../policy/definition.ts";
import type { JsonObject } from "../policy/json.ts";
import type { LockedItem } from "../policy/manifest.ts";
import { argumentCheck } from "../policy/schema.ts";
import { agent as words } from "../words/agent.ts";
import type { Given } from "./answers.ts";
import type { InForce } from "./in-force.ts";
import { withFirstBlock, withFirstWords } from "./member.ts";
import type { GateState } from "./state.ts";

/** How often one call's arguments may be changed, one change after another. */
const MOST_EDITS = 20;

const isSameCall = (one: Request, other: Request): boolean =>
  one.call === other.call &&
  one.agent === other.agent &&
  one.server === other.server &&
  one.kind === other.kind &&
  one.name === other.name;

/** The request that took the place of this one; undefined where none did. */
export async function successor(gate: GateState, request: Request): Promise<Request | undefined> {
  if (request.state !== "edited" || request.note === undefined) return undefined;
  const child = await gate.store.request(request.note);
  return child?.editedFrom === request.id && isSameCall(child, request) ? child : undefined;
}

/** As above, for whoever waits: those who are asked now are told once, as of any request. */
export async function goesOnAs(gate: GateState, request: Request): Promise<Request | undefined> {
  const next = await successor(gate, request);
  if (next?.state === "pending") await gate.parts.announcer?.announce({ kind: "request.opened", about: noticed(next) });
  return next;
}

/** What the agent itself had asked for; undefined where the chain of changes does not hold together. */
async function originalOf(gate: GateState, request: Request): Promise<Request | undefined> {
  let at = request;
  for (let edits = 0; edits < MOST_EDITS && at.editedFrom !== undefined; edits++) {
    const parent = await gate.store.request(at.editedFrom);
    if (parent === undefined || (await successor(gate, parent))?.id !== at.id) return undefined;
    at = parent;
  }
  return at.editedFrom === undefined && showsWhatRuns(at) ? at : undefined;
}

/**
 * Arguments that every configuration in force lets approvers change; undefined where none of them asks. Each by itself: one
 * that names nothing any more holds at once (P12).
 */
function namedBy(
  gate: GateState,
  inForce: InForce,
  { agent, server, kind, name }: Request,
  args: JsonObject,
): readonly string[] | undefined {
  const said = inForce.policies
    .map((policy) => decide(policy, { agent, server, kind, name, args }, gate.servers.live))
    .filter(({ effect }) => effect !== "allow")
    .map(({ obligations }) => editable(obligations));
  return said.length === 0 ? undefined : said.reduce((few, more) => few.filter((each) => more.includes(each)));
}

/** Why the change may not be made as rules, lock and secrets are now; undefined where it may, or nothing was changed. */
export async function editObjection(
  gate: GateState,
  inForce: InForce,
  request: Request,
  item: LockedItem,
): Promise<string | undefined> {
  if (request.editedFrom === undefined) return undefined;
  const original = await originalOf(gate, request);
  const [before, after] = [original === undefined ? undefined : argumentsOf(original), argumentsOf(request)];
  if (before === undefined || after === undefined) return "what it was changed from is not there";
  if (request.view.edited?.arguments !== visibleJson(before)) return "what was shown is not what was changed";
  if (gate.parts.secrets.carries(request.argsText)) return "the changed arguments contain a credential";
  if (argumentCheck(argumentSchema(item))(after) !== undefined)
    return "the changed arguments do not fit the tool's schema";
  // What the rules say of the call as it was asked for names what may be changed; of the changed one they may name less.
  const asked = namedBy(gate, inForce, request, before);
  const changed = namedBy(gate, inForce, request, after) ?? asked;
  const named = (asked ?? []).filter((each) => changed?.includes(each));
  const fault = editFault(before, after, named);
  return fault === undefined ? undefined : "these arguments may not be changed";
}

/** An answer about a changed call begins with what was changed. */
export async function toldOfEdit(gate: GateState, request: Request, given: Given): Promise<Given> {
  const { edited } = request.view;
  if (request.editedFrom === undefined || edited === undefined) return given;
  const original = await originalOf(gate, request);
  const [before, after] = [original === undefined ? {} : (argumentsOf(original) ?? {}), argumentsOf(request) ?? {}];
  const changed = changedNames(before, after).map((name): readonly [string, string] => [
    name,
    JSON.stringify(after[name]),
  ]);
  const said = words.edited(edited.by, changed);
  switch (given.kind) {
    case "result":
      return { ...given, text: withFirstBlock(given.text, said) };
    case "error":
      return { ...given, text: withFirstWords(given.text, said) };
    case "refusal":
      return { ...given, message: `${said} ${given.message}` };
    case "prompt":
    case "task":
      return given;
  }
}
