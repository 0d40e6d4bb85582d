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

  async function readStream(stream: string): Promise<Found[]> {
    const path = join(dir, entriesFile(stream));
    const from = offsets.get(stream) ?? 0;
    const { size, mtimeMs } = await stat(path);
    if (size <= from) return [];
    if (from === 0 && filter.since !== undefined && mtimeMs < filter.since) return [];
    const file = await open(path, "r");
    const found: Found[] = [];
    let offset = from;
    // `createReadStream` closes the file when it is read to the end or left early.
    for await (const batch of lineBatches(file.createReadStream({ start: from }))) {
      for (const { text, bytes, ended } of batch) {
        // Not whole yet: read again when it is.
        if (!ended) continue;
        offset += bytes.length + 1;
        const parsed = text === undefined ? undefined : parseEntry(text);
        if (text === undefined || parsed?.kind !== "entry") continue;
        const about = abouts.of(parsed.entry.body);
        found.push({ stream, line: text, entry: parsed.entry, about });
      }
    }
    offsets.set(stream, offset);
    return found;
  }

  return {
    async next() {
      const found: Found[] = [];
      for (const stream of await streamsIn(dir)) {
        for (const one of await readStream(stream)) if (passes(one, filter)) found.push(one);
      }
      return found.toSorted(inOrder);
    },
  };
}

/** By time; what one stream wrote in the same millisecond stays in its order. */
function inOrder(a: Found, b: Found): number {
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

function aboutKeeper(): { of(body: EntryBody): About } {
  const calls = new Map<string, About>();
  const requests = new Map<string, About>();

  function of(body: EntryBody): About {
    switch (body.kind) {
      case "call.intent": {
        const { agent, target, call, request } = body;
        const about = { agent, target, decision: body.why.effect, call, ...(request === undefined ? {} : { request }) };
        calls.set(call, about);
        return about;
      }
      case "call.outcome": {
        const about = calls.get(body.call) ?? { call: body.call };
        calls.delete(body.call);
        return about;
      }
      case "call.denied": {
        const { agent, target, call } = body;
        return { agent, call, decision: "deny", ...(target === undefined ? {} : { target }) };
      }
      case "request.opened": {
        const { agent, target, call, request } = body;
        const about: About = { agent, target, decision: body.why.effect, call, request };
        requests.set(request, about);
        return about;
      }
      case "request.joined":
      case "call.replayed":
        return { ...requests.get(body.request), agent: body.agent, call: body.call, request: body.request };
      case "client.silent":
        return { ...requests.get(body.request), agent: body.agent, request: body.request };
      case "request.answered":
      case "request.refused":
      case "request.claimed":
        return requests.get(body.request) ?? { request: body.request };
      case "request.closed": {
        const about = requests.get(body.request) ?? { request: body.request };
        return about;
      }
      case "definition.quarantined":
        return { target: body.target };
      case "stream.opened":
      case "stop.placed":
        return body.agent === undefined ? {} : { agent: body.agent };
      case "client.connected":
      case "list.served":
      case "message.refused":
        return { agent: body.agent };
      case "stream.closed":
      case "stream.recovered":
      case "server.started":
      case "server.ended":
      case "config.accepted":
      case "config.proposed":
      case "config.refused":
      case "lock.pinned":
      case "stop.acknowledged":
      case "stop.lifted":
      case "log.read":
        return {};
    }
  }
  return { of };
}
