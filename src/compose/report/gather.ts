/** A report from one log, and from the state and configuration beside it where there are any. Reads; changes nothing. */

import { dirname } from "node:path";
import { hasErrors } from "../../config/problem.ts";
import { loadConfig, type Loaded } from "../../config/load.ts";
import type { FoundLog } from "../../log/found-log.ts";
import { counting, type Counting, type Span } from "../../report/count.ts";
import { markOf } from "../../report/mark.ts";
import type { Report } from "../../report/model.ts";
import type { Unused } from "../../report/unused.ts";
import { lookIntoStore } from "../look.ts";
import { VERSION } from "../version.ts";
import { acceptedLines } from "./accepted.ts";
import { endingLines } from "./endings.ts";
import { readLog, type ReadOptions } from "./read-log.ts";
import { unusedRights } from "./unused.ts";

export interface ReportWish {
  readonly log: FoundLog;
  readonly reading: ReadOptions;
  readonly span: Span;
  readonly timeZone: string;
  /** Left out where the log was brought from elsewhere: then nothing is said of tokens. */
  readonly stateDir?: string;
  readonly configPath?: string;
  readonly now: number;
}

/** Throws ConfigError, StoreError, and what reading files throws. */
export async function gatherReport(wish: ReportWish): Promise<Report> {
  const { log, span, timeZone, now, stateDir, configPath } = wish;
  const count = counting(span, timeZone);
  const rests = await readLog(log, count, wish.reading);
  const { begins, ...counted } = count.end();
  const loaded = configPath === undefined ? undefined : await loadConfig(configPath);
  const state =
    stateDir === undefined
      ? undefined
      : await lookIntoStore(stateDir, async (store) => ({
          tokens: await store.tokens(),
          accepted: configPath === undefined ? undefined : await store.acceptedDigest(configPath),
        }));
  const period = { from: new Date(span.from).toISOString(), until: new Date(span.until).toISOString(), timeZone };
  return {
    v: 1,
    mark: markOf({ ...period, ...rests }),
    program: `kidoban ${VERSION}`,
    madeAt: new Date(now).toISOString(),
    period,
    rests: { ...rests, ...(begins === undefined ? {} : { begins }) },
    ...counted,
    accepted: await acceptedLines(log.files, count.configs()),
    unused: unusedIn(loaded, configPath, count, state?.accepted),
    endings: await endingLines(state?.tokens ?? [], loaded?.config, span.from, now),
  };
}

function unusedIn(
  loaded: Loaded | undefined,
  configPath: string | undefined,
  count: Counting,
  accepted: string | undefined,
): Unused {
  if (loaded === undefined || configPath === undefined) return { kind: "none-given" };
  if (hasErrors(loaded.problems)) return { kind: "broken" };
  return unusedRights(loaded, dirname(configPath), count.used(), accepted);
}
