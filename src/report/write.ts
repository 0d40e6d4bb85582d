/** A report in one of its forms. Pure. */

import type { Language } from "../words/words.ts";
import { htmlOf } from "./html/html.ts";
import { markdownOf } from "./markdown.ts";
import type { Report } from "./model.ts";
import { pageOf } from "./page.ts";
import { voiceOf } from "./voice.ts";

export const FORMATS = ["html", "md", "json"] as const;
export type Format = (typeof FORMATS)[number];

/** `language` says nothing of JSON, whose names are for programs. */
export function writeReport(report: Report, format: Format, language: Language): string {
  const voice = voiceOf(language, report.period.timeZone);
  switch (format) {
    case "html":
      return htmlOf(pageOf(report, language), voice);
    case "md":
      return markdownOf(pageOf(report, language), voice);
    case "json": {
      // First, so that nothing of an agent's making can stand before it.
      const { mark, ...rest } = report;
      return `${JSON.stringify({ mark, ...rest }, null, 2)}\n`;
    }
  }
}
