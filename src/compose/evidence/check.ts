/**
 * A pack of evidence against itself: the list of its files, the log in it, and every file made again that follows from the
 * log. The list is signed by nobody, so nothing is believed for standing in it.
 */

import { createHash } from "node:crypto";
import type { Fault } from "../../audit/fault.ts";
import type { Chunks } from "../../audit/lines.ts";
import { verifyLog } from "../../audit/verify.ts";
import type { FoundLog } from "../../log/found-log.ts";
import { logInZip, textOf } from "../../log/zip-log.ts";
import { readZip, ZipError, type Zipped } from "../../log/zip-read.ts";
import { readersFor } from "../archived-sql.ts";
import { bodiesIn, claimsIn, shownIn, type Files } from "./claims.ts";
import { addContents, WORDED, type Contents } from "./contents.ts";
import { COSIGNATURES, LIST_FILE, PROGRAM } from "./pack.ts";
import { CLEANED_FILE, GONE_FILE } from "./sample.ts";
import { snapshotOf } from "./snapshot.ts";

type EvidenceFault =
  | "not-evidence"
  | "file-changed"
  | "file-missing"
  | "file-unlisted"
  | "log"
  | "population"
  | "sample"
  | "proof"
  | "file-untrue"
  | "file-foreign";

export type EvidenceVerdict =
  | (Contents & {
      readonly kind: "fits";
      /** Files that say what nothing in the pack can show. */
      readonly unchecked: readonly string[];
      /** Questions and bodies of which the pack has the signed digest only. */
      readonly digestsOnly: number;
    })
  | { readonly kind: "fault"; readonly code: EvidenceFault; readonly file?: string; readonly fault?: Fault };

const fault = (code: EvidenceFault, file?: string): EvidenceVerdict => ({
  kind: "fault",
  code,
  ...(file === undefined ? {} : { file }),
});

/** `key`: of the log, from elsewhere; undefined: the one in the pack. Throws what the file system says. */
export async function checkEvidence(path: string, key: string | undefined, now: number): Promise<EvidenceVerdict> {
  let zipped: readonly Zipped[];
  try {
    zipped = await readZip(path);
  } catch (error) {
    if (error instanceof ZipError) return fault("not-evidence");
    throw error;
  }
  const files = new Map(zipped.map((file) => [file.name, file]));
  if (files.size !== zipped.length) return fault("not-evidence");
  const digests = await digestsOf(files);
  if ("kind" in digests) return digests;
  const log = await logInZip(zipped);
  if (log === undefined) return fault("not-evidence");
  const verdict = await verifyLog(log.files, key ?? log.key, { sql: readersFor, now });
  if (verdict.kind === "fault") return { kind: "fault", code: "log", file: verdict.fault.file, fault: verdict.fault };
  return madeAgain(files, log, digests.listed);
}

interface Listed {
  /** sha256 hex by name, as the files are; the list itself is not among them. */
  readonly listed: ReadonlyMap<string, string>;
}

/** Each file as the list has it, or what is wrong. */
async function digestsOf(files: Files): Promise<Listed | EvidenceVerdict> {
  const list = files.get(LIST_FILE);
  if (list === undefined) return fault("not-evidence");
  const listed = new Map<string, string>();
  try {
    for (const line of (await textOf(list.chunks)).split("\n").slice(0, -1)) {
      const [, digest, name] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      if (digest === undefined || name === undefined) return fault("not-evidence");
      listed.set(name, digest);
    }
  } catch (error) {
    if (error instanceof ZipError) return fault("file-changed", LIST_FILE);
    throw error;
  }
  for (const { name, chunks } of files.values()) {
    if (name === LIST_FILE) continue;
    const digest = listed.get(name);
    if (digest === undefined) return fault("file-unlisted", name);
    try {
      if ((await sha256Of(chunks)) !== digest) return fault("file-changed", name);
    } catch (error) {
      if (error instanceof ZipError) return fault("file-changed", name);
      throw error;
    }
  }
  const missing = [...listed.keys()].find((name) => !files.has(name));
  return missing === undefined ? { listed } : fault("file-missing", missing);
}

async function sha256Of(chunks: Chunks): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/** Which promise of a pack a file that is not as it must be breaks. */
function codeFor(name: string): EvidenceFault {
  if (name.startsWith("population.")) return "population";
  if (name === "evidence.json" || name.endsWith("/item.json")) return "sample";
  return name.endsWith(".tlog-proof") ? "proof" : "file-untrue";
}

/** Packed once more from the log, bodies and views in the pack alone, and compared. */
async function madeAgain(files: Files, log: FoundLog, listed: ReadonlyMap<string, string>): Promise<EvidenceVerdict> {
  const [claims, snapshot] = [await claimsIn(files), await snapshotOf(log)];
  if (claims === undefined || snapshot === undefined) return fault("not-evidence");
  const isOtherProgram = claims.program !== PROGRAM;
  const bodies = await bodiesIn(files);
  const strange = new Set(listed.keys());
  const wrong: EvidenceVerdict[] = [];
  const unchecked: string[] = [];
  let digestsOnly = [...bodies.values()].filter(({ kind }) => kind !== "kept").length;
  const contents = await addContents(
    async (name, chunks) => {
      if (!strange.delete(name)) return void wrong.push(fault("file-missing", name));
      // Another version may word its texts otherwise: said, not believed.
      if (name.endsWith(`/${CLEANED_FILE}`) || (isOtherProgram && WORDED.test(name))) unchecked.push(name);
      else if ((await sha256Of(chunks)) !== listed.get(name)) wrong.push(fault(codeFor(name), name));
      if (name.endsWith(`/${GONE_FILE}`)) digestsOnly++;
    },
    { ...claims, snapshot, shownOf: shownIn(files), bodiesOf: async () => bodies },
  );
  const [first] = wrong;
  if (first !== undefined) return first;
  // A witness's own copy is what its file is held against: `log verify --witness`.
  for (const name of strange) if (name.startsWith(COSIGNATURES)) unchecked.push(name);
  const foreign = [...strange].find((name) => !name.startsWith(COSIGNATURES));
  return foreign === undefined ? { kind: "fits", ...contents, unchecked, digestsOnly } : fault("file-foreign", foreign);
}
