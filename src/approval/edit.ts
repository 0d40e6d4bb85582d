/**
 * An approver's change of arguments before anybody approves: what may differ, and the request that then takes the first
 * one's place. Signs nothing; who approves it is asked anew. Pure.
 */

import type { Json, JsonObject } from "../policy/json.ts";
import { actionDigest, requestCode } from "./action.ts";
import { canonical } from "./digest.ts";
import { editable } from "./quorum.ts";
import type { Request } from "./request.ts";
import { viewDigest, type View } from "./show.ts";
import { visibleJson, visibleLine, visibleText } from "./visible.ts";

/**
 * `not-editable`: the rules do not name it, or it is no tool call; `unchanged`: nothing differs; `malformed`: no JSON that a
 * call could carry.
 */
export type EditFault = "not-editable" | "unchanged" | "malformed" | "altered";

/** Of the arguments as they are sent, in characters. */
const MOST_LETTERS = 4 << 20;

const isSame = (one: JsonObject, other: JsonObject, name: string): boolean => {
  const [has, had] = [Object.hasOwn(one, name), Object.hasOwn(other, name)];
  return has === had && (!has || canonical([one[name] as Json]) === canonical([other[name] as Json]));
};

/** Names of the arguments that differ, sorted. Throws what `canonical` throws. */
export const changedNames = (before: JsonObject, after: JsonObject): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => !isSame(before, after, name))
    .toSorted();

/** Only arguments that are named may differ, and none may vanish. The one check of desk and gate. */
export function editFault(
  before: JsonObject,
  after: JsonObject,
  named: readonly string[],
): Exclude<EditFault, "altered"> | undefined {
  let changed: readonly string[];
  try {
    changed = changedNames(before, after);
  } catch {
    return "malformed";
  }
  if (changed.length === 0) return "unchanged";
  return changed.every((name) => named.includes(name) && Object.hasOwn(after, name)) ? undefined : "not-editable";
}

/** The arguments of a stored request; undefined where they are no object. */
export function argumentsOf({ argsText }: Pick<Request, "argsText">): JsonObject | undefined {
  try {
    const args = JSON.parse(argsText) as Json;
    return typeof args === "object" && args !== null && !Array.isArray(args) ? (args as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** The action of a request with these arguments, by the endpoint that it shows. */
const actionWith = ({ agent, server, kind, name, definition, view }: Request, args: JsonObject): string =>
  actionDigest({
    v: 1,
    agent,
    server,
    endpoint: view.endpoint,
    kind,
    name,
    definition,
    arguments: args,
  });

/** What was read before belongs to the arguments before; the gate cannot be asked from here. */
const NO_PREVIEW = "the arguments were changed after it was read";

/**
 * What the changed call would make of what was read, where that is known from here: the text after it was one argument word
 * for word, and only this one was changed. A guess all the same: the gate reads and compares both sides before it runs.
 */
function changeWith(change: View["change"], before: JsonObject, after: JsonObject): View["change"] {
  if (change === undefined) return undefined;
  const became = Object.keys(before).filter((name) => {
    const value = before[name];
    return typeof value === "string" && visibleText(value) === change.after;
  });
  const [name = ""] = became;
  const value = after[name];
  const isOnly = became.length === 1 && changedNames(before, after).every((each) => each === name);
  return isOnly && typeof value === "string" ? { before: change.before, after: visibleText(value) } : undefined;
}

function viewOf({ view }: Request, before: JsonObject, args: JsonObject, by: string): View {
  const { change, changeFailed, dryRun, sql, reason, ...facts } = view;
  const changed = changeWith(change, before, args);
  const hadPreview = [change, changeFailed, dryRun, sql].some((part) => part !== undefined);
  return {
    ...facts,
    arguments: visibleJson(args),
    edited: { by: visibleLine(by), arguments: view.edited?.arguments ?? view.arguments },
    ...(changed === undefined ? {} : { change: changed }),
    ...(hadPreview && changed === undefined ? { changeFailed: NO_PREVIEW } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Both drawn anew: 128 bits of hex each. */
export interface Fresh {
  readonly id: string;
  readonly nonce: string;
}

/**
 * The request that takes the place of `parent` when `by` sets these arguments. It is open as long as the first one, under
 * the same demands, and has no answers yet.
 */
export function editedRequest(parent: Request, changes: JsonObject, by: string, fresh: Fresh): Request | EditFault {
  const before = argumentsOf(parent);
  if (before === undefined) return "altered";
  if (parent.kind !== "tool") return "not-editable";
  const after = { ...before, ...changes };
  const fault = editFault(before, after, editable(parent.obligations));
  if (fault !== undefined) return fault;
  // An endpoint that had to be marked to be shown is not the one in the action.
  if (actionWith(parent, before) !== parent.action) return "altered";
  const argsText = JSON.stringify(after);
  if (argsText.length > MOST_LETTERS) return "malformed";
  const action = actionWith(parent, after);
  const view = viewOf(parent, before, after, by);
  const { redeemUntil: _redeem, closedAt: _closed, note: _note, ...facts } = parent;
  return {
    ...facts,
    ...fresh,
    code: requestCode(action, fresh.nonce),
    argsText,
    action,
    view,
    shown: viewDigest(view),
    editedFrom: parent.id,
    state: "pending",
  };
}
