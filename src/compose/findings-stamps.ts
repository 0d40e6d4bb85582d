/** What can be found about time stamps of the log, from what the state notes of them: nobody is asked. Pure. */

import type { TimestampConfig } from "../config/retention.ts";
import { finding, type Finding } from "./finding.ts";
import type { StampNote } from "./stamping.ts";

/** More than two clocks that somebody keeps right differ. */
const APART_MS = 5 * 60_000;

/** `hasAuthority`: whether the file of `ca` holds one. */
export function stampFindings(
  wish: TimestampConfig | undefined,
  hasAuthority: boolean,
  { takenAt, apartMs = 0, failing }: StampNote,
  now: number,
): readonly Finding[] {
  if (wish === undefined) return [];
  const { url, ca, everyMs } = wish;
  const found = hasAuthority ? [] : [finding("stamp-ca", "error", {}, ca)];
  if (failing !== undefined)
    found.push(
      finding("stamp-failing", "warning", { url, ageMs: String(now - failing.since), problem: failing.problem }),
    );
  else if (takenAt === undefined) found.push(finding("stamp-none", "note", { url }));
  else if (now - takenAt > 2 * everyMs)
    found.push(finding("stamp-old", "warning", { ageMs: String(now - takenAt), everyMs: String(everyMs) }));
  if (Math.abs(apartMs) > APART_MS)
    found.push(finding("stamp-clock", "warning", { apartMs: String(Math.abs(apartMs)) }));
  return found;
}
