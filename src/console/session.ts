/** Who is logged in, in the memory of this process alone: a restart ends every session. Knows no HTTP. */

import { digestOf, randomSecret } from "./secret.ts";

interface Session {
  /** A name of the accepted configuration. */
  readonly person: string;
  /** The passkey's public key it was opened with, or the subject at the provider: see entrance.ts. */
  readonly key: string;
  readonly openedAt: number;
}

const IDLE_MS = 15 * 60_000;
const LONGEST_MS = 8 * 60 * 60_000;
/** Beyond this the one that was idle longest ends. */
const MOST = 256;

export interface Sessions {
  /** Opens one; gives the visit that is shown to the browser alone. */
  open(person: string, key: string, now: number): string;
  /** `touch`: somebody did something, so the idle time begins anew. */
  find(visit: string, now: number, touch: boolean): Session | undefined;
  end(visit: string): void;
  /** One sentence for the next page of this session. */
  leaveNote(visit: string, sentence: string): void;
  takeNote(visit: string): string | undefined;
}

interface Kept extends Session {
  usedAt: number;
  note?: string;
}

export function openSessions(): Sessions {
  /** By the digest of the visit, the longest idle first. */
  const kept = new Map<string, Kept>();
  return {
    open(person, key, now) {
      const visit = randomSecret();
      const [oldest] = kept.keys();
      if (kept.size >= MOST && oldest !== undefined) kept.delete(oldest);
      kept.set(digestOf(visit), { person, key, openedAt: now, usedAt: now });
      return visit;
    },
    find(visit, now, touch) {
      const digest = digestOf(visit);
      const session = kept.get(digest);
      if (session === undefined) return undefined;
      const isOver = now - session.usedAt > IDLE_MS || now - session.openedAt > LONGEST_MS || now < session.openedAt;
      if (isOver) kept.delete(digest);
      else if (touch) {
        session.usedAt = now;
        kept.delete(digest);
        kept.set(digest, session);
      }
      return isOver ? undefined : session;
    },
    end(visit) {
      kept.delete(digestOf(visit));
    },
    leaveNote(visit, sentence) {
      const session = kept.get(digestOf(visit));
      if (session !== undefined) session.note = sentence;
    },
    takeNote(visit) {
      const session = kept.get(digestOf(visit));
      const note = session?.note;
      if (session !== undefined) delete session.note;
      return note;
    },
  };
}
