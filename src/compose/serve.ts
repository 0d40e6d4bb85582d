/** `kidoban serve`: many agents' gates in one process, behind one HTTP endpoint; one state, one log, one rulebook each. */

import type { Env } from "../config/env.ts";
import { addressOf, type JwtConfig, type ServeConfig } from "../config/serve-config.ts";
import { DEFAULT_LOG, type TimestampConfig } from "../config/retention.ts";
import type { Gate } from "../gateway/ports.ts";
import { openHttpDoor } from "../mcp/agent-http.ts";
import type { HttpLimits, HttpTimes } from "../mcp/http-visitor.ts";
import { openConsole, type OpenConsole } from "./console/run.ts";
import { openAgentGate, type AgentGate } from "./agent-gate.ts";
import { commonMode, openModes, ownUid } from "./mode.ts";
import { openLogins } from "./logins.ts";
import { CONSOLE_NOTE, openNotifier } from "./notify.ts";
import { refusedLogins } from "./refused-logins.ts";
import { openRulebooks } from "./rulebook.ts";
import { agentSockets } from "./sockets.ts";
import { sharedStops } from "./shared-stops.ts";
import { openState, type State } from "./state.ts";
import type { StampProblem } from "./stamping.ts";
import { keepTidy } from "./tidy.ts";
import { VERSION } from "./version.ts";

export interface ServeOptions {
  readonly env: Env;
  readonly configPath: string;
  /** Goes before what the configuration says. */
  readonly listen: Address | undefined;
  /** Where each agent's own Unix socket stands; left out: none. */
  readonly socketDir?: string;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly approveCommand: (code: string) => string;
  /** Told when files on disk are broken while it runs. */
  readonly broken: (error: unknown) => void;
  /** Told when the log is sealed, and why; undefined: it takes everything again. */
  readonly sealed: (reason: string | undefined) => void;
  /** Told when nobody stamps the log's checkpoints any more, and why; undefined: somebody does again. */
  readonly stamps: (problem: StampProblem | undefined) => void;
  /** Told when agents can come. */
  readonly listening: (address: Address) => void;
  /** The approvers' pages beside it, where the configuration has `console:`. */
  readonly pages: { readonly opened: (url: string) => void; readonly broken: (error: unknown) => void };
}

interface Address {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_ADDRESS: Address = { host: "127.0.0.1", port: 7310 };

const LIMITS: HttpLimits = { questions: 64, sessions: 32, streams: 32 };
const RECHECK_MS = 50;
const TIMES: HttpTimes = { headers: 10_000, body: 30_000, beat: 15_000, gone: 10_000, idle: 30 * 60_000 };
/** How long questions in flight may go on at the end. */
const DRAIN_MS = 10_000;

/** Runs until `signal` aborts. Throws where it must not start. */
export async function runServe(options: ServeOptions): Promise<void> {
  const { env, configPath, now, broken, signal } = options;
  const modeOf = openModes({ configPath, env, uid: ownUid(), socketDir: options.socketDir, now });
  const state = await openState(env.stateDir, {
    role: "gate",
    mode: (store) => commonMode(store, configPath, modeOf),
    now,
  });
  const { store, log } = state;
  log.onSealed(options.sealed);
  log.onOpened(() => options.sealed(undefined));
  let reason = "ended";
  const gates = new Map<string, Promise<AgentGate>>();
  try {
    const books = await openRulebooks({ configPath, store, log, now, broken });
    state.rotateBy(() => (books.configs()[0].log ?? DEFAULT_LOG).rotate);
    const stops = sharedStops({ store, log, process: state.process });
    const refused = refusedLogins(log, now);
    const notifier = openNotifier({
      env,
      store,
      log,
      process: state.process,
      configPath,
      configs: () => books.configs(),
      knows: (agent) => books.agents().has(agent),
      now,
      broken,
    });

    const openFor = async (agent: string): Promise<AgentGate> => {
      const heard = stops.join(agent);
      try {
        return await openAgentGate({
          env,
          agent,
          state,
          rulebook: books.of(agent),
          now,
          approveCommand: options.approveCommand,
          broken,
          heard,
          announcer: notifier,
          mode: () => modeOf(agent, books.configs()[0]).mode,
        });
      } catch (error) {
        stops.leave(agent);
        broken(error);
        throw error;
      }
    };
    const gateOf = async (agent: string): Promise<Gate> => {
      const known = gates.get(agent);
      if (known !== undefined) return (await known).gate;
      const opened = openFor(agent);
      gates.set(agent, opened);
      // What keeps it from opening may go away.
      opened.catch(() => gates.delete(agent));
      return (await opened).gate;
    };

    const logIn = openLogins({ store, books, configPath, now, refused: refused.refused });
    /** What both the accepted configuration and a waiting change allow. */
    const inAll = (of: (serve: ServeConfig) => readonly string[]): ReadonlySet<string> => {
      const [first = [], ...others] = books.configs().map(({ serve }) => (serve === undefined ? [] : of(serve)));
      return new Set(first.filter((one) => others.every((list) => list.includes(one))));
    };
    const known = () => ({ hosts: inAll(({ hosts }) => hosts), origins: inAll(({ origins }) => origins) });
    let allowed = known();
    const door = openHttpDoor({
      version: VERSION,
      now: () => performance.now(),
      logIn,
      gate: gateOf,
      hosts: () => allowed.hosts,
      origins: () => allowed.origins,
      url: () => books.configs()[0].serve?.url,
      metadata: (resource) => metadataOf(resource, books.configs()[0].serve?.jwt),
      healthy: () => log.sealed === undefined,
      limits: LIMITS,
      times: TIMES,
    });
    const { socketDir: folder } = options;
    const sockets = folder === undefined ? undefined : agentSockets({ folder, stateDir: env.stateDir, gate: gateOf });
    let rechecking: NodeJS.Timeout | undefined;
    /** Requests are checked each by itself; what is open may last this much longer, or busy inboxes would cost too much. */
    const recheck = () => {
      rechecking ??= setTimeout(() => {
        rechecking = undefined;
        void door.recheck().catch(broken);
      }, RECHECK_MS).unref();
    };
    books.onChanged(() => {
      allowed = known();
      recheck();
      void sockets?.follow(books.agents()).catch(broken);
    });
    const look = () => {
      void books.refresh().catch(broken);
      void stops.refresh().catch(() => undefined);
      recheck();
      notifier.look();
    };
    const tidying = new AbortController();
    const tidies = keepTidy({ state, stateDir: env.stateDir, now, signal: tidying.signal });
    const stamps = stampsFor(state, options, () => books.configs()[0].log?.timestamp, tidying.signal);
    const unwatch = store.watch(look);
    // What was accepted or stopped before it was watched.
    look();
    let people: OpenConsole | undefined;
    try {
      await sockets?.follow(books.agents());
      if (books.configs()[0].console !== undefined) {
        // A listener of its own: nothing that an agent may reach leads to it.
        people = await openConsole(state, { env, configPath, listen: undefined, now, broken: options.pages.broken });
        await store.setNote(CONSOLE_NOTE, state.process);
        options.pages.opened(people.url);
      }
      const configured = addressOf(books.configs()[0].serve?.listen ?? "");
      const { host, port } = options.listen ?? configured ?? DEFAULT_ADDRESS;
      const address = await door.listen(port, host);
      options.listening({ host: address.address, port: address.port });
      await aborted(signal);
    } finally {
      await Promise.all([door.close(DRAIN_MS), sockets?.close(), people?.close()]);
      tidying.abort();
      unwatch();
      await Promise.all([tidies, stamps]);
      refused.flush();
      await Promise.all([
        ...[...gates.values()].map((gate) => gate.then(({ close }) => close()).catch(() => undefined)),
        notifier.close(),
      ]);
      books.close();
    }
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
    throw error;
  } finally {
    await state.close(reason);
  }
}

/** Loaded apart: no start waits for it. */
async function stampsFor(
  { store }: State,
  { env, configPath, now, stamps: told }: ServeOptions,
  wished: () => TimestampConfig | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { authorityOf, keepStamped } = await import("./stamping.ts");
  const place = () => {
    const wish = wished();
    return wish && { ...authorityOf(wish, configPath), everyMs: wish.everyMs };
  };
  await keepStamped({ stateDir: env.stateDir, store, now, signal, place, told });
}

/** Where a client gets a token (RFC 9728), if not from a person. */
const metadataOf = (resource: string, jwt: JwtConfig | undefined): object | undefined =>
  jwt && {
    resource,
    authorization_servers: [jwt.issuer],
    bearer_methods_supported: ["header"],
    resource_name: "Kidoban",
  };

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
