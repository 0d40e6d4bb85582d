/** The desk over this person's state, with everybody who may answer now, and a stream of its own to record in. */

import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Desk } from "../approval/desk.ts";
import type { Approver } from "../approval/approver.ts";
import { commonApprovers } from "../compose/approvers.ts";
import { openState } from "../compose/state.ts";
import { readConfig } from "../config/config-file.ts";
import { storeDesk } from "../store/desk.ts";
import type { AcceptedConfig, Store } from "../store/store.ts";
import type { Context } from "./context.ts";

export interface OpenDesk {
  readonly desk: Desk;
  close(): Promise<void>;
}

/** Approvers of one accepted configuration; who was removed on disk since is out at once (P12). */
export async function approversOf({ config: path, files }: AcceptedConfig): Promise<readonly Approver[]> {
  const read = (text: string): readonly Approver[] | undefined =>
    readConfig(basename(path), text, dirname(path)).config?.approvers;
  const accepted = read(files.get(basename(path)) ?? "") ?? [];
  const onDisk = await readFile(path, "utf8").then(read, () => undefined);
  return onDisk === undefined ? accepted : commonApprovers([accepted, onDisk]);
}

/**
 * Of all configurations that share this state: one person has one inbox. Which of them a request belongs to is known to its
 * gate alone, which counts again by its own; so this can promise too much, never allow it.
 */
async function approversNow(store: Store): Promise<readonly Approver[]> {
  const lists = await Promise.all((await store.acceptedConfigs()).map(approversOf));
  return lists.flat();
}

/** Throws what `openState` throws. */
export async function openDesk(context: Context): Promise<OpenDesk> {
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  const { store, log } = state;
  return {
    desk: storeDesk({
      store,
      approvers: () => approversNow(store),
      async record(entry) {
        log.record(entry);
        await log.synced();
      },
      now: context.now,
    }),
    close: () => state.close("desk closed"),
  };
}
