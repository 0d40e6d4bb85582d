/** Files that only their owner may read, appearing whole or not at all. Knows nothing of what is in them. */

import { constants } from "node:fs";
import { randomUUID } from "node:crypto";
import { link, mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { ConfigError, systemCode } from "./error.ts";

/** Writes `text` under `path` (0600, its folder 0700) unless something stands there; false when it does. Durable once true. */
export async function createPrivateFile(path: string, text: string): Promise<boolean> {
  const draft = await draftFor(path, text);
  try {
    // A link appears with all its bytes or fails because another process was first; rename would replace silently.
    await link(draft, path);
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(draft);
  }
  await syncFolder(path);
  return true;
}

/** The same, in place of whatever stands there: readers find the old bytes or the new ones. Durable once it resolves. */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  const draft = await draftFor(path, text);
  try {
    await rename(draft, path);
  } catch (error) {
    await unlink(draft);
    throw error;
  }
  await syncFolder(path);
}

async function draftFor(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Its text; undefined when it is not there. @throws ConfigError `key` when others can read or replace it. */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  let file;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw new ConfigError("key", `cannot read ${path}: ${systemCode(error) ?? "unknown error"}`, error);
  }
  try {
    const { mode, uid } = await file.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new ConfigError("key", `${path} is not a file`);
    if ((mode & 0o077) !== 0)
      throw new ConfigError("key", `${path} has mode ${(mode & 0o777).toString(8)}; it needs 600`);
    const self = process.getuid?.();
    if (self !== undefined && uid !== self) throw new ConfigError("key", `${path} belongs to another user`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
