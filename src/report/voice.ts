/** How numbers, times and names are said in one language and one time zone. Pure. */

import type { Target } from "../audit/entry.ts";
import { written } from "../policy/pattern.ts";
import { en, ja, type ReportWords } from "../words/report.ts";
import { en as spanEn, ja as spanJa } from "../words/spans.ts";
import { en as eventEn, ja as eventJa } from "../words/log.ts";
import type { Language } from "../words/words.ts";
import type { Inline, Text } from "./blocks.ts";
import { localMinutes } from "./zone.ts";

export interface Voice {
  readonly language: Language;
  readonly words: ReportWords;
  readonly events: typeof eventEn.events;
  /** Of RFC 3339, in the report's zone. */
  readonly time: (at: string) => string;
  readonly number: (value: number) => string;
  readonly span: (ms: number | undefined) => string;
}

export function voiceOf(language: Language, timeZone: string): Voice {
  const minutes = localMinutes(timeZone);
  const words = language === "ja" ? ja : en;
  const format = new Intl.NumberFormat(language === "ja" ? "ja-JP" : "en-GB");
  const spans = language === "ja" ? spanJa : spanEn;
  return {
    language,
    words,
    events: (language === "ja" ? eventJa : eventEn).events,
    time: (at) => minutes(Date.parse(at)),
    number: (value) => format.format(value),
    span: (ms) => {
      if (ms === undefined) return "–";
      return ms < 10_000 ? words.people.seconds((ms / 1000).toFixed(1)) : spans.age(ms);
    },
  };
}

export const said = (text: string): Inline => ({ said: text });
/** What a target is called, by names of servers' making. */
export const targetText = (target: Target): Inline => said(written(target));

/** Texts with a separator between them; nothing of nothing. */
export const joined = (parts: readonly Inline[], separator = ", "): Text =>
  parts.flatMap((part, at) => (at === 0 ? [part] : [separator, part]));
