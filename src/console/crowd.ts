/**
 * Connections to the console, at most so many. Anybody on this machine can open one and say nothing; whoever was logged in
 * on theirs keeps it, and of the others the oldest makes room for the next. Knows no HTTP.
 */

import type { Socket } from "node:net";

export interface Crowd {
  /** A connection that was just opened; closed at once where all others are of people who are logged in. */
  enter(socket: Socket): void;
  /** Somebody logged in speaks on it; also by what TLS made of it, which has the same other end. */
  know(socket: Pick<Socket, "remoteAddress" | "remotePort">): void;
}

const endOf = ({ remoteAddress, remotePort }: Pick<Socket, "remoteAddress" | "remotePort">): string =>
  `${remoteAddress} ${remotePort}`;

export function openCrowd(most: number): Crowd {
  /** By their other end, oldest first. */
  const strangers = new Map<string, Socket>();
  const known = new Map<string, Socket>();
  return {
    enter(socket) {
      if (strangers.size + known.size >= most) {
        const [oldest] = strangers.values();
        if (oldest === undefined) return void socket.destroy();
        strangers.delete(endOf(oldest));
        oldest.destroy();
      }
      const end = endOf(socket);
      strangers.set(end, socket);
      socket.once("close", () => {
        for (const list of [strangers, known]) if (list.get(end) === socket) list.delete(end);
      });
    },
    know(socket) {
      const end = endOf(socket);
      const stranger = strangers.get(end);
      if (stranger === undefined) return;
      strangers.delete(end);
      known.set(end, stranger);
    },
  };
}
