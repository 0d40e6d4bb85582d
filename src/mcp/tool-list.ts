/** Reads a server's whole list of tools. One bad tool costs that tool, not the catalogue (P2, P11). */

import { isObject, type JsonObject } from "../policy/json.ts";
import { ServerError } from "../gateway/ports.ts";
import type { Lane } from "./lane.ts";

const LIST_TIMEOUT_MS = 30_000;
const MAX_PAGES = 200;
const MAX_TOOLS = 10_000;

/** Why a definition cannot be passed on, or undefined. Clients throw the whole list away over any of these. */
function faultOf(tool: unknown): string | undefined {
  if (!isObject(tool)) return "not an object";
  const { name, inputSchema } = tool;
  if (typeof name !== "string" || name === "" || name.length > 128) return "a name that is not 1 to 128 characters";
  if (!isObject(inputSchema) || inputSchema["type"] !== "object") return "an inputSchema that is not of type object";
  return undefined;
}

export interface ListEvents {
  /** What else may be wrong with a tool. */
  faultOf(tool: JsonObject): string | undefined;
  /** A definition was left out. */
  dropped(name: string | undefined, reason: string): void;
}

/**
 * All pages, in the server's order. Of two tools with one name neither can be told from the other, so both are left
 * out. Throws ServerError.
 */
export async function listTools(
  server: string,
  lane: Pick<Lane, "ask">,
  events: ListEvents,
): Promise<readonly JsonObject[]> {
  const tools: JsonObject[] = [];
  const count = new Map<string, number>();
  for await (const page of pages(server, lane)) {
    for (const tool of page) {
      const fault = faultOf(tool) ?? events.faultOf(tool as JsonObject);
      const name = isObject(tool) && typeof tool["name"] === "string" ? tool["name"].slice(0, 128) : undefined;
      if (fault !== undefined) events.dropped(name, fault);
      else {
        tools.push(tool as JsonObject);
        count.set(name ?? "", (count.get(name ?? "") ?? 0) + 1);
      }
    }
    if (tools.length > MAX_TOOLS) throw new ServerError("protocol", server, `it lists more than ${MAX_TOOLS} tools`);
  }
  for (const [name, times] of count) if (times > 1) events.dropped(name, `${times} tools of one name`);
  return tools.filter((tool) => count.get(tool["name"] as string) === 1);
}

async function* pages(server: string, lane: Pick<Lane, "ask">): AsyncGenerator<readonly unknown[]> {
  let cursor: string | undefined;
  const seen = new Set<string>();
  for (let page = 0; page < MAX_PAGES; page++) {
    const params = cursor === undefined ? "{}" : JSON.stringify({ cursor });
    const reply = await lane.ask("tools/list", params, LIST_TIMEOUT_MS);
    if (reply.kind === "none") throw new ServerError("down", server, `tools/list: ${reply.reason}`);
    if (reply.kind === "error")
      throw new ServerError("protocol", server, `tools/list was answered by error ${reply.code}`);
    const { tools, nextCursor } = reply.value;
    if (!Array.isArray(tools)) throw new ServerError("protocol", server, "tools/list gave no list");
    yield tools;
    if (typeof nextCursor !== "string") return;
    if (seen.has(nextCursor)) throw new ServerError("protocol", server, "tools/list gave the same cursor twice");
    seen.add(nextCursor);
    cursor = nextCursor;
  }
  throw new ServerError("protocol", server, `tools/list goes on after ${MAX_PAGES} pages`);
}
