/** Everybody who may have a say now, as the accepted configurations, the files on disk and the provider give it together. */

import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Approver } from "../approval/approver.ts";
import { readConfig } from "../config/config-file.ts";
import type { OidcConfig } from "../config/oidc-config.ts";
import type { AcceptedConfig, Store } from "../store/store.ts";
import { commonApprovers } from "../approval/common.ts";
import { counting, readStanding, standingNote } from "./oidc/standing.ts";

/** Whom files name, with the providers that have to know those who are bound to one. */
export interface Named {
  readonly approvers: readonly Approver[];
  readonly oidcs: readonly (OidcConfig | undefined)[];
}

/** By one accepted configuration; who was removed on disk since is out at once (P12). */
export async function namedIn({ config: path, files }: AcceptedConfig): Promise<Named> {
  const read = (text: string) => readConfig(basename(path), text, dirname(path)).config;
  const accepted = read(files.get(basename(path)) ?? "");
  const onDisk = await readFile(path, "utf8").then(read, () => undefined);
  const sides = [accepted, onDisk].filter((side) => side !== undefined);
  return {
    approvers: commonApprovers(sides.map(({ approvers }) => approvers)),
    oidcs: sides.map(({ console }) => console?.oidc),
  };
}

/** What counts of each by their standing with the provider. Nobody falls out of the list: who cannot sign is still named. */
export const countingOf = (store: Store, config: string, { approvers, oidcs }: Named, now: number) =>
  Promise.all(
    approvers.map(async (approver): Promise<Approver> => {
      if (approver.subject === undefined) return approver;
      const standing = readStanding(await store.note(standingNote(config, approver.name)));
      return counting(approver, standing, oidcs, now);
    }),
  );

/** Approvers of one accepted configuration. `now` in ms. */
export const approversOf = async (accepted: AcceptedConfig, store: Store, now: number): Promise<readonly Approver[]> =>
  countingOf(store, accepted.config, await namedIn(accepted), now);

/**
 * Of all configurations that share this state: one person has one inbox. Which of them a request belongs to is known to its
 * gate alone, which counts again by its own; so this can promise too much, never allow it.
 */
export async function approversNow(store: Store, now: number): Promise<readonly Approver[]> {
  const configs = await store.acceptedConfigs();
  return (await Promise.all(configs.map((each) => approversOf(each, store, now)))).flat();
}
