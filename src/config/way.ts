/**
 * Who could put something else where a path leads to: everything on the way there, links followed one by one, looked at by
 * owner and mode. Knows no user's groups: what a group may change counts as open, since an access list shows as its mode.
 */

import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { systemCode } from "./error.ts";

/** `owner`: it is this user's. `mode`: more than its owner may do what they should not. `hidden`: nobody can see whose it is. */
export interface Opening {
  readonly path: string;
  readonly by: "owner" | "mode" | "hidden";
  /** Permission bits, octal. */
  readonly mode: string;
}

interface Step {
  readonly path: string;
  readonly stat: Stats;
}

/** As many as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;

interface Way {
  /** From the root to what the path leads to, the links in between too. */
  readonly steps: readonly Step[];
  /** False where it ends early: something is missing, or not ours to look at. */
  readonly isWhole: boolean;
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (systemCode(error) === "EACCES") return undefined;
    throw error;
  }
}

function wayTo(path: string): Way {
  const steps: Step[] = [{ path: "/", stat: lstatSync("/") }];
  const names = resolve(path).split("/");
  let at = "/";
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === "" || name === ".") continue;
    const next = name === ".." ? dirname(at) : join(at, name);
    const stat = look(next);
    if (stat === undefined) return { steps, isWhole: false };
    steps.push({ path: next, stat });
    if (!stat.isSymbolicLink()) {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) return { steps, isWhole: false };
    const target = readlinkSync(next);
    names.unshift(...target.split("/"));
    if (isAbsolute(target)) at = "/";
  }
  return { steps, isWhole: true };
}

/** What is to hold at the end of the way: nobody else may change it, nor, for `private`, read it. */
export type Guard = "fixed" | "private";

/** What the kernel says of owners that a user namespace has no id for (user_namespaces(7)). */
const OVERFLOW_UID = 65_534;

const ownerOpens = (stat: Stats, uid: number): "owner" | "hidden" | undefined =>
  stat.uid === uid ? "owner" : stat.uid === OVERFLOW_UID ? "hidden" : undefined;

const [CHANGE, ANY, STICKY] = [0o022, 0o077, 0o1000];

/**
 * Where `uid` could have a say in what `path` is or leads to. What lies in a folder is not looked at; of what is not there,
 * whether it could be put there. Throws the file system's errors.
 */
export function openingsTo(path: string, guard: Guard, uid: number): readonly Opening[] {
  const { steps, isWhole } = wayTo(path);
  return steps.flatMap(({ path: at, stat }, index): readonly Opening[] => {
    const mode = (stat.mode & 0o7777).toString(8);
    const by = ownerOpens(stat, uid);
    if (by !== undefined) return [{ path: at, by, mode }];
    if (stat.isSymbolicLink()) return [];
    const isEnd = index === steps.length - 1;
    // In a sticky folder, such as /tmp, others can add but not replace what is not theirs.
    const isOpen = isEnd
      ? (stat.mode & (guard === "private" && isWhole ? ANY : CHANGE)) !== 0
      : (stat.mode & CHANGE) !== 0 && (stat.mode & STICKY) === 0;
    return isOpen ? [{ path: at, by: "mode", mode }] : [];
  });
}

/** The same for a folder with everything in it. */
export function openingsIn(folder: string, uid: number): readonly Opening[] {
  const own = openingsTo(folder, "fixed", uid);
  const inside = readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap((one): readonly Opening[] => {
    const path = join(one.parentPath, one.name);
    if (one.isSymbolicLink()) return openingsTo(path, "fixed", uid);
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8);
    const by = ownerOpens(stat, uid);
    if (by !== undefined) return [{ path, by, mode }];
    return (stat.mode & CHANGE) === 0 ? [] : [{ path, by: "mode", mode }];
  });
  return [...own, ...inside];
}
