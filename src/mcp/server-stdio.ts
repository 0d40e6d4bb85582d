/** One server behind the gate over stdio: a process of ours, kept alive. */

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

/** Starts at once; `ready` tells when it is up. */
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
        if (isFirst || freshEnv === undefined) {
          isFirst = false;
          return start(events, config.env);
        }
        return later(freshEnv(), (env) => start(events, env), events);
      },
    },
    hooks,
  );
}

type Environment = Readonly<Record<string, string>>;

/** Before its environment is known, what is sent waits: that is the greeting and nothing else. */
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
