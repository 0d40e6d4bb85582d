/**
 * Users and groups of this machine, as /etc/passwd and /etc/group have them. Those of a directory service are not seen:
 * whoever is not found here is told to be unknown, never to be somebody else.
 */

import { readFileSync } from "node:fs";

export interface OsUser {
  readonly name: string;
  readonly uid: number;
  /** Of the user's own group and of all others that name it. */
  readonly groups: readonly string[];
}

/** passwd(5) and group(5). */
export interface OsUsers {
  find(name: string): OsUser | undefined;
  /** Who is in the group of this id, by name. */
  members(gid: number): readonly string[];
}

const rows = (text: string): readonly (readonly string[])[] =>
  text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));

export function osUsersIn(passwd: string, group: string): OsUsers {
  const users = rows(passwd).map(([name = "", , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  const groups = rows(group).map(([name = "", , gid, members = ""]) => ({
    name,
    gid: Number(gid),
    members: members.split(",").filter((member) => member !== ""),
  }));
  return {
    find(wanted) {
      const user = users.find(({ name }) => name === wanted);
      if (user === undefined || !Number.isSafeInteger(user.uid)) return undefined;
      const own = groups.filter(({ gid, members }) => gid === user.gid || members.includes(wanted));
      return { name: wanted, uid: user.uid, groups: own.map(({ name }) => name) };
    },
    members: (wanted) => [
      ...new Set([
        ...users.filter(({ gid }) => gid === wanted).map(({ name }) => name),
        ...groups.filter(({ gid }) => gid === wanted).flatMap(({ members }) => members),
      ]),
    ],
  };
}

/** Throws the file system's errors. */
export const osUsers = (): OsUsers =>
  osUsersIn(readFileSync("/etc/passwd", "utf8"), readFileSync("/etc/group", "utf8"));
