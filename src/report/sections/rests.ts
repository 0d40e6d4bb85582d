/** What the numbers rest on, and by which criteria something was called worth a look. */

import { visibleLine } from "../../approval/visible.ts";
import { heading, paragraph, type Block } from "../blocks.ts";
import { CRITERIA } from "../criteria.ts";
import type { Report } from "../model.ts";
import type { Voice } from "../voice.ts";

function proof({ rests: { proof: found } }: Report, { words }: Voice): readonly Block[] {
  const { rests } = words;
  switch (found.kind) {
    case "not-run":
      return [paragraph(rests.notRun, "warn")];
    case "fault":
      return [paragraph(rests.fault(found.code, visibleLine(found.file), String(found.line ?? "")), "bad")];
    case "proven":
      return [
        paragraph(rests.proven(found.streams, found.entries), "good"),
        ...(found.unsigned > 0 ? [paragraph(rests.unsigned(found.unsigned))] : []),
        ...(found.ownKey ? [paragraph(rests.ownKey)] : []),
      ];
  }
}

export function restBlocks(report: Report, voice: Voice): readonly Block[] {
  const { rests } = voice.words;
  const { origin, size, root, unreadable, begins } = report.rests;
  const { stamp, volume, hours, nearEndMs } = CRITERIA;
  const criteria = [
    rests.counted,
    rests.stamp(stamp.answers, 100 * stamp.yesShare, 100 * stamp.fastShare, stamp.medianMs / 1000),
    rests.volume(volume.factor, volume.calls, volume.periods),
    rests.hours(100 * hours.share, hours.history, volume.periods),
    rests.first,
    rests.ending(nearEndMs / 86_400_000),
  ];
  return [
    heading(2, rests.title, "rests"),
    ...proof(report, voice),
    ...(unreadable > 0 ? [paragraph(rests.unreadable(unreadable), "bad")] : []),
    paragraph(rests.checkpoint(visibleLine(origin), size, root)),
    ...(begins === undefined ? [] : [paragraph(rests.begins(voice.time(begins)))]),
    heading(3, rests.criteria),
    { kind: "points", points: criteria.map((text) => ({ text, tone: "plain" })) },
  ];
}
