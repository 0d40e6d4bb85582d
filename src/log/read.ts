/**
 * Reads entries over all streams, in the order of their times, and what is added later. What an outcome or an answer is
 * about stands in an earlier entry; it is kept here, so that filters and tables need not look for it. No index yet.
 */

import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Entry, EntryBody, Target } from "../audit/entry.ts";
import { parseEntry } from "../audit/line.ts";
import { lineBatches } from "../audit/lines.ts";
import type { Effect } from "../policy/call.ts";
import { streamsIn } from "./files.ts";
import { entriesFile } from "./names.ts";

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

export interface Filter {
  readonly agent?: string;
  readonly tool?: (target: Target) => boolean;
  readonly decision?: Effect;
  /** Times, ms. */
  readonly since?: number;
  readonly until?: number;
}

export interface LogReader {
  /** Everything that is there and was not given before. Lines that cannot be read are left to `verify`. */
  next(): Promise<readonly Found[]>;
}

export function logReader(dir: string, filter: Filter = {}): LogReader {
  const offsets = new Map<string, number>();
  const abouts = aboutKeeper();

  async function readStream(stream: string): Promise<Read[]> {
    const path = join(dir, entriesFile(stream));
    const from = offsets.get(stream) ?? 0;
    const { size, mtimeMs } = await stat(path);
    if (size <= from) return [];
    if (from === 0 && filter.since !== undefined && mtimeMs < filter.since) return [];
    const file = await open(path, "r");
    const found: Read[] = [];
    let offset = from;
    // `createReadStream` closes the file when it is read to the end or left early.
    for await (const batch of lineBatches(file.createReadStream({ start: from }))) {
      for (const { text, bytes, ended } of batch) {
        // Not whole yet: read again when it is.
        if (!ended) continue;
        offset += bytes.length + 1;
        const parsed = text === undefined ? undefined : parseEntry(text);
        if (text === undefined || parsed?.kind !== "entry") continue;
        abouts.learn(parsed.entry.body);
        found.push({ stream, line: text, entry: parsed.entry });
      }
    }
    offsets.set(stream, offset);
    return found;
  }

  return {
    async next() {
      let read: Read[] = [];
      for (const stream of await streamsIn(dir)) read = read.concat(await readStream(stream));
      // Only now: what an entry is about may stand in another stream that was read after its own.
      return read
        .toSorted(inOrder)
        .map((one) => ({ ...one, about: abouts.of(one.entry.body) }))
        .filter((one) => passes(one, filter));
    },
  };
}

/** By time; what one stream wrote in the same millisecond stays in its order. */
export function inOrder(a: Read, b: Read): number {
  if (a.entry.time !== b.entry.time) return a.entry.time < b.entry.time ? -1 : 1;
  if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
  return a.entry.n - b.entry.n;
}

function passes({ entry, about }: Found, { agent, tool, decision, since, until }: Filter): boolean {
  if (agent !== undefined && about.agent !== agent) return false;
  if (decision !== undefined && about.decision !== decision) return false;
  if (tool !== undefined && (about.target === undefined || !tool(about.target))) return false;
  if (since === undefined && until === undefined) return true;
  const at = Date.parse(entry.time);
  return at >= (since ?? at) && at <= (until ?? at);
}

/** What later entries name only by id. */
interface AboutKeeper {
  readonly learn: (body: EntryBody) => void;
  readonly of: (body: EntryBody) => About;
}

function aboutKeeper(): AboutKeeper {
  const calls = new Map<string, About>();
  const requests = new Map<string, About>();
  return {
    learn(body) {
      if (body.kind === "call.intent") calls.set(body.call, own(body));
      else if (body.kind === "request.opened") requests.set(body.request, own(body));
    },
    of(body) {
      const said = own(body);
      if (body.kind === "call.outcome") {
        const about = calls.get(body.call);
        // Its last word: a log of a year would otherwise be held in memory.
        calls.delete(body.call);
        return { ...about, ...said };
      }
      // While the call runs; its outcome comes after the last of them.
      if (body.kind === "question.asked" || body.kind === "question.answered")
        return { ...calls.get(body.call ?? ""), ...said };
      return said.request === undefined ? said : { ...requests.get(said.request), ...said };
    },
  };
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
