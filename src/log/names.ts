/** How streams and their files are named. */

import { randomBytes } from "node:crypto";

const STREAM = /^[0-9]{8}-[0-9]{6}-[0-9a-f]{16}$/;
const ENTRIES = ".jsonl";
const BODIES = ".bodies.jsonl";
const COMPRESSED = ".gz";

/** Sorts by start; the random part is what makes it unique. */
export const newStreamId = (now: number): string => `${stamp(now)}-${randomBytes(8).toString("hex")}`;

/** Of the same process's next stream: the random part stays, and it sorts after the one before, whatever the clock says. */
export function nextStreamId(before: string, now: number): string {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(before) ?? [];
  const last = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return `${stamp(Math.max(now, last + 1000))}${before.slice(-17)}`;
}

function stamp(now: number): string {
  const [date = "", time = ""] = new Date(now).toISOString().split("T");
  return `${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}`;
}

export const entriesFile = (stream: string): string => `${stream}${ENTRIES}`;
export const bodiesFile = (stream: string): string => `${stream}${BODIES}`;

export const compressedFile = (stream: string): string => `${stream}${ENTRIES}${COMPRESSED}`;

/** The stream whose entries a file holds, compressed or not, by its name; undefined for any other file. */
export function streamOfFile(name: string): string | undefined {
  const plain = name.endsWith(COMPRESSED) ? name.slice(0, -COMPRESSED.length) : name;
  if (!plain.endsWith(ENTRIES)) return undefined;
  const stream = plain.slice(0, -ENTRIES.length);
  return STREAM.test(stream) ? stream : undefined;
}

/** Accepted and proposed configurations, by digest. */
export const ARCHIVE_FOLDER = "configs";
export const archiveFile = (digest: string): string => `${digest}.json`;

/** The digest that a file of that folder is named by; undefined for any other file. */
export const archiveOfFile = (name: string): string | undefined => /^([0-9a-f]{64})\.json$/.exec(name)?.[1];
