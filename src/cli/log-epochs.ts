/** What `kidoban log verify` and `kidoban log witness` say of restores: a log that was restored announces the fork itself. */

import type { Checkpoint } from "../audit/checkpoint.ts";
import { epochsIn, type AnnouncedEpoch } from "../audit/epochs.ts";
import { verifyLog } from "../audit/verify.ts";
import { readLedgerFile } from "../audit/verify-ledger.ts";
import { readersFor } from "../compose/archived-sql.ts";
import type { FoundLog } from "../log/found-log.ts";
import { localTime } from "../log/told.ts";
import { en, ja } from "../words/backup.ts";
import type { LogPlace } from "./log-place.ts";

export const epochWords = ({ context }: LogPlace): typeof en => (context.language === "ja" ? ja : en);

const announcement = (place: LogPlace, { epoch, time, from, lost }: AnnouncedEpoch): string =>
  epochWords(place).announced(epoch, localTime(Date.parse(time)), from.size, lost?.size);

/** A line for each restore. */
export const epochLines = (place: LogPlace, epochs: readonly AnnouncedEpoch[]): string =>
  epochs.map((epoch) => `  ${announcement(place, epoch)}\n`).join("");

/** For a witness that saw more, or something else, than the log holds now. */
export const refusedEpoch = (place: LogPlace, epoch: AnnouncedEpoch): string =>
  `${announcement(place, epoch)}\n${epochWords(place).epochRefused(epoch.epoch)}`;

/**
 * The restore that explains why a log does not go on from what was seen: proven to be in the log, and going on from a place
 * before that. The latest, where there are several.
 */
export async function announcedFork(
  { files }: FoundLog,
  key: string,
  checkpoint: Checkpoint,
  seen: Checkpoint,
): Promise<AnnouncedEpoch | undefined> {
  for (const epoch of (await epochsIn(files)).toReversed()) {
    if (epoch.from.size >= seen.size) continue;
    const from = await readLedgerFile(files.ledger, checkpoint, { ...epoch.from, origin: checkpoint.origin });
    if ("fault" in from) continue;
    const { kind } = await verifyLog(files, key, { sql: readersFor, now: Date.now() });
    return kind === "proven" ? epoch : undefined;
  }
  return undefined;
}
