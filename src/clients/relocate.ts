/**
 * Servers behind the gate start in the folder of kidoban.yaml, without a shell's surroundings. Writes out what depended
 * on the folder and the search path that their client gave them. Pure: what exists on disk is asked.
 */

import { basename, delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import type { Entry } from "./client-file.ts";

export type CommandEntry = Extract<Entry, { readonly kind: "command" }>;

const dotted = (text: string): boolean => /^\.{1,2}(?:[\\/]|$)/.test(text);

/** Programs whose first plain argument is a package or an image, never a path. */
const RUNNERS = new Set(["npx", "bunx", "pnpx", "uvx", "pipx", "docker", "podman", "nerdctl"]);

/** The entry with absolute paths, or `folder` where it depends on a folder that nobody can know. */
export function relocate(entry: CommandEntry, exists: (path: string) => boolean): Entry {
  const { folder, command, args } = entry;
  if (folder === undefined) {
    const relativeCommand = /[\\/]/.test(command) && !isAbsolute(command);
    const value = relativeCommand ? command : args.find((arg) => dotted(splitFlag(arg)[1]));
    return value === undefined ? entry : { kind: "left", why: "folder", value };
  }
  const runner = RUNNERS.has(basename(command).replace(/\.(?:cmd|exe)$/i, ""));
  const packageAt = runner ? args.findIndex((arg) => !arg.startsWith("-")) : -1;
  return {
    ...entry,
    command: /[\\/]/.test(command) ? resolve(folder, command) : command,
    args: args.map((arg, index) => {
      const [flag, value] = splitFlag(arg);
      const isPath = dotted(value) || (index !== packageAt && !value.startsWith("-") && exists(join(folder, value)));
      return isPath && value !== "" ? flag + resolve(folder, value) : arg;
    }),
  };
}

/** `--root=./x` → [`--root=`, `./x`]. */
function splitFlag(arg: string): readonly [flag: string, value: string] {
  const [, flag = "", value = arg] = /^(--?[A-Za-z][\w-]*=)(.+)$/s.exec(arg) ?? [];
  return [flag, value];
}

const STANDARD = ["/opt/homebrew/bin", "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/**
 * The least PATH with which a command is found as the person's own shell finds it: clients that are started from a
 * desktop have none of what a shell's profile adds. Undefined where it is found nowhere.
 */
export function searchPathFor(
  command: string,
  node: string,
  searchPath: readonly string[],
  exists: (path: string) => boolean,
): string | undefined {
  const places = isAbsolute(command) ? [command] : searchPath.map((dir) => join(dir, command));
  const found = places.find(exists);
  if (found === undefined) return undefined;
  return [...new Set([dirname(found), dirname(node), ...STANDARD.filter(exists)])].join(delimiter);
}
