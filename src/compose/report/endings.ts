/** Tokens and secrets that end soon or are over: from the store and the times of files; no value is read. */

import type { Config } from "../../config/config-file.ts";
import { secretAge } from "../../config/secrets.ts";
import { CRITERIA } from "../../report/criteria.ts";
import type { EndingLine } from "../../report/model.ts";
import type { TokenRecord } from "../../store/store.ts";

/** What was over before `since` (ms) is left out: nobody waits for it any more. */
export async function endingLines(
  tokens: readonly TokenRecord[],
  config: Config | undefined,
  since: number,
  now: number,
): Promise<readonly EndingLine[]> {
  const soon = now + CRITERIA.nearEndMs;
  const ofTokens = tokens
    .filter(({ expiresAt, revokedAt }) => revokedAt === undefined && expiresAt >= since && expiresAt <= soon)
    .map(({ id, agent, expiresAt }): EndingLine => ({ kind: "token", name: id, agent, ...ending(expiresAt, now) }));
  const ofSecrets = await Promise.all(
    [...(config?.secrets ?? [])].map(async ([name, ref]): Promise<readonly EndingLine[]> => {
      const age = config === undefined ? undefined : await secretAge(ref, config.folder, now);
      if (age === undefined) return [];
      const endsAt = now - age.ageMs + age.maxAgeMs;
      return endsAt <= soon ? [{ kind: "secret", name, ...ending(endsAt, now) }] : [];
    }),
  );
  return [...ofTokens, ...ofSecrets.flat()].toSorted((a, b) => (a.endsAt < b.endsAt ? -1 : 1));
}

const ending = (at: number, now: number): Pick<EndingLine, "endsAt" | "over"> => ({
  endsAt: new Date(at).toISOString(),
  over: at <= now,
});
