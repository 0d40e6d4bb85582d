/** One Unix socket for each agent of the configuration, kept in step with it. The agent follows from the socket. */

import { join } from "node:path";
import { ConfigError } from "../config/error.ts";
import { socketFolder } from "../config/socket-folder.ts";
import type { Gate } from "../gateway/ports.ts";
import { listenOnSocket, type SocketDoor } from "../mcp/agent-socket.ts";
import { exclusively } from "../store/exclusive.ts";
import { VERSION } from "./version.ts";

export interface Sockets {
  /** Opens a socket for each of these that has none, closes the others'. Rejects with ConfigError `sockets`. */
  follow(agents: ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
}

export interface SocketsParts {
  readonly folder: string;
  readonly stateDir: string;
  gate(agent: string): Promise<Gate>;
}

/** How long another process may take to open its own. */
const WAIT_MS = 10_000;

export function agentSockets({ folder, stateDir, gate }: SocketsParts): Sockets {
  const open = new Map<string, SocketDoor>();

  const begin = async (agent: string): Promise<void> => {
    const path = join(socketFolder(folder, agent), "gate.sock");
    const door = await listenOnSocket({ path, gate: () => gate(agent), version: VERSION }).catch((error: unknown) => {
      throw new ConfigError("sockets", `cannot listen on ${path}: ${String(error)}`, error);
    });
    if (door === undefined) throw new ConfigError("sockets", `another process listens on ${path}`);
    open.set(agent, door);
  };

  let last = Promise.resolve();
  const next = (step: () => Promise<void>): Promise<void> => {
    const done = last.then(step);
    last = done.catch(() => undefined);
    return done;
  };
  return {
    follow: (agents) =>
      next(async () => {
        const leaving = [...open].filter(([agent]) => !agents.has(agent));
        for (const [agent] of leaving) open.delete(agent);
        await Promise.all(leaving.map(([, door]) => door.close()));
        const coming = [...agents].filter((agent) => !open.has(agent));
        if (coming.length === 0) return;
        // Of two processes that find a socket left behind, one would take away what the other has just opened.
        await exclusively(join(stateDir, "locks", "sockets.db"), WAIT_MS, async () => {
          for (const agent of coming) await begin(agent);
        });
      }),
    close: () =>
      next(async () => {
        await Promise.all([...open.values()].map((door) => door.close()));
        open.clear();
      }),
  };
}
