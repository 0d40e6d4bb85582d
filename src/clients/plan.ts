/**
 * Plans the wrapping of found servers: which go behind the gate under which id, which secrets move, what each client's
 * file gets instead. Pure: what exists on disk is asked. Writes nothing.
 */

import { assign } from "./assign.ts";
import type { Assigned, Wanted } from "./assign.ts";
import type { Change, ClientFile, ClientId, FoundServer, GateEntry, LeftWhy, Location } from "./client-file.ts";
import { hasSecretInUrl, secretArgument } from "./literal.ts";
import { relocate, searchPathFor } from "./relocate.ts";
import { both } from "./tool-filter.ts";
import type { ToolFilter } from "./tool-filter.ts";

/** A client's file as it was read. */
export interface FoundFile {
  readonly client: ClientFile;
  readonly at: Location;
  readonly servers: readonly FoundServer[];
}

export interface Wishes {
  /** `each`: every server wrapped in place; `all`: one gate in every place that had servers. */
  readonly mode: "each" | "all";
  /** Why to leave a server alone, if at all. */
  readonly leave: (server: FoundServer, at: Location) => LeftWhy | undefined;
  /** What starts a gate: the program, its first argument and the configuration; all absolute. */
  readonly node: string;
  readonly program: string;
  readonly config: string;
  /** What a gate needs to find the same state as the person's own shell, beside an empty environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the person's own shell looks for programs; empty where PATH is not ours to set (Windows). */
  readonly searchPath: readonly string[];
  readonly exists: (path: string) => boolean;
}

/** A server that stays as it is, and why. */
export interface Left {
  readonly client: ClientId;
  readonly file: string;
  readonly name: string;
  readonly why: LeftWhy;
  readonly value?: string;
}

interface PlannedEdit {
  readonly client: ClientFile;
  readonly at: Location;
  readonly changes: readonly Change[];
}

export interface Plan extends Omit<Assigned, "ids"> {
  /** The servers of each agent. */
  readonly agents: ReadonlyMap<ClientId, readonly string[]>;
  readonly moving: readonly Moved[];
  readonly edits: readonly PlannedEdit[];
  /** With one gate for all: by agent and server id, what the manifest takes over from the client. */
  readonly filters: ReadonlyMap<ClientId, ReadonlyMap<string, ToolFilter>>;
  readonly left: readonly Left[];
  /** How many entries are behind a gate already. */
  readonly wrapped: number;
}

/** A server that goes behind the gate. */
export interface Moved {
  readonly at: Location;
  readonly path: readonly string[];
  /** The client's name for it, and ours. */
  readonly name: string;
  readonly id: string;
  /** What the gate will start or reach; secrets are in none of it. */
  readonly starts: readonly string[];
  /** What its client limits its tools to. */
  readonly filter?: ToolFilter;
}

interface Moving extends Wanted {
  readonly file: FoundFile;
  readonly path: readonly string[];
  readonly filter?: ToolFilter;
}

export function planWrap(files: readonly FoundFile[], wishes: Wishes): Plan {
  const wanted: Moving[] = [];
  const left: Left[] = [];
  let wrapped = 0;
  for (const file of files) {
    for (const server of file.servers) {
      const { path, name, filter } = server;
      const fitted = fit(server, file.at, wishes);
      if (fitted.kind === "wrapped") wrapped++;
      else if (fitted.kind !== "left") wanted.push({ file, path, name, entry: fitted, ...(filter && { filter }) });
      else {
        const value = fitted.value === undefined ? {} : { value: fitted.value };
        left.push({ client: file.client.client, file: file.at.file, name, why: fitted.why, ...value });
      }
    }
  }

  const { ids, servers, secrets } = assign(wanted, { ids: [], secrets: [] });
  const moving = wanted.map((one, index) => ({ ...one, id: ids[index] ?? "" }));
  const agents = new Map<ClientId, readonly string[]>();
  for (const { file, id } of moving) {
    const agent = file.client.client;
    agents.set(agent, [...new Set([...(agents.get(agent) ?? []), id])]);
  }
  const edits = files.flatMap((file): readonly PlannedEdit[] => {
    const ours = moving.filter((move) => move.file === file);
    return ours.length === 0 ? [] : [{ client: file.client, at: file.at, changes: changesOf(file, ours, wishes) }];
  });
  const filters = wishes.mode === "all" ? filtersOf(moving) : new Map();
  const moved = moving.map(({ file, path, name, id, entry, filter }): Moved => {
    const starts = entry.kind === "url" ? [entry.url] : [entry.command, ...entry.args];
    return { at: file.at, path, name, id, starts, ...(filter && { filter }) };
  });
  return { servers, secrets, agents, moving: moved, edits, filters, left, wrapped };
}

/** Where a client has one server in several places, what passes all of its filters. */
function filtersOf(moving: readonly (Moving & { readonly id: string })[]): Plan["filters"] {
  const filters = new Map<ClientId, Map<string, ToolFilter>>();
  for (const { file, id, filter } of moving) {
    if (filter === undefined) continue;
    const own = filters.get(file.client.client) ?? new Map<string, ToolFilter>();
    const before = own.get(id);
    filters.set(file.client.client, own.set(id, before === undefined ? filter : both(before, filter)));
  }
  return filters;
}

/** How a server is started behind the gate, or why it stays where it is. */
function fit(server: FoundServer, at: Location, wishes: Wishes): FoundServer["entry"] {
  const fitted = fitEntry(server.entry, wishes);
  const why = fitted.kind === "command" || fitted.kind === "url" ? wishes.leave(server, at) : undefined;
  return why === undefined ? fitted : { kind: "left", why };
}

function fitEntry(entry: FoundServer["entry"], wishes: Wishes): FoundServer["entry"] {
  switch (entry.kind) {
    case "left":
    case "wrapped":
      return entry;
    case "url":
      return hasSecretInUrl(entry.url) ? { kind: "left", why: "secret-in-url" } : entry;
    case "command": {
      if (secretArgument([entry.command, ...entry.args]) !== -1) return { kind: "left", why: "secret-in-args" };
      const placed = relocate(entry, wishes.exists);
      if (placed.kind !== "command" || placed.env["PATH"] !== undefined || wishes.searchPath.length === 0)
        return placed;
      const { folder: _, ...rest } = placed;
      const path = searchPathFor(placed.command, wishes.node, wishes.searchPath, wishes.exists);
      return path === undefined
        ? { kind: "left", why: "no-command", value: placed.command }
        : { ...rest, env: { ...rest.env, PATH: path } };
    }
  }
}

function changesOf(
  file: FoundFile,
  moving: readonly { readonly path: readonly string[]; readonly name: string; readonly id: string }[],
  wishes: Wishes,
): readonly Change[] {
  const agent = file.client.client;
  if (wishes.mode === "each") {
    return moving.map(({ path, name, id }) => ({ path, becomes: { name, ...gateEntry(wishes, agent, id) } }));
  }
  // One gate in each object that held servers, in the place of its first; none where one of that name stands already.
  const done = new Set(file.servers.filter(({ name }) => name === GATE).map(({ path }) => place(path)));
  return moving.map(({ path }) => {
    if (done.has(place(path))) return { path, becomes: undefined };
    done.add(place(path));
    return { path, becomes: { name: GATE, joint: true, ...gateEntry(wishes, agent) } };
  });
}

const GATE = "kidoban";

/** Names the object that holds a server. */
const place = (path: readonly string[]): string => JSON.stringify(path.slice(0, -1));

/** What the client starts instead: a gate for one server, or for all of the agent's where it is left out. */
function gateEntry(
  { node, program, config, env }: Pick<Wishes, "node" | "program" | "config" | "env">,
  agent: string,
  server?: string,
): GateEntry {
  const only = server === undefined ? [] : ["--server", server];
  return { command: node, args: [program, "stdio", "--config", config, "--agent", agent, ...only], env };
}
