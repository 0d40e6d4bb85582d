/**
 * Bodies as they are kept beside a stream, found in the order in which the stream speaks of them, in bounded memory. Knows
 * neither files nor keys.
 */

import { isObject, type JsonObject } from "../policy/json.ts";
import { hash } from "node:crypto";

/** One body; `text` is undefined where only its digest was kept. */
interface KeptBody {
  readonly digest: string;
  readonly nonce: string;
  readonly text: string | undefined;
}

export type KeptBodies = AsyncIterable<readonly KeptBody[]>;

export interface BodyFinder {
  /** The next entry may speak of a body that nobody looks for. */
  skip(): void;
  /** `altered`: something else stands under its digest. `absent`: not kept, pruned, or nobody can read it. */
  find(digest: string): Promise<{ readonly text: string } | "altered" | "absent">;
  /** Whether none will ever be found any more. */
  readonly isEmpty: boolean;
  /** Nothing more is looked for. */
  close(): Promise<void>;
}

/** Calls at once may be recorded in another order than their bodies, and pruned bodies leave gaps. */
const MOST_AHEAD = 2048;
const MOST_HELD_CHARS = 64 << 20;

export function bodyFinder(bodies: KeptBodies | undefined): BodyFinder {
  const source = bodies?.[Symbol.asyncIterator]();
  const held = new Map<string, KeptBody>();
  let heldChars = 0;
  let isOver = source === undefined;
  /** How many more may be read before one is found. */
  let allowance = MOST_AHEAD;

  function drop(body: KeptBody): void {
    held.delete(body.digest);
    heldChars -= body.text?.length ?? 0;
  }

  async function readOn(): Promise<void> {
    const next = await source?.next();
    if (next === undefined || next.done === true) {
      isOver = true;
      return;
    }
    for (const body of next.value) {
      allowance--;
      const same = held.get(body.digest);
      if (same !== undefined) drop(same);
      held.set(body.digest, body);
      heldChars += body.text?.length ?? 0;
    }
    for (const oldest of held.values()) {
      if (heldChars <= MOST_HELD_CHARS && held.size <= 2 * MOST_AHEAD) break;
      drop(oldest);
    }
  }

  return {
    skip() {
      allowance++;
    },
    async find(digest) {
      for (;;) {
        const body = held.get(digest);
        if (body !== undefined) {
          drop(body);
          allowance = MOST_AHEAD;
          if (body.text === undefined) return "absent";
          return hash("sha256", body.nonce + body.text, "hex") === digest ? { text: body.text } : "altered";
        }
        if (isOver || allowance <= 0) return "absent";
        await readOn();
      }
    },
    get isEmpty() {
      return isOver && held.size === 0;
    },
    async close() {
      isOver = true;
      await source?.return?.();
    },
  };
}

/** Undefined where a body holds no arguments. */
export function argumentsIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
