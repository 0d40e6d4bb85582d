/** A log as one file of JSON lines; parts are framed by length, so that their bytes stay what was signed. */

import { open } from "node:fs/promises";
import type { StreamFile } from "../audit/verify.ts";
import { archivesAmong } from "./archive.ts";
import { framed } from "./export-part.ts";
import { LogFilesError, type FoundLog } from "./found-log.ts";
import { ARCHIVE_FOLDER, archiveFile } from "./names.ts";
import { readLater } from "./read-later.ts";
import { STAMP_FOLDER, stampParts, stampsAmong } from "./stamps.ts";

/** First line of an export in one file. */
interface ExportHead {
  readonly kind: "log.export";
  readonly v: 1;
  readonly key: string;
  readonly checkpoint: string;
  readonly rotations?: string;
}
const LEDGER_PART = "ledger";
const CONFIG_PART = `${ARCHIVE_FOLDER}/`;

export async function* exportLog({ files, key, stamps }: FoundLog): AsyncGenerator<string, void, undefined> {
  const { checkpoint, rotations = "" } = files;
  const head: ExportHead = {
    kind: "log.export",
    v: 1,
    key,
    checkpoint,
    ...(rotations === "" ? {} : { rotations }),
  };
  yield `${JSON.stringify(head)}\n`;
  yield* framed(LEDGER_PART, files.ledger);
  for (const { stream, chunks, settled } of files.streams) yield* framed(stream, chunks, settled);
  for (const { digest, chunks } of files.configs) yield* framed(`${CONFIG_PART}${archiveFile(digest)}`, chunks);
  for (const [name, chunks] of stampParts(stamps, Infinity)) yield* framed(name, chunks, undefined, true);
}

const MAX_HEAD = 1 << 20;

const isStamp = ({ stream }: StreamFile): boolean => stream.startsWith(`${STAMP_FOLDER}/`);

/** @throws LogFilesError `format` */
export async function fromExport(path: string): Promise<FoundLog> {
  const bad = (): LogFilesError => new LogFilesError("format", path, "not a log export of this version");
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    let at = 0;
    const nextHead = async (): Promise<Readonly<Record<string, unknown>>> => {
      const buffer = Buffer.alloc(Math.min(MAX_HEAD, size - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      const end = buffer.subarray(0, bytesRead).indexOf(10);
      const head = end < 0 ? undefined : jsonObject(buffer.toString("utf8", 0, end));
      if (head === undefined) throw bad();
      at += end + 1;
      return head;
    };
    const { kind, v, key, checkpoint, rotations = "" } = await nextHead();
    if (typeof rotations !== "string") throw bad();
    if (kind !== "log.export" || v !== 1 || typeof key !== "string" || typeof checkpoint !== "string") throw bad();
    const parts: StreamFile[] = [];
    while (at < size) {
      const { kind, file: name, bytes, settled, rest = "" } = await nextHead();
      if (kind !== "log.part" || typeof name !== "string" || typeof rest !== "string") throw bad();
      if (settled !== undefined && typeof settled !== "number") throw bad();
      if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0 || at + bytes > size) throw bad();
      parts.push({
        stream: name,
        bytes,
        chunks: readLater(path, { start: at, end: at + bytes - 1, rest: Buffer.from(rest, "base64") }),
        ...(settled === undefined ? {} : { settled }),
      });
      at += bytes;
    }
    const [ledger, ...others] = parts;
    if (ledger?.stream !== LEDGER_PART) throw bad();
    const isConfig = ({ stream }: StreamFile): boolean => stream.startsWith(CONFIG_PART);
    const named = others.map(({ stream, chunks }) => [stream, chunks] as const);
    const streams = others.filter((part) => !isConfig(part) && !isStamp(part));
    const files = { checkpoint, ledger: ledger.chunks, streams, configs: archivesAmong(named), rotations };
    return { key, stamps: stampsAmong(new Map(named)), files };
  } finally {
    await file.close();
  }
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
