/** Kidoban's own folders must be out of every server's reach: a server that can write there could answer for humans. */

import { realpath } from "node:fs/promises";
import { basename, dirname, join, relative, isAbsolute, resolve } from "node:path";
import type { Manifest, Place, Problem } from "../policy/manifest.ts";
import type { Config } from "./config-file.ts";
import { systemCode } from "./error.ts";
import { problem } from "./problem.ts";

/**
 * One problem for each server whose `root:` contains `folder` (the state, the approver's keys) or lies inside it, and for
 * each of the manifests' roots that does: there are servers that take them for what they may touch.
 */
export async function stateInsideRoot(
  config: Config,
  folder: string,
  manifests: Iterable<Manifest> = [],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const state = await real(folder);
  const roots: { readonly root: string; readonly place: Place }[] = [];
  for (const { root, place } of config.servers.values()) if (root !== undefined) roots.push({ root, place });
  for (const { grants } of manifests)
    for (const { roots: given = [], place } of grants)
      roots.push(...given.map((root) => ({ root: resolve(config.folder, root), place })));
  for (const { root, place } of roots) {
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
