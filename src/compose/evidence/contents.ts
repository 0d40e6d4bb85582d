/**
 * Everything in a pack of evidence that follows from the log: whoever packs writes it, whoever checks makes it again and
 * compares. The same log, period, seed and program give the same bytes.
 */

import { readFile } from "node:fs/promises";
import type { ConfigFile } from "../../audit/editions.ts";
import type { ArchivedConfig } from "../../audit/archive.ts";
import { parseEntry } from "../../audit/line.ts";
import { lineBatches, type Chunks } from "../../audit/lines.ts";
import { CHECKPOINT_FILE, KEY_FILE, LEDGER_FILE } from "../../log/mirror.ts";
import { ROTATIONS_FILE } from "../../log/rotations.ts";
import { stampParts } from "../../log/stamps.ts";
import { ARCHIVE_FOLDER, archiveFile, entriesFile } from "../../log/names.ts";
import { LOG_FOLDER } from "../../log/zip-log.ts";
import { populationHead, populationRow } from "../../report/evidence/csv.ts";
import { draw, METHOD } from "../../report/evidence/draw.ts";
import { populating, sumsOf, type Item, type Populating } from "../../report/evidence/population.ts";
import type { Span } from "../../report/count.ts";
import { localMinutes } from "../../report/zone.ts";
import { en, ja } from "../../words/evidence.ts";
import type { Language } from "../../words/words.ts";
import { archivedIn } from "../report/accepted.ts";
import { addSample, type Add, type SampleParts } from "./sample.ts";
import { periodSeed } from "./seed.ts";
import type { Snapshot } from "./snapshot.ts";
import { trailsOf } from "./trails.ts";

export interface ContentsWish extends Pick<SampleParts, "shownOf" | "bodiesOf"> {
  readonly snapshot: Snapshot;
  /** That made the pack, and its version. */
  readonly program: string;
  readonly span: Span;
  readonly timeZone: string;
  readonly sample: number;
  /** Left out: the period's own, or the checkpoint's root where the period has none yet. */
  readonly seed?: string;
  readonly language: Language;
}

/** `by`: `period` where nobody could choose the seed, see seed.ts. */
export interface Contents {
  readonly items: number;
  readonly sample: number;
  readonly seed: { readonly by: "period" | "chosen"; readonly seed: string };
}

/** The name of each program's own texts: another version may word them otherwise. */
export const WORDED = /^(README(\.ja)?\.md|verify-log\.py|samples\/[^/]+\/shown[^/]*\.(txt|html))$/;

const text = (content: string): Chunks => [Buffer.from(content, "utf8")];
const json = (value: unknown): Chunks => text(`${JSON.stringify(value, null, 2)}\n`);

/** Rows that are made one by one: a population need not fit into one text. The bytes are those of `json`. */
const itemsJson = (items: readonly Item[]): Chunks =>
  items.length === 0
    ? json(items)
    : joined("[", items, (item, at) => `${at === 0 ? "" : ","}\n${indented(item)}`, "\n]\n");
const indented = (item: Item): string => JSON.stringify(item, null, 2).replaceAll(/^/gm, "  ");
const itemsCsv = (items: readonly Item[]): Chunks => joined(populationHead(), items, populationRow, "");

/** Items that become one chunk. */
const AT_ONCE = 500;

const joined = (
  head: string,
  items: readonly Item[],
  row: (item: Item, at: number) => string,
  end: string,
): Chunks => ({
  *[Symbol.iterator]() {
    yield Buffer.from(head);
    for (let from = 0; from < items.length; from += AT_ONCE)
      yield Buffer.from(
        items
          .slice(from, from + AT_ONCE)
          .map((item, n) => row(item, from + n))
          .join(""),
      );
    yield Buffer.from(end);
  },
});

async function countIn({ streams }: Snapshot, population: Populating): Promise<readonly Item[]> {
  for (const { stream, chunks } of streams)
    for await (const batch of lineBatches(chunks))
      for (const { text: line } of batch) {
        const parsed = line === undefined ? undefined : parseEntry(line);
        if (parsed?.kind === "entry") population.take(parsed.entry, stream);
      }
  return population.end();
}

/** Beside the built program, where scripts/build.mjs puts it; beside the source there is none. */
const verifier = (): Promise<Buffer> =>
  readFile(new URL("./assets/verify-log.py", import.meta.url)).catch(() =>
    readFile(new URL("../../../examples/verify-log.py", import.meta.url)),
  );

/** One file after the other, the same in the same order each time. Throws what reading and `add` throw. */
export async function addContents(add: Add, wish: ContentsWish): Promise<Contents> {
  const { snapshot, program, span, timeZone, language } = wish;
  const population = populating(span);
  const items = await countIn(snapshot, population);
  const own = periodSeed(snapshot, span.until);
  const seed = wish.seed ?? own ?? snapshot.checkpoint.root;
  const by = seed === own ? "period" : "chosen";
  const ids = draw(
    items.map(({ id }) => id),
    seed,
    wish.sample,
  );
  const wanted = new Map(items.filter(({ id }) => ids.includes(id)).map((item) => [item.id, item]));
  const sampled = ids.flatMap((id) => wanted.get(id) ?? []);
  const [from, until] = [span.from, span.until].map((at) => new Date(at).toISOString());
  const sums = sumsOf(items);
  const { checkpoint } = snapshot;
  await add(
    "evidence.json",
    json({
      v: 1,
      program,
      language,
      period: { from, until, timeZone },
      checkpoint,
      population: sums,
      sample: { size: wish.sample, seed, by, method: METHOD, ids },
    }),
  );
  await add("population.json", itemsJson(items));
  await add("population.csv", itemsCsv(items));
  const minutes = localMinutes(timeZone);
  const facts = {
    from: minutes(span.from),
    until: minutes(span.until),
    zone: timeZone,
    ...sums,
    sample: sampled.length,
    seed,
    by,
    method: METHOD,
    ...checkpoint,
  } as const;
  await add("README.md", text(en.readme(facts)));
  await add("README.ja.md", text(ja.readme(facts)));
  await addLog(add, snapshot);
  const trails = await trailsOf(snapshot, sampled);
  const approversAt = approversIn(snapshot.configs, population);
  for (const [at, item] of sampled.entries()) {
    const folder = `samples/${String(at + 1).padStart(3, "0")}-${item.id}`;
    const trail = trails.get(item.id) ?? [];
    await addSample(add, folder, { ...wish, item, trail, approvers: await approversAt(item.id) });
  }
  await add("verify-log.py", [await verifier()]);
  return { items: items.length, sample: sampled.length, seed: { by, seed } };
}

async function addLog(add: Add, snapshot: Snapshot): Promise<void> {
  await add(`${LOG_FOLDER}${KEY_FILE}`, text(`${snapshot.key}\n`));
  await add(`${LOG_FOLDER}${CHECKPOINT_FILE}`, text(snapshot.note));
  await add(`${LOG_FOLDER}${LEDGER_FILE}`, text(snapshot.ledger.map((line) => `${line}\n`).join("")));
  for (const { stream, chunks } of snapshot.streams) await add(`${LOG_FOLDER}${entriesFile(stream)}`, chunks);
  if (snapshot.rotations !== "") await add(`${LOG_FOLDER}${ROTATIONS_FILE}`, text(snapshot.rotations));
  for (const { digest, chunks } of snapshot.configs)
    await add(`${LOG_FOLDER}${ARCHIVE_FOLDER}/${archiveFile(digest)}`, chunks);
  for (const [name, chunks] of stampParts(snapshot.stamps, snapshot.checkpoint.size))
    await add(`${LOG_FOLDER}${name}`, chunks);
}

/** Who was an approver, and in which groups, by the configuration that was in force for an item; read once each. */
function approversIn(configs: readonly ConfigFile[], population: Populating) {
  const read = new Map<string, Promise<ArchivedConfig | undefined>>();
  return async (id: string): Promise<ArchivedConfig["approvers"] | undefined> => {
    const archive = population.applied(id)?.archive;
    if (archive === undefined) return undefined;
    const known = read.get(archive) ?? archivedIn({ configs }, archive);
    read.set(archive, known);
    return (await known)?.approvers;
  };
}
