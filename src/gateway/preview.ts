/** Reads the state before a write, for the approver to compare and for the claim to check again. A read like any other in the log. */

import { randomBytes } from "node:crypto";
import type { ViewFacts } from "../approval/show.ts";
import { visibleText } from "../approval/visible.ts";
import type { Request } from "../approval/request.ts";
import type { Call } from "../policy/call.ts";
import { isObject, type Json } from "../policy/json.ts";
import type { LockedItem } from "../policy/manifest.ts";
import { planPreview, type PlannedPreview } from "../policy/preview.ts";
import { send } from "./forward.ts";
import { lockedItem } from "./in-force.ts";
import type { AskedCall } from "./steps.ts";
import type { GateState } from "./state.ts";

/** The text blocks of a tool result, or null when the server says that there is nothing to read. */
function textOf(result: Json): string | null {
  if (!isObject(result) || result["isError"] === true) return null;
  const content = Array.isArray(result["content"]) ? result["content"] : [];
  return content
    .flatMap((block) => (isObject(block) && typeof block["text"] === "string" ? [block["text"]] : []))
    .join("\n");
}

/** Throws when the read could not be made; null: the server found nothing there. */
async function read(
  gate: GateState,
  server: string,
  planned: Extract<PlannedPreview, { kind: "planned" }>,
): Promise<string | null> {
  const item = lockedItem(gate.parts.inForce(), { server, kind: "tool", name: planned.read });
  if (item === undefined || item.access !== "read" || gate.servers.live.quarantined(server, "tool", planned.read)) {
    throw new Error(`${planned.read} is not a locked read`);
  }
  const { forwarded } = await send(gate, {
    id: randomBytes(12).toString("hex"),
    call: { agent: gate.agent, server, kind: "tool", name: planned.read, args: planned.args },
    access: "read",
    argsText: JSON.stringify(planned.args),
    decision: {
      effect: "allow",
      access: "read",
      cause: "default-read",
      hidden: false,
      rules: [],
      obligations: [],
      detail: "preview for the approver",
    },
    claimed: {},
  });
  if (forwarded.status === "tool_error") return null;
  if (forwarded.status !== "ok" || forwarded.text === undefined) throw new Error(forwarded.detail ?? forwarded.status);
  return textOf(JSON.parse(forwarded.text) as Json);
}

async function changeOf(
  gate: GateState,
  server: string,
  item: LockedItem,
  call: Call,
): Promise<Pick<ViewFacts, "change" | "changeFailed">> {
  const planned = planPreview(item, call);
  if (planned === undefined) return {};
  if (planned.kind === "failed") return { changeFailed: planned.why };
  try {
    return { change: { before: await read(gate, server, planned), after: planned.after } };
  } catch (error) {
    return { changeFailed: error instanceof Error ? error.message : String(error) };
  }
}

/** What an approver is shown of the change, where the lock names a preview. */
export const previewChange = (gate: GateState, asked: AskedCall): Promise<Pick<ViewFacts, "change" | "changeFailed">> =>
  changeOf(gate, asked.call.server, asked.exposed.item, asked.call);

/** Whether the change is still the one that was shown: the state before it, and what the call makes of it. */
export async function changeStands(gate: GateState, request: Request, item: LockedItem, call: Call): Promise<boolean> {
  const { change: shown, changeFailed } = request.view;
  // The approver was told that there is nothing to see, and why.
  if (changeFailed !== undefined) return true;
  if (shown === undefined) return item.preview === undefined;
  const { change } = await changeOf(gate, request.server, item, call);
  if (change === undefined) return false;
  const before = change.before === null ? null : visibleText(change.before);
  return before === shown.before && visibleText(change.after) === shown.after;
}
