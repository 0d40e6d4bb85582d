/**
 * Whether one path lies in a folder, by its letters alone: nothing is looked up. What a server could read in a second way
 * has no answer, so that neither `within()` nor `!within()` can be talked round.
 */

import { fold } from "./fold.ts";

export type Within = boolean | { readonly unclear: string };

/**
 * Both are taken from `root` (absolute), `.` and `..` resolved, a folder lies within itself. Limit: a symbolic link inside
 * the folder that leads out of it is not seen; only the server's own confinement meets that.
 */
export function within(root: string, path: string, folder: string): Within {
  const unclear = ambiguity(path) ?? ambiguity(folder);
  if (unclear !== undefined) return { unclear };
  const inside = contains(segments(root, folder), segments(root, path));
  // A file system that ignores case or Unicode form would answer for the folded names.
  const folded = contains(segments(fold(root), fold(folder)), segments(fold(root), fold(path)));
  return inside === folded ? inside : { unclear: "spelling" };
}

/** Spellings that one server takes for a file's name and another for a way elsewhere. */
function ambiguity(path: string): string | undefined {
  if (path === "") return "empty-path";
  if (path.trim() !== path) return "outer-space";
  if (path.includes("\\")) return "backslash";
  if (hasControl(path)) return "control-character";
  // A home folder, a drive or a URI (servers accept file://), an escaped separator or dot.
  if (path.startsWith("~")) return "home";
  if (/^[a-z]:|^[a-z][a-z0-9+.-]*:\/|^file:/i.test(path)) return "drive-or-uri";
  if (/%(?:2e|2f|5c|00)/i.test(path)) return "escaped";
  if (path.split("/").some((each) => /^[.\s]+$/.test(each) && each !== "." && each !== "..")) return "dots";
  return undefined;
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function segments(root: string, path: string): readonly string[] {
  const whole = path.startsWith("/") ? path : `${root}/${path}`;
  const kept: string[] = [];
  for (const each of whole.replaceAll("\\", "/").split("/")) {
    if (each === "" || each === ".") continue;
    if (each === "..") kept.pop();
    else kept.push(each);
  }
  return kept;
}

const contains = (folder: readonly string[], path: readonly string[]): boolean =>
  folder.length <= path.length && folder.every((each, at) => each === path[at]);
