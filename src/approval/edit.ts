/**
 * An approver's change of arguments before anybody approves: what may differ, and the request that then takes the first
 * one's place. Signs nothing; who approves it is asked anew. Pure.
 */

import type { Json, JsonObject } from "../policy/json.ts";
import type { LockedItem } from "../policy/manifest.ts";
import { planPreview } from "../policy/preview.ts";
import type { SqlReaders } from "../policy/sql/dialect.ts";
import { actionDigest, requestCode } from "./action.ts";
import { canonical } from "./digest.ts";
import { editable } from "./quorum.ts";
import type { Request } from "./request.ts";
import { viewDigest, visiblePreview, type Previewed, type View } from "./show.ts";
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

/** What previews of a changed call are made from, where no server can be asked. */
export interface LockedCall {
  readonly item: LockedItem;
  /** For the dialect that its preview names. */
  readonly sql: SqlReaders;
}

/** What was read or tried before belongs to the arguments before; the server cannot be asked from here. */
const NOT_READ = "the arguments were changed after it was read";
const NOT_TRIED = "the arguments were changed after the trial";

/**
 * What is shown of the changed call: its SQL is parsed anew, and what was read goes on where the changed call would be
 * preceded by the very same read. Made visible. The gate makes and compares all of it again before it runs.
 */
function previewWith(
  parent: Request,
  before: JsonObject,
  after: JsonObject,
  locked: LockedCall | undefined,
): Previewed {
  const { agent, server, kind, name, view } = parent;
  if ([view.change, view.changeFailed, view.dryRun, view.sql].every((part) => part === undefined)) return {};
  const plan = (args: JsonObject) =>
    locked === undefined ? undefined : planPreview(locked.item, { agent, server, kind, name, args });
  const planned = plan(after);
  switch (planned?.kind) {
    case undefined:
      return { changeFailed: NOT_READ };
    case "failed":
      return visiblePreview({ changeFailed: planned.why });
    case "dry-run":
      return { changeFailed: NOT_TRIED };
    case "sql": {
      const { dialect, text } = planned;
      return visiblePreview({ sql: { dialect, facts: locked?.sql.get(dialect)?.facts(text) ?? null } });
    }
    case "change": {
      const was = plan(before);
      const isSameRead =
        was?.kind === "change" && canonical([was.read, was.args]) === canonical([planned.read, planned.args]);
      return view.change === undefined || !isSameRead
        ? { changeFailed: NOT_READ }
        : { change: { before: view.change.before, after: visibleText(planned.after) } };
    }
  }
}

function viewOf(parent: Request, before: JsonObject, args: JsonObject, by: string, locked?: LockedCall): View {
  const { change: _change, changeFailed: _failed, dryRun: _trial, sql: _sql, reason, ...facts } = parent.view;
  return {
    ...facts,
    arguments: visibleJson(args),
    edited: { by: visibleLine(by), arguments: facts.edited?.arguments ?? facts.arguments },
    ...previewWith(parent, before, args, locked),
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
 * the same demands, and has no answers yet. Without `locked` there is no preview of it.
 */
export function editedRequest(
  parent: Request,
  changes: JsonObject,
  by: string,
  fresh: Fresh,
  locked?: LockedCall,
): Request | EditFault {
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
  const view = viewOf(parent, before, after, by, locked);
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
