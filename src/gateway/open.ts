/** Opens one agent's gate over its parts and keeps it up to date with the store, the rules and the servers. */

import { isObject, type JsonObject } from "../policy/json.ts";
import { createHash } from "node:crypto";
import { setMaxListeners } from "node:events";
import { withGetters } from "../policy/with-getters.ts";
import { buildCatalog, type Catalog } from "./catalog.ts";
import { keepDiffering } from "./differing.ts";
import { handle } from "./gateway.ts";
import type { GateParts } from "./parts.ts";
import type { Gate, ListKind } from "./ports.ts";
import { reconsider } from "./reconsider.ts";
import { watchServers } from "./servers.ts";
import type { GateState } from "./state.ts";
import { watchStops } from "./stop.ts";
import { openMessages } from "./messages.ts";
import { openWatches } from "./watches.ts";
import { answerTask } from "./tasks.ts";

/** Of a method that somebody else named, letters that are kept. */
const MOST_METHOD = 128;

const LIST_KINDS: readonly ListKind[] = ["tools", "resources", "templates", "prompts"];

export interface OpenGate extends Gate {
  /** Waits for executions in flight, at most `waitMs`, then closes the servers. */
  close(waitMs: number): Promise<void>;
}

/** Lets callers sleep until something changed; a change between looking and sleeping is not missed. */
function sleeper() {
  const sleeping = new Set<() => void>();
  let changes = 0;
  return {
    count: () => changes,
    wake: () => {
      changes += 1;
      for (const end of sleeping) end();
    },
    changedSince: (seen: number, ms: number, signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        if (seen !== changes || signal.aborted) return resolve();
        const end = (): void => {
          clearTimeout(timer);
          sleeping.delete(end);
          signal.removeEventListener("abort", end);
          resolve();
        };
        const timer = setTimeout(end, Math.max(ms, 20));
        sleeping.add(end);
        signal.addEventListener("abort", end);
        return undefined;
      }),
  };
}

export async function openGate(parts: GateParts): Promise<OpenGate> {
  const listeners = new Set<(kind: ListKind) => void>();
  const { count, wake, changedSince } = sleeper();
  let catalog: Catalog | undefined;
  const listChanged = (): void => {
    const before = catalog;
    catalog = undefined;
    if (before === undefined) return;
    const after = state.catalog();
    for (const kind of LIST_KINDS)
      if (after.list(kind).text !== before.list(kind).text) for (const listener of listeners) listener(kind);
  };

  const servers = watchServers({
    servers: parts.servers,
    locks: () => parts.inForce().locks,
    log: parts.log,
    now: parts.now,
    changed: listChanged,
    adopted(id, server) {
      messages.adopt(server);
      watches.adopt(id, server);
    },
    differing(id, endpoint, items) {
      const found = { endpoint, at: parts.now(), items };
      // For people to look at; a store that does not take it fails nothing.
      keepDiffering(parts.store, parts.agent, id, found, parts.secrets.hide).catch(() => undefined);
    },
  });
  const stops = watchStops({ ...parts, cancelAll: () => servers.cancelAll() });
  const closing = new AbortController();
  // One for each request that a task is of.
  setMaxListeners(0, closing.signal);
  const state: GateState = withGetters({
    parts,
    agent: parts.agent,
    store: parts.store,
    log: parts.log,
    servers,
    stops,
    get messages() {
      return messages;
    },
    get watches() {
      return watches;
    },
    now: parts.now,
    catalog: () => (catalog ??= buildCatalog(parts.agent, parts.inForce(), servers.live, parts.only)),
    floor: () => parts.inForce().floor,
    running: 0,
    get changes() {
      return count();
    },
    changedSince,
    wake,
    attending: new Map(),
    executing: new Map(),
    keeping: new Map(),
    closing: closing.signal,
    clientApproved: new Map(),
    prompts: new Map(),
    unnoted: new Map(),
    clientSilent: false,
  });

  const messages = openMessages(state, () => parts.servers.values());
  const watches = openWatches(state);
  servers.begin();

  // Watched first, then read: no stop falls in between.
  const unwatch = parts.store.watch(() => {
    wake();
    // A store that cannot be read fails the next call; a stop is then in force by that failure.
    stops.refresh().then(wake, () => undefined);
  });
  await stops.refresh();
  parts.onInForceChanged(() => {
    servers.recompare();
    listChanged();
    reconsider(state).then(wake, () => undefined);
  });

  return {
    agent: parts.agent,
    async connected(client) {
      const { hide } = parts.secrets;
      const { protocol } = client;
      const [name, version] = [client.name, client.version].map((text) =>
        text === undefined ? undefined : hide(text),
      );
      const claimed = {
        protocol,
        ...(name === undefined ? {} : { client: name }),
        ...(version === undefined ? {} : { version }),
      };
      const mode = parts.mode === undefined ? {} : { mode: parts.mode() };
      parts.log.record({ kind: "client.connected", agent: parts.agent, era: client.era, claimed, ...mode });
      const note = hide(JSON.stringify({ ...client, at: parts.now() } satisfies JsonObject));
      // For pages only: the client waits neither for the disk nor for a store that cannot write.
      parts.store.setNote(`client/${parts.agent}`, note).catch(() => undefined);
      await parts.log.written();
    },
    async list(kind) {
      const list = state.catalog().list(kind);
      const digest = createHash("sha256").update(list.text).digest("hex");
      const method = kind === "templates" ? "resources/templates/list" : `${kind}/list`;
      parts.log.record({ kind: "list.served", agent: parts.agent, method, digest, count: list.count });
      await parts.log.written();
      return list;
    },
    kinds: () => state.catalog().kinds,
    inputSchema(tool) {
      const schema = state.catalog().find("tool", tool)?.item.definition["inputSchema"];
      return isObject(schema) ? schema : undefined;
    },
    call: (call) => handle(state, call),
    watch: watches.open,
    onLogMessage: messages.listen,
    task: (what, id, asker) => answerTask(state, what, id, asker),
    refused(side, method, reason) {
      parts.log.record({
        kind: "message.refused",
        agent: parts.agent,
        side,
        reason: parts.secrets.hide(reason),
        ...(method === undefined ? {} : { method: parts.secrets.hide(method).slice(0, MOST_METHOD) }),
      });
    },
    onListChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close(waitMs) {
      closing.abort();
      const running = Promise.allSettled([...state.executing.values(), ...state.keeping.values()]);
      await Promise.race([running, new Promise((resolve) => setTimeout(resolve, waitMs).unref())]);
      // Only now: a stop has to reach what still runs.
      unwatch();
      await servers.close();
    },
  };
}
