/** Reads a server's whole list of one kind. One bad definition costs that definition, not the catalogue (P2, P11). */

import { isObject, type JsonObject } from "../policy/json.ts";
import type { LockedKind } from "../policy/manifest.ts";
import { ServerError } from "../gateway/ports.ts";
import type { Lane } from "./lane.ts";

const LIST_TIMEOUT_MS = 30_000;
const MAX_PAGES = 200;
const MAX_DEFINITIONS = 10_000;
/** Of all pages of one list, in characters: they are held together. */
const MAX_LENGTH = 32 * 1024 * 1024;
const MAX_NAME = 128;
const MAX_URI = 8192;

/** One list method, the member of its result, and what its definitions go by. */
interface Listing {
  readonly method: string;
  readonly member: string;
  readonly name: "name" | "uri" | "uriTemplate";
}

const LISTINGS: Readonly<Record<LockedKind, readonly Listing[]>> = {
  tool: [{ method: "tools/list", member: "tools", name: "name" }],
  prompt: [{ method: "prompts/list", member: "prompts", name: "name" }],
  resource: [
    { method: "resources/list", member: "resources", name: "uri" },
    { method: "resources/templates/list", member: "resourceTemplates", name: "uriTemplate" },
  ],
};

/** Why a definition cannot be passed on, or undefined. Clients throw the whole list away over any of these. */
function faultOf(listing: Listing, definition: unknown): string | undefined {
  if (!isObject(definition)) return "not an object";
  const name = definition[listing.name];
  const most = listing.name === "name" ? MAX_NAME : MAX_URI;
  if (typeof name !== "string" || name === "" || name.length > most)
    return `a ${listing.name} that is not 1 to ${most} characters`;
  if (typeof definition["name"] !== "string") return "no name";
  if (listing.name !== "name" && definition["uri"] !== undefined && definition["uriTemplate"] !== undefined)
    return "both a uri and a uriTemplate";
  const schema = definition["inputSchema"];
  if (listing.member === "tools" && (!isObject(schema) || schema["type"] !== "object"))
    return "an inputSchema that is not of type object";
  return undefined;
}

export interface ListEvents {
  /** What else may be wrong with a tool. */
  faultOf(tool: JsonObject): string | undefined;
  /** A definition was left out. */
  dropped(method: string, name: string | undefined, reason: string): void;
  /** It declares resources or prompts and does not know the method that lists them: they count as none. */
  unknown(method: string): void;
}

/**
 * All pages, in the server's order, templates behind the resources. Of two definitions with one name neither can be told
 * from the other, so both are left out; but a template without variables is the resource that it names. Throws ServerError.
 */
export async function listDefinitions(
  server: string,
  kind: LockedKind,
  lane: Pick<Lane, "ask">,
  events: ListEvents,
): Promise<readonly JsonObject[]> {
  const lists: JsonObject[] = [];
  for (const listing of LISTINGS[kind]) {
    const uris = new Set(lists.map(({ uri }) => uri));
    for (const one of await listAll(server, listing, lane, events)) {
      const name = one["uriTemplate"];
      if (typeof name === "string" && uris.has(name)) {
        events.dropped(listing.method, name.slice(0, MAX_NAME), "a resource has this uri");
      } else lists.push(one);
    }
  }
  return lists;
}

async function listAll(
  server: string,
  listing: Listing,
  lane: Pick<Lane, "ask">,
  events: ListEvents,
): Promise<readonly JsonObject[]> {
  const { method, member } = listing;
  const found: JsonObject[] = [];
  const count = new Map<string, number>();
  const nameOf = (definition: unknown): string | undefined => {
    const name = isObject(definition) ? definition[listing.name] : undefined;
    return typeof name === "string" ? name : undefined;
  };
  for await (const page of pages(server, listing, lane, events)) {
    for (const one of page) {
      const fault = faultOf(listing, one) ?? (member === "tools" ? events.faultOf(one as JsonObject) : undefined);
      const name = nameOf(one);
      if (fault !== undefined) events.dropped(method, name?.slice(0, MAX_NAME), fault);
      else {
        found.push(one as JsonObject);
        count.set(name ?? "", (count.get(name ?? "") ?? 0) + 1);
      }
    }
    if (found.length > MAX_DEFINITIONS)
      throw new ServerError("protocol", server, `it lists more than ${MAX_DEFINITIONS} ${member}`);
  }
  for (const [name, times] of count)
    if (times > 1) events.dropped(method, name.slice(0, MAX_NAME), `${times} of one ${listing.name}`);
  return found.filter((one) => count.get(nameOf(one) ?? "") === 1);
}

async function* pages(
  server: string,
  { method, member }: Listing,
  lane: Pick<Lane, "ask">,
  events: ListEvents,
): AsyncGenerator<readonly unknown[]> {
  let cursor: string | undefined;
  let length = 0;
  const seen = new Set<string>();
  for (let page = 0; page < MAX_PAGES; page++) {
    const params = cursor === undefined ? "{}" : JSON.stringify({ cursor });
    const reply = await lane.ask(method, params, LIST_TIMEOUT_MS);
    if (reply.kind === "none") throw new ServerError("down", server, `${method}: ${reply.reason}`);
    if (reply.kind === "error" && reply.code === -32601 && member !== "tools") {
      // A server of resources need not have templates.
      if (member !== "resourceTemplates") events.unknown(method);
      return;
    }
    if (reply.kind === "error")
      throw new ServerError("protocol", server, `${method} was answered by error ${reply.code}`);
    length += reply.length;
    if (length > MAX_LENGTH) throw new ServerError("protocol", server, `${method} gave more than ${MAX_LENGTH} bytes`);
    const { [member]: list, nextCursor } = reply.value;
    if (!Array.isArray(list)) throw new ServerError("protocol", server, `${method} gave no list`);
    yield list;
    if (typeof nextCursor !== "string") return;
    if (seen.has(nextCursor)) throw new ServerError("protocol", server, `${method} gave the same cursor twice`);
    seen.add(nextCursor);
    cursor = nextCursor;
  }
  throw new ServerError("protocol", server, `${method} goes on after ${MAX_PAGES} pages`);
}
