/** A report as a page in one language: what HTML and Markdown draw. Pure. */

import { visibleLine } from "../approval/visible.ts";
import type { Language } from "../words/words.ts";
import type { Page } from "./blocks.ts";
import type { Report } from "./model.ts";
import { agentBlocks } from "./sections/agents.ts";
import { faultBlocks, loginBlocks, passBlocks, stopBlocks } from "./sections/events.ts";
import { overviewBlocks } from "./sections/overview.ts";
import { peopleBlocks } from "./sections/people.ts";
import { restBlocks } from "./sections/rests.ts";
import { configBlocks, unusedBlocks } from "./sections/rights.ts";
import { voiceOf } from "./voice.ts";

export function pageOf(report: Report, language: Language): Page {
  const { from, until, timeZone } = report.period;
  const voice = voiceOf(language, timeZone);
  const { words, time } = voice;
  return {
    title: words.title,
    mark: report.mark,
    lead: [
      words.period(time(from), time(until), visibleLine(timeZone)),
      words.made(time(report.madeAt), report.program),
      { sample: words.untrusted },
    ],
    blocks: [
      ...overviewBlocks(report, voice),
      ...agentBlocks(report, voice),
      ...peopleBlocks(report, voice),
      ...configBlocks(report, voice),
      ...unusedBlocks(report, voice),
      ...passBlocks(report, voice),
      ...stopBlocks(report, voice),
      ...faultBlocks(report, voice),
      ...loginBlocks(report, voice),
      ...restBlocks(report, voice),
    ],
  };
}
