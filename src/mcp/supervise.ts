/**
 * Keeps one server: opens the connection, greets, opens it anew with back-off when it ends, lists and calls through a
 * lane. Whatever carries the messages is given. A call is never sent twice: what an ending leaves open is unknown (P5).
 */

import { ServerError, type Server } from "../gateway/ports.ts";
import { type LogMessage } from "../gateway/log-message.ts";
import type { JsonObject } from "../policy/json.ts";
import { withGetters } from "../policy/with-getters.ts";
import { legacyEra, type Era, type ServerFacts } from "./era.ts";
import type { QuestionHooks } from "./asked.ts";
import { abilitiesOf, capabilitiesText } from "./questions.ts";
import { greet } from "./handshake.ts";
import { openLane, type Lane } from "./lane.ts";
import type { Outgoing } from "./params.ts";
import type { EraName } from "./methods.ts";
import { throttled } from "./reports.ts";
import { spaced } from "./spaced.ts";
import { openTelling } from "./telling.ts";
import { listDefinitions } from "./definition-list.ts";

/** What the gateway wants to know of a server besides answers. */
export interface ServerHooks {
  /** Records a message of the server that went no further. */
  refused(method: string | undefined, reason: string): void;
  /** It is up; called after every start. */
  started(claimed: Server["claimed"]): void;
  /** It is down; called once for every life, and for every start that failed. */
  ended(reason: string): void;
  /** Takes configured secrets out of a text that an agent or a person may read. */
  hide(text: string): string;
  /** Left out: it may ask nothing. */
  readonly questions?: QuestionHooks;
}

/** One life of whatever carries the messages. */
export interface Connection {
  send(message: string, about: Outgoing): boolean;
  /** Resolves when the notifications sent so far have arrived, where messages can overtake each other. */
  arrived?(): Promise<void>;
  /** The handshake is done. */
  greeted?(facts: ServerFacts): void;
  /** Why a tool cannot be offered over this connection, if it cannot. */
  faultOf?(tool: JsonObject): string | undefined;
  /** Ends it; `ended` is called. */
  close(): Promise<void>;
}

export interface ConnectionEvents {
  /** One message from the server; `only`: the one question it may answer. */
  receive(text: string, only?: number): void;
  /** A message was longer than the cap; `beginning`: its first characters. */
  tooLong(bytes: number, beginning: string): void;
  /** One question got no answer; `sent`: it may have arrived. */
  lost(id: number, reason: string, sent: boolean): void;
  refused(method: string | undefined, reason: string): void;
  era(): Era;
  /** Nothing comes or goes any more. Called once, never before `connect` has returned. */
  ended(reason: string): void;
}

export interface SuperviseParts {
  readonly id: string;
  readonly endpoint: string;
  /** Kidoban's own version. */
  readonly version: string;
  /** How long it may take from the start to the end of the handshake, ms; `npx` may have to download. */
  readonly startTimeoutMs: number;
  /** Which opening is tried first. */
  readonly first: EraName;
  connect(events: ConnectionEvents): Connection;
}

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 30_000;
/** Up this long, and the next failure counts as the first again. */
const STEADY_MS = 60_000;
const MAX_CLAIM = 200;

interface GreetAs {
  /** From here on messages are of this era. */
  use(era: Era): void;
  failed(reason: string): void;
}

interface Life {
  readonly lane: Lane;
  readonly connection: Connection;
  readonly facts: ServerFacts;
}

export function supervise(parts: SuperviseParts, hooks: ServerHooks): Server {
  const { id } = parts;
  const { questions } = hooks;
  const reports = throttled(hooks.refused);
  const listeners: ((reason: "list" | "restart") => void)[] = [];
  const changed = (reason: "list" | "restart"): void => {
    for (const listener of listeners) listener(reason);
  };

  const lists = spaced(() => changed("list"));
  const telling = openTelling(lists.happened);
  const updates: ((uri: string) => void)[] = [];
  const logs: ((message: LogMessage) => void)[] = [];

  let life: Life | undefined;
  let claimed: Server["claimed"] = {};
  let starts = 0;
  let failures = 0;
  let closing = false;
  let restart: NodeJS.Timeout | undefined;
  let current: Connection | undefined;
  /** Settles with the start that is under way; rejects while it is down. */
  let ready: Promise<void>;

  const down = (reason: string): ServerError => new ServerError("down", id, `server ${id}: ${hooks.hide(reason)}`);
  const setReady = (promise: Promise<void>): void => {
    ready = promise;
    // Whoever asks is told; nobody asking is no crash.
    promise.catch(() => undefined);
  };

  const meet = async (lane: Lane, connection: Connection, greetAs: GreetAs): Promise<void> => {
    const greeting = await greet({
      ...parts,
      ...greetAs,
      lane,
      arrived: () => connection.arrived?.() ?? Promise.resolve(),
      capabilities: capabilitiesText(abilitiesOf(questions?.asks() ?? []), questions?.roots() !== undefined),
      timeoutMs: parts.startTimeoutMs,
    });
    if (greeting.kind === "failed") {
      greetAs.failed(greeting.reason);
      void connection.close();
      throw down(greeting.reason);
    }
    const { facts } = greeting;
    life = { lane, connection, facts };
    claimed = {
      ...(facts.name === undefined ? {} : { name: facts.name.slice(0, MAX_CLAIM) }),
      ...(facts.version === undefined ? {} : { version: facts.version.slice(0, MAX_CLAIM) }),
      protocol: facts.era.protocol,
    };
    hooks.started(claimed);
    connection.greeted?.(facts);
    telling.begin(lane, facts);
    if (starts++ > 0) changed("restart");
  };

  const begin = (): void => {
    const startedAt = performance.now();
    let era = legacyEra();
    /** Why we end it ourselves, which says more than how it then ended. */
    let failure: string | undefined;

    const ended = (how: string): void => {
      const reason = failure ?? how;
      life = undefined;
      lane.breakOff(`the server is gone: ${reason}`);
      reports.rest();
      if (closing) return;
      hooks.ended(hooks.hide(reason));
      if (performance.now() - startedAt > STEADY_MS) failures = 0;
      const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failures++);
      // Jitter, so that servers that fell together do not rise together.
      restart = setTimeout(begin, delay * (1 + Math.random() / 4));
      setReady(Promise.reject(down(`${reason}; it is started again within ${Math.ceil(delay / 800)} s`)));
    };
    const connection = parts.connect({
      receive: (text, only) => lane.receive(text, only),
      tooLong: (bytes, beginning) => lane.tooLong(bytes, beginning),
      lost: (question, reason, sent) => lane.lost(question, reason, sent),
      refused: reports.report,
      era: () => era,
      ended,
    });
    const lane = openLane({
      send: (message, about) => connection.send(message, about),
      era: () => era,
      refused: reports.report,
      listChanged: lists.happened,
      updated: (uri) => updates.forEach((listener) => listener(uri)),
      logged: (message) => logs.forEach((listener) => listener(message)),
      server: id,
      ...(questions === undefined ? {} : { questions }),
      hide: hooks.hide,
    });
    current = connection;
    setReady(meet(lane, connection, { use: (next) => (era = next), failed: (reason) => (failure = reason) }));
  };
  begin();

  return withGetters({
    id,
    endpoint: parts.endpoint,
    ready: () => ready,
    async list(kind) {
      await ready;
      if (life === undefined) throw down("it is not running");
      const { lane, connection, facts } = life;
      if (!facts.has[kind]) return [];
      return listDefinitions(id, kind, lane, {
        faultOf: (tool) => connection.faultOf?.(tool),
        unknown: (method) => reports.report(method, "declared, and unknown to the server: taken for an empty list"),
        dropped: (method, name, reason) =>
          reports.report(method, `dropped ${name ?? "a definition without a name"}: ${reason}`),
      });
    },
    call: (call) =>
      life === undefined
        ? Promise.resolve({ status: "not_sent", detail: "the server is not running" })
        : life.lane.call(call),
    onChanged: (listener) => void listeners.push(listener),
    watch: telling.watch,
    unwatch: telling.unwatch,
    onUpdated: (listener) => void updates.push(listener),
    setLogLevel: telling.setLogLevel,
    onLogMessage: (listener) => void logs.push(listener),
    get inFlight() {
      return life?.lane.inFlight ?? 0;
    },
    cancelAll: () => life?.lane.cancelAll(),
    get claimed() {
      return claimed;
    },
    async close() {
      closing = true;
      clearTimeout(restart);
      lists.end();
      setReady(Promise.reject(down("it was closed")));
      await current?.close();
    },
  });
}
