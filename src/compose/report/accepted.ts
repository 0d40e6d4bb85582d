/** Configurations that were accepted, with what each gave and took: compared from the log's own archive. */

import { archivedPolicy, readArchive, type ArchivedConfig } from "../../audit/archive.ts";
import type { LogFiles } from "../../audit/verify.ts";
import { textOf } from "../../log/zip-log.ts";
import type { Policy } from "../../policy/policy.ts";
import { compareRights, type RightChanges } from "../../policy/widening.ts";
import type { CountedConfigs } from "../../report/count-configs.ts";
import type { ConfigLine } from "../../report/model.ts";
import { readersFor } from "../archived-sql.ts";

/** What stands in the archive under a digest; undefined where nothing, or something else does. */
export async function archivedIn(
  { configs }: Pick<LogFiles, "configs">,
  digest: string | undefined,
): Promise<ArchivedConfig | undefined> {
  const file = configs.find((each) => each.digest === digest);
  if (file === undefined || digest === undefined) return undefined;
  return readArchive(await textOf(file.chunks), digest);
}

async function policiesOf(archived: ArchivedConfig): Promise<ReadonlyMap<string, Policy>> {
  const sql = await readersFor(archived);
  return new Map(archived.manifests.map(([agent]) => [agent, archivedPolicy(archived, agent, sql)]));
}

async function rightsBetween(
  files: LogFiles,
  { archives }: CountedConfigs,
  before: string,
  after: string,
): Promise<RightChanges | undefined> {
  const [old, now] = await Promise.all([before, after].map((digest) => archivedIn(files, archives.get(digest))));
  if (old === undefined || now === undefined) return undefined;
  try {
    return compareRights(await policiesOf(old), await policiesOf(now));
  } catch {
    // An archive that is none of our making says nothing of rights; whether it is, `log verify` tells.
    return undefined;
  }
}

export const acceptedLines = (files: LogFiles, counted: CountedConfigs): Promise<readonly ConfigLine[]> =>
  Promise.all(
    counted.accepted.map(async ({ at, digest, previous, by, signed, first }): Promise<ConfigLine> => {
      const rights = previous === undefined ? undefined : await rightsBetween(files, counted, previous, digest);
      return { at: new Date(at).toISOString(), digest, by, signed, first, ...rights };
    }),
  );
