/** Locking what a human reviewed: each row as it starts, what becomes of it in the lock, and the file that is written. */

import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readLock } from "../config/lock-file.ts";
import { writeLock } from "../config/lock-write.ts";
import { hasErrors } from "../config/problem.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { Access } from "../policy/call.ts";
import { isTemplate } from "../policy/definition.ts";
import type { LockedItem } from "../policy/manifest.ts";
import { RejectedConfig } from "./rejected.ts";
import type { State } from "./state.ts";
import type { Surveyed } from "./survey.ts";

/** A reviewed row: what the human, or with `--accept-hints` the server's hint, says. */
export interface PinRow {
  readonly offered: Surveyed;
  readonly access: Access;
  readonly destructive: boolean;
}

/** As people tell them apart. */
export const wordOf = (item: Pick<LockedItem, "kind" | "definition">): LockedItem["kind"] | "template" =>
  isTemplate(item) ? "template" : item.kind;

/** An unchanged row stays as it was reviewed; a changed or new one starts from the proposal, never laxer than the lock was. */
export function startRow(offered: Surveyed): PinRow {
  const { locked, proposal, changes } = offered;
  if (locked === undefined) return { offered, access: proposal.access, destructive: proposal.destructive };
  if (changes.length === 0) return { offered, access: locked.access, destructive: locked.destructive };
  const access = locked.access === "read" && proposal.access === "read" ? "read" : "write";
  return { offered, access, destructive: access === "write" && (locked.destructive || proposal.destructive) };
}

/** `by`: who reviewed it, on the day `on`; what was reviewed before and is unchanged keeps its reviewer. */
function lockedRow({ offered, access, destructive }: PinRow, by: string, on: string): LockedItem {
  const { kind, locked, name, definition, volatile, changes } = offered;
  const unchanged =
    locked !== undefined && changes.length === 0 && locked.access === access && locked.destructive === destructive;
  return {
    ...(locked?.preview === undefined ? {} : { preview: locked.preview }),
    ...(locked?.readWhen === undefined || access === "read" || destructive ? {} : { readWhen: locked.readWhen }),
    kind,
    name,
    access,
    destructive: access === "write" && destructive,
    reviewed: unchanged && locked.reviewed !== undefined ? locked.reviewed : { by, on },
    volatile,
    definition,
    place: { file: "", line: 1, column: 1 },
  };
}

function writeAtomically(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o644 });
  renameSync(draft, path);
}

/**
 * Writes the lock beside kidoban.yaml and records it; gives its path. The lock that is there stays where a server offers what
 * no lock can hold: throws RejectedConfig then. `by`: who reviewed, `on`: when, ms.
 */
export async function pinServer(
  { log }: State,
  folder: string,
  server: ServerConfig,
  rows: readonly PinRow[],
  by: string,
  on: number,
): Promise<string> {
  const name = `kidoban.lock/${server.id}.yaml`;
  const day = new Date(on).toISOString().slice(0, 10);
  const text = writeLock({ endpoint: server.endpoint, items: rows.map((row) => lockedRow(row, by, day)) });
  const readBack = readLock(name, text, server.id);
  if (hasErrors(readBack.problems)) throw new RejectedConfig(readBack.problems, new Map([[name, text]]));
  const file = join(folder, "kidoban.lock", `${server.id}.yaml`);
  writeAtomically(file, text);
  log.record({ kind: "lock.pinned", server: server.id, digest: createHash("sha256").update(text).digest("hex"), by });
  await log.synced();
  return file;
}
