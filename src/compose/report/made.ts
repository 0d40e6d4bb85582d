/** Whether a report is one that the gate made: an entry under the log's checkpoint names its digest. */

import { parseVerifier } from "../../audit/checkpoint.ts";
import { parseEntry } from "../../audit/line.ts";
import { lineBatches } from "../../audit/lines.ts";
import { proofOf, readProof } from "../../audit/tlog-proof.ts";
import { findLog } from "../../log/files.ts";
import { snapshotOf, underLeaf, type Snapshot } from "../evidence/snapshot.ts";

/** `digest`: sha256 hex of the file. False, too, where no checkpoint is signed. Throws LogFilesError. */
export async function isMade(dir: string, digest: string): Promise<boolean> {
  const snapshot = await snapshotOf(await findLog(dir));
  if (snapshot === undefined) return false;
  for (const { stream, chunks } of snapshot.streams)
    for await (const batch of lineBatches(chunks))
      for (const { text } of batch) {
        // Most lines need not be parsed for that.
        if (text?.includes(digest) !== true) continue;
        const parsed = parseEntry(text);
        if (parsed.kind !== "entry") continue;
        const { n, body } = parsed.entry;
        const names = body.kind === "export.made" && body.what === "report" && body.digest === digest;
        if (names && (await isProven(snapshot, stream, n, text))) return true;
      }
  return false;
}

/** A line that somebody put into the file is under no root. */
async function isProven(snapshot: Snapshot, stream: string, n: number, line: string): Promise<boolean> {
  const [by, under] = [parseVerifier(snapshot.key), await underLeaf(snapshot, stream, n)];
  if (by === undefined || under === undefined || under.lines.length <= n) return false;
  const proven = readProof(proofOf(snapshot.ledger, under.leaf, under.lines, n, snapshot.note), by);
  return !("refused" in proven) && proven.entry === line;
}
