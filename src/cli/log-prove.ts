/** `kidoban log prove STREAM N` and `kidoban log check FILE`: one entry's proof in a file of its own, made and checked offline. */

import { readFile } from "node:fs/promises";
import { visibleLine } from "../approval/visible.ts";
import { openCheckpoint, parseVerifier } from "../audit/checkpoint.ts";
import { parseLedgerLine } from "../audit/leaf.ts";
import { lineBatches, type Chunks } from "../audit/lines.ts";
import { proofOf, readProof } from "../audit/tlog-proof.ts";
import { findLog } from "../log/files.ts";
import { en, ja } from "../words/witness.ts";
import { EXIT, type ExitCode } from "./context.ts";
import { keyText } from "./log-key.ts";
import { misused, noLog, unreachable, type LogOptions, type LogPlace } from "./log-place.ts";

async function firstLines(chunks: Chunks, most: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const batch of lineBatches(chunks)) {
    for (const { text, ended } of batch) if (text !== undefined && ended && lines.length < most) lines.push(text);
    if (lines.length === most) break;
  }
  return lines;
}

/** Writes the proof to stdout: a file for whoever disputes the entry. */
export async function prove(place: LogPlace, options: LogOptions): Promise<ExitCode> {
  const { context, dir } = place;
  const words = context.language === "ja" ? ja : en;
  const [stream = "", number = ""] = [options.id, options.number];
  if (!/^(0|[1-9]\d{0,14})$/.test(number)) return misused(place, words.badNumber(visibleLine(number)));
  const n = Number(number);
  const log = await findLog(options.path ?? dir).catch((error: unknown) => noLog(place, error));
  if (typeof log === "number") return log;
  const key = parseVerifier(log.key);
  const checkpoint = key === undefined ? undefined : openCheckpoint(log.files.checkpoint, key);
  if (checkpoint === undefined || "refused" in checkpoint) return misused(place, words.refusals.malformed);
  const ledger = await firstLines(log.files.ledger, checkpoint.size);
  const index = ledger.findIndex((line) => {
    const leaf = parseLedgerLine(line);
    return leaf?.stream === stream && leaf.size > n;
  });
  const size = parseLedgerLine(ledger[index] ?? "")?.size ?? 0;
  const file = log.files.streams.find((each) => each.stream === stream);
  if (file === undefined || size === 0) return misused(place, words.noEntry(visibleLine(stream), n));
  context.terminal.out(proofOf(ledger, index, await firstLines(file.chunks, size), n, log.files.checkpoint));
  return EXIT.ok;
}

/** Exit code 0 when the proof holds under the key, 1 when it does not. */
export async function check(place: LogPlace, { path = "", key: given = "" }: LogOptions): Promise<ExitCode> {
  const { context } = place;
  const words = context.language === "ja" ? ja : en;
  const key = parseVerifier((await keyText(given)) ?? "");
  if (key === undefined) return misused(place, place.words.badKey(visibleLine(given)));
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return unreachable(place, place.words.noFile(visibleLine(path)));
  const proven = readProof(text, key);
  if (context.json) {
    const facts =
      "refused" in proven
        ? { kind: "fault", code: proven.refused }
        : { kind: "proven", stream: proven.stream, n: proven.n, entry: proven.entry, size: proven.checkpoint.size };
    context.terminal.out(`${JSON.stringify(facts)}\n`);
  } else if ("refused" in proven) context.terminal.out(`${words.refusals[proven.refused]}\n`);
  else context.terminal.out(`${words.proves(proven.stream, proven.n)}\n${visibleLine(proven.entry)}\n`);
  return "refused" in proven ? EXIT.found : EXIT.ok;
}
