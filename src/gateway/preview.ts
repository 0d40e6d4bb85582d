/**
 * What an approver is shown beside the arguments: the state before a write, what a trial of it says, or what its SQL does.
 * Calls for it are recorded like any other.
 */

import { randomBytes } from "node:crypto";
import { digestOf } from "../approval/digest.ts";
import { type Previewed, visiblePreview } from "../approval/show.ts";
import type { Request } from "../approval/request.ts";
import { PREVIEW } from "../audit/parts.ts";
import type { Call } from "../policy/call.ts";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import type { LockedItem } from "../policy/manifest.ts";
import { planPreview } from "../policy/preview.ts";
import { send } from "./forward.ts";
import { decideInForce, lockedItem } from "./in-force.ts";
import type { AskedCall } from "./steps.ts";
import type { GateState } from "./state.ts";

/** The text blocks of a tool result. */
function textOf(result: Json): string {
  const content = isObject(result) && Array.isArray(result["content"]) ? result["content"] : [];
  return content
    .flatMap((block) => (isObject(block) && typeof block["text"] === "string" ? [block["text"]] : []))
    .join("\n");
}

/** Calls of the gate's own, for the approver. `isTrial`: a write that its reviewer found to change nothing so. */
async function callFor(gate: GateState, call: Call, isTrial: boolean): Promise<Json> {
  const { forwarded } = await send(gate, {
    id: randomBytes(12).toString("hex"),
    call,
    // Recorded as durably as a write: only the lock says that it is none.
    access: isTrial ? "write" : "read",
    argsText: JSON.stringify(call.args),
    decision: {
      effect: "allow",
      access: "read",
      cause: "default-read",
      hidden: false,
      rules: [],
      obligations: [],
      detail: PREVIEW,
    },
    claimed: {},
  });
  const { status, member, text, detail } = forwarded;
  const isAnswer = status === "ok" || status === "tool_error";
  if (!isAnswer || text === undefined) throw new Error(detail ?? status);
  // A part of it would pose as the whole.
  if (member === "error") throw new Error("the answer is longer than the server may give");
  return JSON.parse(text) as Json;
}

/** Throws when the read could not be made; null: the server found nothing there. */
async function read(gate: GateState, server: string, name: string, args: JsonObject): Promise<string | null> {
  const item = lockedItem(gate.parts.inForce(), { server, kind: "tool", name });
  if (item === undefined || item.access !== "read" || gate.servers.live.quarantined(server, "tool", name))
    throw new Error(`${name} is not a locked read`);
  const result = await callFor(gate, { agent: gate.agent, server, kind: "tool", name, args }, false);
  return isObject(result) && result["isError"] === true ? null : textOf(result);
}

/** Throws where it cannot be tried: a rule that denies these arguments holds for a trial too. */
async function tryOut(gate: GateState, call: Call): Promise<string> {
  if (decideInForce(gate.parts.inForce(), call, gate.servers.live).effect === "deny")
    throw new Error("a rule denies the trial");
  const said = textOf(await callFor(gate, call, true));
  if (said === "") throw new Error("the trial says nothing in words");
  return said;
}

async function previewOf(gate: GateState, item: LockedItem, call: Call): Promise<Previewed> {
  const planned = planPreview(item, call);
  try {
    switch (planned?.kind) {
      case undefined:
        return {};
      case "failed":
        return { changeFailed: planned.why };
      case "change":
        return { change: { before: await read(gate, call.server, planned.read, planned.args), after: planned.after } };
      case "dry-run":
        return { dryRun: await tryOut(gate, { ...call, args: planned.args }) };
      case "sql": {
        const { dialect, text } = planned;
        return { sql: { dialect, facts: gate.parts.inForce().sql.get(dialect)?.facts(text) ?? null } };
      }
    }
  } catch (error) {
    return { changeFailed: error instanceof Error ? error.message : String(error) };
  }
}

/** Not made visible yet. */
export const previewFor = (gate: GateState, asked: AskedCall): Promise<Previewed> =>
  previewOf(gate, asked.exposed.item, asked.call);

/**
 * Whether what was shown of the change still holds: the state before it and what the call makes of it, and what its SQL
 * does. A trial is not repeated: what its server says may differ from time to time.
 */
export async function changeStands(gate: GateState, request: Request, item: LockedItem, call: Call): Promise<boolean> {
  const { view } = request;
  // The approver was told that there is nothing to see, and why.
  if (view.changeFailed !== undefined) return true;
  switch (item.preview?.kind) {
    case undefined:
      return view.change === undefined && view.dryRun === undefined && view.sql === undefined;
    case "dry-run":
      return view.dryRun !== undefined;
    case "change":
    case "sql": {
      const now = visiblePreview(await previewOf(gate, item, call));
      const isShown = view.change !== undefined || view.sql !== undefined;
      return isShown && comparable(now) === comparable(view);
    }
  }
}

const comparable = ({ change, sql }: Previewed): string => digestOf([change ?? null, sql ?? null]);
