/** What `kidoban log verify` says of the log's time stamps. Without an authority to believe they are counted, not checked. */

import { readFile } from "node:fs/promises";
import pc from "picocolors";
import { visibleLine } from "../approval/visible.ts";
import { readAuthorities, type Certificate } from "../audit/certificate.ts";
import { aheadBy, checkStamps, type StampsVerdict } from "../audit/stamps.ts";
import type { FoundLog } from "../log/found-log.ts";
import { stampFile } from "../log/stamps.ts";
import { localTime } from "../log/told.ts";
import { en as spansEn, ja as spansJa } from "../words/spans.ts";
import { en, ja } from "../words/stamp.ts";
import type { LogPlace } from "./log-place.ts";

const wordsOf = ({ context }: LogPlace): typeof en => (context.language === "ja" ? ja : en);

/** Undefined where nobody was named; else who is believed, or the sentence that says why nobody is. */
export async function believedIn(
  place: LogPlace,
  path: string | undefined,
): Promise<readonly Certificate[] | string | undefined> {
  if (path === undefined) return undefined;
  return readAuthorities(await readFile(path, "utf8").catch(() => "")) ?? wordsOf(place).badCa(path);
}

export interface StampsSaid {
  readonly isRight: boolean;
  readonly text: string;
  /** For `--json`; undefined where nothing is there and nothing was asked. */
  readonly json: object | undefined;
}

/** Of a log that is proven, up to the checkpoint of this size. `key`: as `verifierText` writes it. */
export async function stampsSaid(
  place: LogPlace,
  { files, stamps }: FoundLog,
  proven: { readonly key: string; readonly size: number },
  trusted: readonly Certificate[] | undefined,
): Promise<StampsSaid> {
  const words = wordsOf(place);
  if (trusted === undefined) {
    const count = stamps.length;
    const unchecked = { isRight: true, text: count === 0 ? "" : `  ${words.unchecked(count)}\n` };
    return { ...unchecked, json: count === 0 ? undefined : { kind: "unchecked", count } };
  }
  const { rotations = "" } = files;
  const verdict = await checkStamps(stamps, { ledger: files.ledger, rotations, ...proven }, trusted);
  return { isRight: verdict.kind !== "fault", text: textOf(place, verdict, proven.size), json: verdict };
}

function textOf(place: LogPlace, verdict: StampsVerdict, size: number): string {
  const { terminal, language } = place.context;
  const { red, bold } = pc.createColors(terminal.color);
  const words = wordsOf(place);
  switch (verdict.kind) {
    case "none":
      return `  ${words.none}\n`;
    case "fault":
      return `${red(bold(place.words.faultAt(stampFile(verdict.size), undefined, undefined)))}\n  ${words.faults[verdict.why]}\n`;
    case "stamped": {
      const { count, first, newest, ahead } = verdict;
      const lines = [words.existed(newest.size, localTime(newest.at), visibleLine(newest.authority))];
      if (count > 1) lines.push(words.more(count, localTime(first.at)));
      if (newest.size < size) lines.push(words.unstamped(size - newest.size));
      const spans = language === "ja" ? spansJa : spansEn;
      if (ahead !== undefined) lines.push(words.ahead(ahead.size, spans.age(aheadBy(ahead))));
      return lines.map((line) => `  ${line}\n`).join("");
    }
  }
}
