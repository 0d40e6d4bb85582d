/** An entry that was read back, what it is about, and the order of all. Pure. */

import type { Entry, EntryBody, Target } from "../audit/entry.ts";
import type { Effect } from "../policy/call.ts";

/** What an entry is about, as far as it or an earlier one says. */
export interface About {
  readonly agent?: string;
  readonly target?: Target;
  readonly decision?: Effect;
  readonly call?: string;
  readonly request?: string;
}

export interface Found {
  readonly stream: string;
  /** The line as it was signed. */
  readonly line: string;
  readonly entry: Entry;
  readonly about: About;
}

export type Read = Omit<Found, "about">;

/** An entry's place in the order of all; what comes after a page is what stands before its last one. */
export interface Position {
  /** RFC 3339. */
  readonly time: string;
  readonly stream: string;
  /** Number of its line in the stream, from 0. */
  readonly n: number;
}

/** A place in the log as a link or a person carries it. */
export const positionText = ({ time, stream, n }: Position): string => `${time}~${stream}~${n}`;

/** Reads what `positionText` writes; undefined for anything else. */
export function readPosition(text: string | undefined): Position | undefined {
  const [, time, stream, n] = /^(\d{4}-[\dT:.-]{19,20}Z)~([0-9a-f-]{8,64})~(\d{1,15})$/.exec(text ?? "") ?? [];
  if (time === undefined || stream === undefined || Number.isNaN(Date.parse(time))) return undefined;
  return { time, stream, n: Number(n) };
}

/** By time; what one stream wrote in the same millisecond stays in its order. */
export function inOrder(a: Read, b: Read): number {
  if (a.entry.time !== b.entry.time) return a.entry.time < b.entry.time ? -1 : 1;
  if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
  return a.entry.n - b.entry.n;
}

/** What an entry itself says. */
export function own(body: EntryBody): About {
  return {
    ...("agent" in body && body.agent !== undefined ? { agent: body.agent } : {}),
    ...("target" in body && body.target !== undefined ? { target: body.target } : {}),
    ...("call" in body && body.call !== undefined ? { call: body.call } : {}),
    ...("request" in body && body.request !== undefined ? { request: body.request } : {}),
    ...(body.kind === "call.denied"
      ? { decision: "deny" }
      : "why" in body && body.why !== undefined
        ? { decision: body.why.effect }
        : {}),
  };
}

/** Calls and requests that it names. */
export function idsOf(body: EntryBody): readonly string[] {
  const ids: string[] = [];
  if ("call" in body && body.call !== undefined) ids.push(body.call);
  if ("request" in body && body.request !== undefined) ids.push(body.request);
  return ids;
}
