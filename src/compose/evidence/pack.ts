/**
 * Evidence of a period as one zip: the log as signed, the complete population, a sample with everything that is known of
 * it. The same log, period, seed and program give the same bytes.
 */

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { ConfigFile } from "../../audit/editions.ts";
import type { ArchivedConfig } from "../../audit/archive.ts";
import { parseEntry } from "../../audit/line.ts";
import { lineBatches, type Chunks } from "../../audit/lines.ts";
import { CHECKPOINT_FILE, KEY_FILE, LEDGER_FILE } from "../../log/mirror.ts";
import { ROTATIONS_FILE } from "../../log/rotations.ts";
import { ARCHIVE_FOLDER, archiveFile, entriesFile } from "../../log/names.ts";
import type { ZipFile, ZipWriter } from "../../log/zip-write.ts";
import { populationCsv } from "../../report/evidence/csv.ts";
import { draw, METHOD } from "../../report/evidence/draw.ts";
import { populating, sumsOf, type Item, type Populating } from "../../report/evidence/population.ts";
import type { Span } from "../../report/count.ts";
import { localMinutes } from "../../report/zone.ts";
import { en, ja } from "../../words/evidence.ts";
import type { Language } from "../../words/words.ts";
import { VERSION } from "../version.ts";
import { archivedIn } from "../report/accepted.ts";
import { addSample, type SampleParts } from "./sample.ts";
import type { Snapshot } from "./snapshot.ts";
import { trailsOf } from "./trails.ts";

export interface PackWish extends Pick<SampleParts, "viewOf" | "bodiesOf" | "redact"> {
  readonly snapshot: Snapshot;
  readonly span: Span;
  readonly timeZone: string;
  readonly sample: number;
  /** Left out: the checkpoint's root, which nobody could choose. */
  readonly seed?: string;
  readonly language: Language;
  /** Files of witnesses. */
  readonly cosignatures: readonly string[];
}

export interface Packed {
  readonly items: number;
  readonly sample: number;
}

const LOG_FOLDER = "log";
export const LIST_FILE = "files.sha256";

const text = (content: string): Chunks => [Buffer.from(content, "utf8")];
const json = (value: unknown): Chunks => text(`${JSON.stringify(value, null, 2)}\n`);

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

/** Everything but the zip's own end. Throws what reading, writing and the store throw. */
export async function pack(zip: ZipWriter, wish: PackWish): Promise<Packed> {
  const { snapshot, span, timeZone, language } = wish;
  const files: ZipFile[] = [];
  const add = async (name: string, chunks: Chunks): Promise<void> => void files.push(await zip.add(name, chunks));
  const population = populating(span);
  const items = await countIn(snapshot, population);
  const seed = wish.seed ?? snapshot.checkpoint.root;
  const ids = draw(
    items.map(({ id }) => id),
    seed,
    wish.sample,
  );
  const sampled = ids.flatMap((id) => items.filter((item) => item.id === id));
  const [from, until] = [span.from, span.until].map((at) => new Date(at).toISOString());
  const sums = sumsOf(items);
  const minutes = localMinutes(timeZone);
  const facts = {
    from: minutes(span.from),
    until: minutes(span.until),
    zone: timeZone,
    ...sums,
    sample: sampled.length,
    seed,
    method: METHOD,
    ...snapshot.checkpoint,
  };
  await add("README.md", text(en.readme(facts)));
  await add("README.ja.md", text(ja.readme(facts)));
  await add(
    "evidence.json",
    json({
      v: 1,
      program: `kidoban ${VERSION}`,
      period: { from, until, timeZone },
      checkpoint: snapshot.checkpoint,
      population: sums,
      sample: { size: wish.sample, seed, method: METHOD, ids },
    }),
  );
  await add("population.json", json(items));
  await add("population.csv", text(populationCsv(items)));
  await addLog(add, snapshot);
  const trails = await trailsOf(snapshot, sampled);
  const approversAt = approversIn(snapshot.configs, population);
  for (const [at, item] of sampled.entries()) {
    const folder = `samples/${String(at + 1).padStart(3, "0")}-${item.id}`;
    const trail = trails.get(item.id) ?? [];
    await addSample(add, folder, { ...wish, item, trail, approvers: await approversAt(item.id), snapshot, language });
  }
  for (const file of wish.cosignatures) await add(`cosignatures/${basename(file)}`, [await readFile(file)]);
  await add("verify-log.py", [await verifier()]);
  await zip.add(LIST_FILE, text(files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("")));
  return { items: items.length, sample: sampled.length };
}

async function addLog(add: (name: string, chunks: Chunks) => Promise<void>, snapshot: Snapshot): Promise<void> {
  await add(`${LOG_FOLDER}/${KEY_FILE}`, text(`${snapshot.key}\n`));
  await add(`${LOG_FOLDER}/${CHECKPOINT_FILE}`, text(snapshot.note));
  await add(`${LOG_FOLDER}/${LEDGER_FILE}`, text(snapshot.ledger.map((line) => `${line}\n`).join("")));
  for (const { stream, chunks } of snapshot.streams) await add(`${LOG_FOLDER}/${entriesFile(stream)}`, chunks);
  if (snapshot.rotations !== "") await add(`${LOG_FOLDER}/${ROTATIONS_FILE}`, text(snapshot.rotations));
  for (const { digest, chunks } of snapshot.configs)
    await add(`${LOG_FOLDER}/${ARCHIVE_FOLDER}/${archiveFile(digest)}`, chunks);
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
