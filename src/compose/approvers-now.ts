/** Everybody who may have a say now, as the accepted configurations and the files on disk give it together. */

import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Approver } from "../approval/approver.ts";
import { readConfig } from "../config/config-file.ts";
import type { AcceptedConfig, Store } from "../store/store.ts";
import { commonApprovers } from "./approvers.ts";

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
export async function approversNow(store: Store): Promise<readonly Approver[]> {
  const lists = await Promise.all((await store.acceptedConfigs()).map(approversOf));
  return lists.flat();
}
