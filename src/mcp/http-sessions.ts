/**
 * Sessions of the 2025 era over HTTP: each is one conversation, hence one door, and belongs to the agent that began it.
 * (2025-11-25, basic/transports, "Session Management".)
 */

import { randomBytes } from "node:crypto";
import type { Gate } from "../gateway/ports.ts";
import { openDoor, type Door } from "./door.ts";
import type { Ending, EventStream } from "./http-answer.ts";
import type { Login } from "./http-visitor.ts";
import type { Id } from "./read-message.ts";
import { Table } from "./short-list.ts";

/** A question that waits for its answer, whether somebody still listens or not. */
export interface Asked {
  /** `ending`: it is the answer. */
  send(message: string, ending?: Ending): void;
  /** The client does not want it any more; the door knows. */
  cancelled(): void;
  /** Cancels it from our side, which the client is told. */
  breakOff(): void;
}

export interface Session {
  readonly id: string;
  readonly agent: string;
  readonly door: Door;
  readonly questions: Table<Id, Asked>;
  /** For what belongs to no question. */
  stream: EventStream | undefined;
  /** Of the last request. */
  login: Login;
  usedAt: number;
  /** Settles when nothing of it runs any more. */
  end(): Promise<void>;
}

export interface Sessions {
  /** Undefined where the agent has as many as it may have, and none of them is idle. */
  begin(gate: Gate, login: Login, most: number): Session | undefined;
  /** The agent's own; another's is as unknown as one that never was. */
  find(id: string, agent: string): Session | undefined;
  all(): readonly Session[];
  /** Ends those that nobody has used for long. */
  sweep(): void;
}

async function leave(session: Session): Promise<void> {
  await session.door.leave();
  session.stream?.end();
  // Each takes itself out of the map.
  for (const question of session.questions.values()) question.breakOff();
}

const isIdle = (session: Session): boolean => session.questions.size === 0 && session.stream === undefined;

/** `idleMs`: after this without a request or an open stream a session ends. */
export function openSessions(version: string, now: () => number, idleMs: number): Sessions {
  const sessions = new Map<string, Session>();

  const begin = (gate: Gate, login: Login): Session => {
    const questions = new Table<Id, Asked>();
    const door = openDoor({
      gate,
      version,
      now,
      send(message, about, ending) {
        if (about === undefined) session.stream?.send(message);
        else questions.get(about)?.send(message, ending);
      },
      crowded: () => session.stream?.crowded() ?? false,
    });
    let ending: Promise<void> | undefined;
    const session: Session = {
      // 192 bits: an id is no credential, and still must not be guessed.
      id: randomBytes(24).toString("base64url"),
      agent: login.agent,
      door,
      questions,
      stream: undefined,
      login,
      usedAt: now(),
      end() {
        sessions.delete(session.id);
        return (ending ??= leave(session));
      },
    };
    sessions.set(session.id, session);
    return session;
  };

  return {
    begin(gate, login, most) {
      const own = [...sessions.values()].filter(({ agent }) => agent === login.agent);
      if (own.length >= most) {
        // A client that died said no goodbye: the one unused for longest makes place.
        const [oldest] = own.filter(isIdle).toSorted((a, b) => a.usedAt - b.usedAt);
        if (oldest === undefined) return undefined;
        void oldest.end();
      }
      return begin(gate, login);
    },
    find(id, agent) {
      const session = sessions.get(id);
      return session?.agent === agent ? session : undefined;
    },
    all: () => [...sessions.values()],
    sweep() {
      for (const session of sessions.values())
        if (isIdle(session) && now() - session.usedAt > idleMs) void session.end();
    },
  };
}
