/**
 * One agent's door on a Unix socket: whoever can connect is that agent, and each connection is one conversation as on a
 * pipe. Knows nothing of who may connect: the folder decides that.
 */

import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { Gate } from "../gateway/ports.ts";
import { serveStdio } from "./agent-stdio.ts";

export interface SocketParts {
  readonly path: string;
  /** The agent's gate, opened when somebody comes for the first time. */
  gate(): Promise<Gate>;
  /** Kidoban's own version. */
  readonly version: string;
}

export interface SocketDoor {
  /** Takes nobody any more and ends the conversations. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 32;

/** Whether somebody listens there. */
const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(path);
    const told = (is: boolean): void => {
      probe.destroy();
      resolve(is);
    };
    probe.on("connect", () => told(true));
    probe.on("error", () => told(false));
  });

/** Takes away what a process that died left; false when one that lives listens there. Throws for what is no socket. */
async function clear(path: string): Promise<boolean> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return true;
  if (!found.isSocket()) throw new Error(`${path} is there and is no socket`);
  if (await answers(path)) return false;
  unlinkSync(path);
  return true;
}

/** Listens on `path`; undefined when another process does. One caller at a time. Throws the file system's errors. */
export async function listenOnSocket(parts: SocketParts): Promise<SocketDoor | undefined> {
  const { path, version } = parts;
  if (!(await clear(path))) return undefined;
  const ending = new AbortController();
  const running = new Set<Promise<void>>();
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    const conversation = parts.gate().then(
      (gate) => serveStdio({ input: socket, output: socket, gate, version, signal: ending.signal }),
      () => void socket.destroy(),
    );
    // What comes before the gate is open waits in the pipe; a client that leaves before is no error.
    socket.on("error", () => undefined);
    running.add(conversation);
    void conversation.then(() => running.delete(conversation));
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  // The folder decides who comes this far; the socket itself is open to them.
  chmodSync(path, 0o666);
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      ending.abort();
      await Promise.all(running);
      await closed;
    },
  };
}
