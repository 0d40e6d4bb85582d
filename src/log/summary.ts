/** What one stream holds that decides whether it can go: how old, and what it says that other streams lean on. */

import { parseEntry } from "../audit/line.ts";
import { lineBatches } from "../audit/lines.ts";
import type { BodyRef, EntryBody } from "../audit/entry.ts";
import type { Pruned } from "../audit/retention-entry.ts";
import { entriesChunks } from "./entries.ts";
import { own } from "./found.ts";
import { refsOf } from "./related.ts";

export interface StreamSummary {
  readonly stream: string;
  /** Of its last entry, ms; undefined where it has none that can be read. */
  readonly last: number | undefined;
  /** What it says once and others build on: accepted configurations, passes, what people were asked and answered. */
  readonly gives: ReadonlySet<string>;
  /** What has to be said somewhere, or what it says is not proven. */
  readonly needs: ReadonlySet<string>;
  /** Streams that it goes on from, or whose end it tells. */
  readonly about: readonly string[];
  /** Streams that were removed, as it says. */
  readonly pruned: readonly Pruned[];
}

const giving = (body: EntryBody): readonly string[] => {
  switch (body.kind) {
    case "config.accepted":
      return [`config ${body.digest}`];
    case "pass.issued":
      return [`pass ${body.pass}`];
    case "request.opened":
    case "request.edited":
    case "request.answered":
      return [`request ${body.request}`];
    default:
      return [];
  }
};

const needing = (body: EntryBody): readonly string[] => {
  switch (body.kind) {
    case "config.applied":
      return [`config ${body.accepted.digest}`];
    case "config.accepted":
      return body.previous === undefined ? [] : [`config ${body.previous}`];
    case "pass.used":
      return [`pass ${body.pass}`];
    case "request.claimed":
    case "request.answered":
      return [`request ${body.request}`];
    case "call.intent":
      return body.request === undefined ? [] : [`request ${body.request}`];
    default:
      return [];
  }
};

export async function summaryOf(dir: string, stream: string): Promise<StreamSummary> {
  const [gives, needs] = [new Set<string>(), new Set<string>()];
  const [about, pruned]: [string[], Pruned[]] = [[], []];
  let last: number | undefined;
  for await (const body of entriesOf(dir, stream)) {
    last = Math.max(last ?? 0, body.at);
    for (const one of giving(body.body)) gives.add(one);
    for (const one of needing(body.body)) needs.add(one);
    if (body.body.kind === "stream.opened" && body.body.follows !== undefined) about.push(body.body.follows.stream);
    if (body.body.kind === "stream.recovered") about.push(body.body.stream);
    if (body.body.kind === "streams.pruned") pruned.push(...body.body.streams);
  }
  return { stream, last, gives, needs, about, pruned };
}

/** A body that entries of a stream speak of. */
export interface Spoken {
  readonly ref: BodyRef;
  /** Undefined where the stream does not say whose call it was. */
  readonly server: string | undefined;
  /** Ms. */
  readonly at: number;
}

export async function* bodiesSpokenOf(dir: string, stream: string): AsyncGenerator<Spoken, void, undefined> {
  const servers = new Map<string, string>();
  for await (const { body, at } of entriesOf(dir, stream)) {
    const { call, target } = own(body);
    const server =
      target?.server ?? ("server" in body ? body.server : call === undefined ? undefined : servers.get(call));
    if (call !== undefined && server !== undefined) servers.set(call, server);
    const before = "before" in body && typeof body.before === "object" ? [{ ref: body.before }] : [];
    for (const { ref } of [...refsOf(body), ...before]) yield { ref, server, at };
  }
}

export async function* entriesOf(
  dir: string,
  stream: string,
): AsyncGenerator<{ readonly body: EntryBody; readonly n: number; readonly at: number }, void, undefined> {
  for await (const batch of lineBatches(entriesChunks(dir, stream))) {
    for (const { text } of batch) {
      const parsed = text === undefined ? undefined : parseEntry(text);
      if (parsed?.kind === "entry")
        yield { body: parsed.entry.body, n: parsed.entry.n, at: Date.parse(parsed.entry.time) };
    }
  }
}
