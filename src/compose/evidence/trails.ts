/** The entries of sampled items, collected in one pass: by every call, request and pass that they name. */

import { parseEntry } from "../../audit/line.ts";
import { lineBatches } from "../../audit/lines.ts";
import type { Entry, EntryBody } from "../../audit/entry.ts";
import type { Item } from "../../report/evidence/population.ts";
import type { Snapshot } from "./snapshot.ts";

export interface TrailEntry {
  readonly stream: string;
  readonly line: string;
  readonly entry: Entry;
}

function namedIn(body: EntryBody): readonly string[] {
  const ids: string[] = [];
  if ("call" in body && body.call !== undefined) ids.push(body.call);
  if ("request" in body && body.request !== undefined) ids.push(body.request);
  if (body.kind === "request.edited") ids.push(body.from);
  return ids;
}

/** Beyond it somebody joined one request without end. */
const MOST_ENTRIES = 500;

/** By item; in the order of time. */
export async function trailsOf(
  { streams }: Snapshot,
  items: readonly Item[],
): Promise<ReadonlyMap<string, readonly TrailEntry[]>> {
  const owners = new Map<string, string>();
  for (const { id, call, previews } of items) for (const name of [id, call, ...previews]) owners.set(name, id);
  const trails = new Map<string, TrailEntry[]>(items.map(({ id }) => [id, []]));
  const passes = new Map<string, TrailEntry[]>();
  const usedBy = new Map<string, Set<string>>();
  for (const { stream, chunks } of streams) {
    for await (const batch of lineBatches(chunks)) {
      for (const { text } of batch) {
        const parsed = text === undefined ? undefined : parseEntry(text);
        if (text === undefined || parsed?.kind !== "entry") continue;
        const { entry } = parsed;
        const { body } = entry;
        const one = { stream, line: text, entry };
        if (body.kind === "pass.issued") passes.set(body.pass, [...(passes.get(body.pass) ?? []), one]);
        for (const owner of new Set(namedIn(body).flatMap((name) => owners.get(name) ?? []))) {
          const trail = trails.get(owner);
          if (trail !== undefined && trail.length < MOST_ENTRIES) trail.push(one);
          if (body.kind === "pass.used") usedBy.set(body.pass, (usedBy.get(body.pass) ?? new Set()).add(owner));
        }
      }
    }
  }
  for (const [pass, owner] of usedBy) for (const id of owner) trails.get(id)?.push(...(passes.get(pass) ?? []));
  return new Map([...trails].map(([id, list]) => [id, list.toSorted(inOrder)]));
}

function inOrder(a: TrailEntry, b: TrailEntry): number {
  if (a.entry.time !== b.entry.time) return a.entry.time < b.entry.time ? -1 : 1;
  if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
  return a.entry.n - b.entry.n;
}
