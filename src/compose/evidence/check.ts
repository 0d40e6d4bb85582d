/** A pack of evidence against itself: the list of its files, the log in it, the population and the sample made again. */

import { createHash } from "node:crypto";
import type { Fault } from "../../audit/fault.ts";
import { parseVerifier } from "../../audit/checkpoint.ts";
import { parseEntry } from "../../audit/line.ts";
import { lineBatches, type Chunks } from "../../audit/lines.ts";
import { readProof } from "../../audit/tlog-proof.ts";
import { verifyLog } from "../../audit/verify.ts";
import { logInZip } from "../../log/zip-log.ts";
import { readZip, ZipError, type Zipped } from "../../log/zip-read.ts";
import { isObject } from "../../policy/json.ts";
import { draw } from "../../report/evidence/draw.ts";
import { populating, sumsOf } from "../../report/evidence/population.ts";
import { readersFor } from "../archived-sql.ts";
import { LIST_FILE } from "./pack.ts";

type EvidenceFault =
  "not-evidence" | "file-changed" | "file-missing" | "file-unlisted" | "log" | "population" | "sample" | "proof";

export type EvidenceVerdict =
  | { readonly kind: "fits"; readonly items: number; readonly sample: number }
  | { readonly kind: "fault"; readonly code: EvidenceFault; readonly file?: string; readonly fault?: Fault };

const fault = (code: EvidenceFault, file?: string): EvidenceVerdict => ({
  kind: "fault",
  code,
  ...(file === undefined ? {} : { file }),
});

/** `key`: of the log, from elsewhere; undefined: the one in the pack. Throws what the file system says. */
export async function checkEvidence(path: string, key: string | undefined): Promise<EvidenceVerdict> {
  let files: readonly Zipped[];
  try {
    files = await readZip(path);
  } catch (error) {
    if (error instanceof ZipError) return fault("not-evidence");
    throw error;
  }
  const listed = await listFault(files);
  if (listed !== undefined) return listed;
  const log = await logInZip(files);
  if (log === undefined) return fault("not-evidence");
  const verdict = await verifyLog(log.files, key ?? log.key, { sql: readersFor, now: Date.now() });
  if (verdict.kind === "fault") return { kind: "fault", code: "log", file: verdict.fault.file, fault: verdict.fault };
  return (await madeAgain(files)) ?? proofsHold(files, key ?? log.key);
}

async function textOf(chunks: Chunks): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString("utf8");
}

const fileNamed = (files: readonly Zipped[], name: string): Zipped | undefined =>
  files.find((file) => file.name === name);

async function listFault(files: readonly Zipped[]): Promise<EvidenceVerdict | undefined> {
  const list = fileNamed(files, LIST_FILE);
  if (list === undefined) return fault("not-evidence");
  const digests = new Map<string, string>();
  try {
    for (const line of (await textOf(list.chunks)).split("\n").slice(0, -1)) {
      const [, digest, name] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      if (digest === undefined || name === undefined) return fault("not-evidence");
      digests.set(name, digest);
    }
  } catch (error) {
    if (error instanceof ZipError) return fault("file-changed", LIST_FILE);
    throw error;
  }
  for (const { name, chunks } of files) {
    if (name === LIST_FILE) continue;
    const digest = digests.get(name);
    if (digest === undefined) return fault("file-unlisted", name);
    digests.delete(name);
    const hash = createHash("sha256");
    try {
      for await (const chunk of chunks) hash.update(chunk);
    } catch (error) {
      if (error instanceof ZipError) return fault("file-changed", name);
      throw error;
    }
    if (hash.digest("hex") !== digest) return fault("file-changed", name);
  }
  const [missing] = digests.keys();
  return missing === undefined ? undefined : fault("file-missing", missing);
}

interface Claims {
  readonly from: number;
  readonly until: number;
  readonly seed: string;
  readonly size: number;
}

function claimsIn(text: string): Claims | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || !isObject(value["period"]) || !isObject(value["sample"])) return undefined;
  const { from, until } = value["period"];
  const { seed, size } = value["sample"];
  if (typeof from !== "string" || typeof until !== "string" || typeof seed !== "string" || typeof size !== "number")
    return undefined;
  return { from: Date.parse(from), until: Date.parse(until), seed, size };
}

/** The population counted and the sample drawn once more, from the log in the pack alone. */
async function madeAgain(files: readonly Zipped[]): Promise<EvidenceVerdict | undefined> {
  const [about, told] = [fileNamed(files, "evidence.json"), fileNamed(files, "population.json")];
  const claims = about === undefined ? undefined : claimsIn(await textOf(about.chunks));
  if (claims === undefined || about === undefined || told === undefined) return fault("not-evidence");
  const population = populating(claims);
  for (const { stream, chunks } of (await logInZip(files))?.files.streams ?? [])
    for await (const batch of lineBatches(chunks))
      for (const { text } of batch) {
        const parsed = text === undefined ? undefined : parseEntry(text);
        if (parsed?.kind === "entry") population.take(parsed.entry, stream);
      }
  const items = population.end();
  if ((await textOf(told.chunks)) !== `${JSON.stringify(items, null, 2)}\n`) return fault("population", told.name);
  const ids = draw(
    items.map(({ id }) => id),
    claims.seed,
    claims.size,
  );
  const said = JSON.parse(await textOf(about.chunks)) as {
    readonly population: unknown;
    readonly sample: { readonly ids: unknown };
  };
  if (JSON.stringify(said.population) !== JSON.stringify(sumsOf(items))) return fault("population", about.name);
  if (JSON.stringify(said.sample.ids) !== JSON.stringify(ids)) return fault("sample", about.name);
  for (const [at, id] of ids.entries()) {
    const name = `samples/${String(at + 1).padStart(3, "0")}-${id}/item.json`;
    const item = fileNamed(files, name);
    const own = items.find((each) => each.id === id);
    if (item === undefined || (await textOf(item.chunks)) !== `${JSON.stringify(own, null, 2)}\n`)
      return fault("sample", name);
  }
  return undefined;
}

async function proofsHold(files: readonly Zipped[], key: string): Promise<EvidenceVerdict> {
  const by = parseVerifier(key);
  if (by === undefined) return fault("proof");
  for (const { name, chunks } of files)
    if (name.endsWith(".tlog-proof") && "refused" in readProof(await textOf(chunks), by)) return fault("proof", name);
  const claims = JSON.parse(await textOf(fileNamed(files, "evidence.json")?.chunks ?? [])) as {
    readonly population: { readonly items: number };
    readonly sample: { readonly ids: readonly string[] };
  };
  return { kind: "fits", items: claims.population.items, sample: claims.sample.ids.length };
}
