/**
 * Who could put something else where a path leads to: everything on the way there, links followed one by one, looked at by
 * owner and mode. Knows no user's groups: what a group may change counts as open, since an access list shows as its mode.
 */

import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { systemCode } from "./error.ts";

/** One file, folder or link that decides what a path leads to. */
export interface Step {
  readonly path: string;
  /** Undefined where nobody can see whose it is. */
  readonly owner: number | undefined;
  /** Permission bits, octal. */
  readonly mode: string;
  /** More than its owner may do what they should not. */
  readonly isOpen: boolean;
}

/** `owner`: it is this user's. `mode`: it is open. `hidden`: nobody can see whose it is. */
export interface Opening extends Pick<Step, "path" | "mode"> {
  readonly by: "owner" | "mode" | "hidden";
}

/** What is to hold at the end of the way: nobody else may change it, nor, for `private`, read it. */
export type Guard = "fixed" | "private";

const [CHANGE, ANY, STICKY] = [0o022, 0o077, 0o1000];
/** What the kernel says of owners that a user namespace has no id for (user_namespaces(7)). */
const OVERFLOW_UID = 65_534;
/** As many as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;

const step = (path: string, { uid, mode }: Stats, isOpen: boolean): Step => ({
  path,
  owner: uid === OVERFLOW_UID ? undefined : uid,
  mode: (mode & 0o7777).toString(8),
  isOpen,
});

interface Way {
  /** From the root to what the path leads to, the links in between too. */
  readonly seen: readonly (readonly [path: string, stat: Stats])[];
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
  const seen: (readonly [string, Stats])[] = [["/", lstatSync("/")]];
  const names = resolve(path).split("/");
  let at = "/";
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === "" || name === ".") continue;
    const next = name === ".." ? dirname(at) : join(at, name);
    const stat = look(next);
    if (stat === undefined) return { seen, isWhole: false };
    seen.push([next, stat]);
    if (!stat.isSymbolicLink()) {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) return { seen, isWhole: false };
    const target = readlinkSync(next);
    names.unshift(...target.split("/"));
    if (isAbsolute(target)) at = "/";
  }
  return { seen, isWhole: true };
}

/**
 * All that has a say in what `path` is or leads to. What lies in a folder is not looked at; of what is not there, whether it
 * could be put there. Throws the file system's errors.
 */
export function stepsTo(path: string, guard: Guard): readonly Step[] {
  const { seen, isWhole } = wayTo(path);
  return seen.map(([at, stat], index) => {
    if (stat.isSymbolicLink()) return step(at, stat, false);
    // In a sticky folder, such as /tmp, others can add but not replace what is not theirs.
    const isOpen =
      index === seen.length - 1
        ? (stat.mode & (guard === "private" && isWhole ? ANY : CHANGE)) !== 0
        : (stat.mode & CHANGE) !== 0 && (stat.mode & STICKY) === 0;
    return step(at, stat, isOpen);
  });
}

/** The same for a folder with everything in it. */
export const stepsIn = (folder: string): readonly Step[] => [
  ...stepsTo(folder, "fixed"),
  ...readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap((one): readonly Step[] => {
    const path = join(one.parentPath, one.name);
    if (one.isSymbolicLink()) return stepsTo(path, "fixed");
    const stat = lstatSync(path);
    return [step(path, stat, (stat.mode & CHANGE) !== 0)];
  }),
];

/** Where this user could have a say. */
export const openingsFor = (steps: readonly Step[], uid: number): readonly Opening[] =>
  steps.flatMap(({ path, owner, mode, isOpen }): readonly Opening[] => {
    const by = owner === uid ? "owner" : owner === undefined ? "hidden" : isOpen ? "mode" : undefined;
    return by === undefined ? [] : [{ path, by, mode }];
  });
