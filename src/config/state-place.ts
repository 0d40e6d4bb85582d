/** Kidoban's own folders must be out of every server's reach: a server that can write there could answer for humans. */

import { realpath } from "node:fs/promises";
import { basename, dirname, join, relative, isAbsolute } from "node:path";
import type { Problem } from "../policy/manifest.ts";
import type { Config } from "./config-file.ts";
import { systemCode } from "./error.ts";
import { problem } from "./problem.ts";

/** One problem for each server whose `root:` contains `folder` (the state, the approver's keys) or lies inside it. */
export async function stateInsideRoot(config: Config, folder: string): Promise<Problem[]> {
  const problems: Problem[] = [];
  const state = await real(folder);
  for (const { root, place } of config.servers.values()) {
    if (root === undefined) continue;
    const reach = await real(root);
    if (contains(reach, state) || contains(state, reach))
      problems.push(problem("state-inside-root", { root, folder }, place));
  }
  return problems;
}

function contains(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way === "" || (!isAbsolute(way) && way !== ".." && !way.startsWith("../"));
}

/** With links resolved, as far as the path exists: the state may not be there yet. */
async function real(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT" || dirname(path) === path) throw error;
    return join(await real(dirname(path)), basename(path));
  }
}
