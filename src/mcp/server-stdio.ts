/**
 * One server behind the gate over stdio: started, greeted, restarted with back-off, asked and called through a lane.
 * A call is never sent twice: what a dying process leaves open has no known outcome (P5).
 */

import { ServerError, type Server } from "../gateway/ports.ts";
import { legacyEra, type Era, type ServerFacts } from "./era.ts";
import { greet } from "./handshake.ts";
import { openLane, type Lane } from "./lane.ts";
import { throttled } from "./reports.ts";
import { startProcess, type ServerProcess } from "./server-process.ts";
import { listTools } from "./tool-list.ts";

export interface ServerHooks {
  /** Records a message of the server that went no further. */
  refused(method: string | undefined, reason: string): void;
  /** It is up; called after every start. */
  started(claimed: Server["claimed"]): void;
  /** It is down; called once for every life, and for every start that failed. */
  ended(reason: string): void;
  /** Takes configured secrets out of a text that an agent or a person may read. */
  hide(text: string): string;
}

export interface StdioServerConfig {
  readonly id: string;
  readonly endpoint: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the server. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its stderr is kept, 0600. */
  readonly stderrPath: string;
  /** How long it may take from its start to its answer to the handshake, ms; `npx` may have to download. */
  readonly startTimeoutMs: number;
  /** Kidoban's own version. */
  readonly version: string;
}

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 30_000;
/** Up this long, and the next failure counts as the first again. */
const STEADY_MS = 60_000;

interface Life {
  readonly lane: Lane;
  readonly facts: ServerFacts;
}

export function stdioServer(config: StdioServerConfig, hooks: ServerHooks): Server {
  const { id } = config;
  const reports = throttled(hooks.refused);
  const listeners: ((reason: "list" | "restart") => void)[] = [];
  const changed = (reason: "list" | "restart"): void => {
    for (const listener of listeners) listener(reason);
  };

  let life: Life | undefined;
  let claimed: Server["claimed"] = {};
  let starts = 0;
  let failures = 0;
  let closing = false;
  let restart: NodeJS.Timeout | undefined;
  let child: ServerProcess | undefined;
  /** Settles with this start; rejects while it is down. */
  let ready: Promise<void>;

  const down = (reason: string): ServerError => new ServerError("down", id, `server ${id}: ${hooks.hide(reason)}`);
  const setReady = (promise: Promise<void>): void => {
    ready = promise;
    // Whoever asks is told; nobody asking is no crash.
    promise.catch(() => undefined);
  };

  const begin = (): void => {
    const startedAt = performance.now();
    let era: Era = legacyEra();
    let failure: string | undefined;

    const started = startProcess({
      ...config,
      line: (text) => lane.receive(text),
      tooLong: (bytes) => reports.report(undefined, `a message of ${bytes} bytes`),
      ended(how) {
        const reason = failure ?? how;
        life = undefined;
        lane.breakOff(`the server is gone: ${reason}`);
        reports.rest();
        if (closing) return;
        hooks.ended(reason);
        if (performance.now() - startedAt > STEADY_MS) failures = 0;
        const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failures++);
        // Jitter, so that servers that fell together do not rise together.
        restart = setTimeout(begin, delay * (1 + Math.random() / 4));
        setReady(Promise.reject(down(`${reason}; it is started again within ${Math.ceil(delay / 800)} s`)));
      },
    });
    child = started;
    const lane = openLane({
      send: (message) => started.send(message),
      era: () => era,
      refused: reports.report,
      listChanged: () => changed("list"),
      hide: hooks.hide,
    });

    const meet = async (): Promise<void> => {
      const greeting = await greet({
        lane,
        version: config.version,
        use: (next) => (era = next),
        timeoutMs: config.startTimeoutMs,
        first: "legacy",
      });
      if (greeting.kind === "failed") {
        failure = greeting.reason;
        void started.end();
        throw down(failure);
      }
      const { facts } = greeting;
      life = { lane, facts };
      claimed = {
        ...(facts.name === undefined ? {} : { name: facts.name.slice(0, 200) }),
        ...(facts.version === undefined ? {} : { version: facts.version.slice(0, 200) }),
        protocol: facts.era.protocol,
      };
      hooks.started(claimed);
      // Modern servers tell of changes only to who listens; the answer comes when they are done telling.
      if (facts.era.name === "modern" && facts.listChanged)
        void lane.ask("subscriptions/listen", '{"notifications":{"toolsListChanged":true}}', Infinity);
      if (starts++ > 0) changed("restart");
    };
    setReady(meet());
  };
  begin();

  return {
    id,
    endpoint: config.endpoint,
    ready: () => ready,
    async list() {
      await ready;
      if (life === undefined) throw down("it is not running");
      if (!life.facts.hasTools) return [];
      return listTools(id, life.lane, (name, reason) =>
        reports.report("tools/list", `dropped ${name ?? "a tool without a name"}: ${reason}`),
      );
    },
    call: (call) =>
      life === undefined
        ? Promise.resolve({ status: "not_sent", detail: "the server is not running" })
        : life.lane.call(call),
    onChanged: (listener) => void listeners.push(listener),
    cancelAll: () => life?.lane.cancelAll(),
    get claimed() {
      return claimed;
    },
    async close() {
      closing = true;
      clearTimeout(restart);
      setReady(Promise.reject(down("it was closed")));
      await child?.end();
    },
  };
}
