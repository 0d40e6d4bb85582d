/** One server behind the gate over stdio: a process of ours, kept alive. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "../gateway/ports.ts";
import type { Outgoing } from "./params.ts";
import { startProcess } from "./server-process.ts";
import { supervise, type Connection, type ConnectionEvents, type ServerHooks } from "./supervise.ts";

export interface StdioServerConfig {
  readonly id: string;
  readonly endpoint: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the server at its first start. */
  readonly env: Readonly<Record<string, string>>;
  /** The same for each later start, with secrets read again. Left out: it stays. */
  readonly freshEnv?: () => Promise<Readonly<Record<string, string>>>;
  /** Where its stderr is kept, 0600. */
  readonly stderrPath: string;
  /** How long it may take from its start to its answer to the handshake, ms; `npx` may have to download. */
  readonly startTimeoutMs: number;
  /** Kidoban's own version. */
  readonly version: string;
}

/**
 * A client's first questions are answered from the lock, and a program that starts meanwhile would be in their way where
 * there is one core: what they cost is less than this.
 */
const HEAD_START_MS = 30;

/** Starts by itself; `ready` tells when it is up. */
export function stdioServer(config: StdioServerConfig, hooks: ServerHooks): Server {
  const start = (events: ConnectionEvents, env: Environment): Connection => {
    const child = startProcess({
      ...config,
      env,
      line: (text) => events.receive(text),
      tooLong: events.tooLong,
      ended: events.ended,
    });
    return { send: child.send, close: child.end };
  };
  let isFirst = true;
  return supervise(
    {
      ...config,
      first: "legacy",
      connect(events) {
        const { freshEnv } = config;
        const begin = (env: Environment): Connection => start(events, env);
        if (isFirst) {
          isFirst = false;
          return later(sleep(HEAD_START_MS, config.env), begin, events);
        }
        return freshEnv === undefined ? begin(config.env) : later(freshEnv(), begin, events);
      },
    },
    hooks,
  );
}

type Environment = Readonly<Record<string, string>>;

/** Before it is started, what is sent waits: that is the greeting and nothing else. */
function later(
  env: Promise<Environment>,
  start: (env: Environment) => Connection,
  events: ConnectionEvents,
): Connection {
  let started: Connection | undefined;
  let isOver = false;
  const waiting: (readonly [string, Outgoing])[] = [];
  const end = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    setImmediate(events.ended, reason);
  };
  const begin = async (): Promise<void> => {
    const found = await env;
    if (isOver) return;
    started = start(found);
    for (const [message, about] of waiting) started.send(message, about);
  };
  begin().catch((error: unknown) => end(error instanceof Error ? error.message : String(error)));
  return {
    send: (message, about) =>
      started === undefined ? waiting.push([message, about]) > 0 : started.send(message, about),
    close: () => started?.close() ?? Promise.resolve(end("it was closed")),
  };
}
