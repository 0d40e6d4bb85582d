/**
 * The folder that one agent's socket stands in. Whoever may enter it is that agent, so nobody else may have a say in what
 * it is. Knows nothing of sockets.
 */

import { lstatSync, mkdirSync, type Stats } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ConfigError, systemCode } from "./error.ts";

const refuse = (path: string, why: string): ConfigError => new ConfigError("sockets", `${path} ${why}`);

function make(path: string, mode: number): Stats {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (systemCode(error) !== "EEXIST")
      throw new ConfigError("sockets", `cannot make ${path}: ${systemCode(error) ?? "unknown error"}`, error);
  }
  return lstatSync(path);
}

/** Nobody but root and us may put something else in the place of `path`, at any level. */
function checkWay(path: string): void {
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    const { uid, mode } = lstatSync(dirname(at));
    const own = uid === 0 || uid === process.getuid?.();
    // In a sticky folder, such as /tmp, others can add but not replace what is not theirs.
    if (!own || ((mode & 0o022) !== 0 && (mode & 0o1000) === 0))
      throw refuse(dirname(at), "can be changed by others, who could put another socket there");
  }
}

function check(path: string, { uid, mode }: Stats, open: number): void {
  if ((mode & 0o170_000) !== 0o040_000) throw refuse(path, "is not a folder");
  if (uid !== process.getuid?.()) throw refuse(path, "belongs to another user");
  if ((mode & open) !== 0) throw refuse(path, `has mode ${(mode & 0o777).toString(8)}, which lets in too many`);
}

/**
 * `base`/`agent`, made where it is missing: 0700. One that is there keeps its group and mode, as long as only its owner can
 * write and others cannot enter: `chgrp` and mode 0750 let the agent's own user in. Links are not followed.
 * @throws ConfigError `sockets`
 */
export function socketFolder(base: string, agent: string): string {
  const root = resolve(base);
  check(root, make(root, 0o711), 0o022);
  checkWay(root);
  const folder = join(root, agent);
  check(folder, make(folder, 0o700), 0o027);
  return folder;
}
