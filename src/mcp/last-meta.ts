/** A modern client says the same of itself in `_meta` with each request: said in the same words, it is the same object. */

import type { JsonObject } from "../policy/json.ts";

/** Longest message of which a part is kept, and all of it thereby. */
const MOST = 8 * 1024;

interface Meta {
  readonly text: string;
  readonly value: JsonObject;
}

let last: Meta | undefined;

/**
 * The one that was kept last, where its text stands at `at`. It is a whole object, so nothing that follows changes it. Not
 * by `startsWith`, which goes from letter to letter and takes longer than the rest of the message.
 */
export const lastMeta = (message: string, at: number): Meta | undefined =>
  last !== undefined && message.slice(at, at + last.text.length) === last.text ? last : undefined;

/** Of a message in which nothing was wrong up to `end`. */
export function keepMeta(message: string, start: number, end: number, value: JsonObject): void {
  if (message.length <= MOST) last = { text: message.slice(start, end), value };
}
