/**
 * Changes files so that it can be undone: a journal and copies first, then the files. What a crash leaves behind is told
 * from the journal's digests alone. Knows nothing of what is in the files.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { readBytes, realFile, writeAtomically } from "./files.ts";

const changedFile = z.strictObject({
  /** Real path; a link to it stays one. */
  path: z.string(),
  /** Whatever the one who changes needs to take it back in a file that was changed again since. */
  edit: z.unknown(),
  /** The copy's name beside the journal. */
  copy: z.string(),
  /** sha256, hex. */
  before: z.string(),
  after: z.string(),
});
const createdFile = z.strictObject({ path: z.string(), after: z.string() });
const journal = z.strictObject({
  v: z.literal(1),
  /** ms since the epoch. */
  startedAt: z.number(),
  state: z.enum(["started", "done", "undone"]),
  changed: z.array(changedFile),
  created: z.array(createdFile),
});
export type Journal = z.infer<typeof journal>;

/** A file to write. `expected`: its bytes as they were read; left out: it must not exist yet. */
export interface Write {
  readonly path: string;
  readonly expected?: Buffer;
  readonly bytes: Buffer;
  /** A JSON value, kept in the journal for `Merge`. */
  readonly edit?: unknown;
}

export class BackupError extends Error {
  readonly code: "exists" | "changed" | "journal";
  readonly path: string;
  constructor(code: BackupError["code"], path: string) {
    super(`${path}: ${code}`);
    this.code = code;
    this.path = path;
  }
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const JOURNAL = "journal.json";

/**
 * Copies what will change and notes what will be, durably; writes none of it yet. Gives the backup's folder.
 * @throws BackupError `exists`, `changed`
 */
export function prepare(backupsDir: string, writes: readonly Write[], now: number): string {
  const stamp = new Date(now).toISOString().replace(/[:.]/g, "-");
  const folder = join(backupsDir, stamp);
  mkdirSync(backupsDir, { recursive: true, mode: 0o700 });
  mkdirSync(folder, { mode: 0o700 });
  const changed = writes.flatMap(({ path, expected, bytes, edit = null }, index): Journal["changed"] => {
    if (expected === undefined) return [];
    const copy = `${index}.bak`;
    writeAtomically(join(folder, copy), expected, { mode: 0o600 });
    return [{ path: realFile(path), edit, copy, before: sha256(expected), after: sha256(bytes) }];
  });
  const created = writes.flatMap(({ path, expected, bytes }) =>
    expected === undefined ? [{ path, after: sha256(bytes) }] : [],
  );
  save(folder, { v: 1, startedAt: now, state: "started", changed, created });
  return folder;
}

/** Writes one of the prepared files. @throws BackupError `exists`, `changed` where it is not as expected any more. */
export function carryOut({ path, expected, bytes }: Write): void {
  const now = readBytes(path);
  if (expected === undefined) {
    if (now !== undefined) throw new BackupError("exists", path);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeAtomically(path, bytes, { mode: 0o600 });
    return;
  }
  if (now === undefined || !now.equals(expected)) throw new BackupError("changed", path);
  writeAtomically(realFile(path), bytes, "keep");
}

/** Notes what else came to be meanwhile (locks), so that undo removes it too, and that all is written. */
export function note(folder: string, alsoCreated: readonly string[], state: "started" | "done"): void {
  const noted = load(folder);
  const more = alsoCreated.flatMap((path) => {
    const bytes = readBytes(path);
    const known = noted.created.some((file) => file.path === path);
    return bytes === undefined || known ? [] : [{ path, after: sha256(bytes) }];
  });
  save(folder, { ...noted, state, created: [...noted.created, ...more] });
}

export interface Backup {
  readonly folder: string;
  readonly journal: Journal;
}

/** @throws BackupError `journal` */
export const open = (folder: string): Backup => ({ folder, journal: load(folder) });

/** The newest backup that is not undone. */
export function latest(backupsDir: string): Backup | undefined {
  if (!existsSync(backupsDir)) return undefined;
  // Their names sort by time.
  const folders = readdirSync(backupsDir).toSorted().toReversed();
  for (const name of folders) {
    const folder = join(backupsDir, name);
    // Without a journal nothing was changed yet.
    if (!existsSync(join(folder, JOURNAL))) continue;
    const backup = open(folder);
    if (backup.journal.state !== "undone") return backup;
  }
  return undefined;
}

/** How a file that we changed stands now: as it was before us, as we left it, or changed since by somebody else. */
type Standing = "before" | "ours" | "changed" | "gone";

function standing(file: { readonly path: string; readonly before?: string; readonly after: string }): Standing {
  const bytes = readBytes(file.path);
  if (bytes === undefined) return "gone";
  const digest = sha256(bytes);
  return digest === file.after ? "ours" : digest === file.before ? "before" : "changed";
}

/** Takes an edit back in a file that was changed again since; undefined where that cannot be done. */
export type Merge = (edit: unknown, current: Buffer, original: Buffer) => Buffer | undefined;

export interface Undone {
  readonly restored: readonly string[];
  /** Changed again since: only our edit was taken back. */
  readonly merged: readonly string[];
  readonly removed: readonly string[];
  /** Ours once, changed since: kept. */
  readonly kept: readonly string[];
}
export type UndoAnswer =
  | { readonly kind: "undone"; readonly files: Undone }
  /** `mergeable`: force would take only our edit back there; in `lost`, all that was changed since would go. */
  | { readonly kind: "refused"; readonly mergeable: readonly string[]; readonly lost: readonly string[] };

/** What to do with files that were changed again since: touch nothing at all, leave them, or put them back as well. */
export type IfChanged = "refuse" | "leave" | "restore";

/**
 * Puts changed files back, byte for byte, and removes what was created and is still as we made it. Where a file was
 * changed again since, `merge` may save that.
 * @throws BackupError `journal` where a copy is not what the journal says; nothing is touched then
 */
export function undo({ folder, journal: noted }: Backup, ifChanged: IfChanged, merge: Merge): UndoAnswer {
  const files = noted.changed.map((file) => {
    const original = readBytes(join(folder, file.copy));
    if (original === undefined || sha256(original) !== file.before) {
      throw new BackupError("journal", join(folder, file.copy));
    }
    const now = standing(file);
    const current = now === "changed" ? readBytes(file.path) : undefined;
    const merged = current === undefined ? undefined : merge(file.edit, current, original);
    return { path: file.path, original, merged, now };
  });
  const again = files.filter(({ now }) => now === "changed" || now === "gone");
  if (again.length > 0 && ifChanged === "refuse") {
    const mergeable = again.filter(({ merged }) => merged !== undefined).map(({ path }) => path);
    return {
      kind: "refused",
      mergeable,
      lost: again.map(({ path }) => path).filter((path) => !mergeable.includes(path)),
    };
  }

  const touched = ifChanged === "leave" ? files.filter((file) => !again.includes(file)) : files;
  const different = touched.filter(({ now }) => now !== "before");
  for (const { path, original, merged } of different) writeAtomically(path, merged ?? original, "keep");
  const removed = noted.created.filter((file) => standing(file) === "ours").map(({ path }) => path);
  const edited = noted.created.filter((file) => standing(file) === "changed").map(({ path }) => path);
  for (const path of removed) {
    rmSync(path);
    removeEmpty(dirname(path));
  }
  save(folder, { ...noted, state: "undone" });
  const paths = (some: typeof files): readonly string[] => some.map(({ path }) => path);
  return {
    kind: "undone",
    files: {
      restored: paths(different.filter(({ merged }) => merged === undefined)),
      merged: paths(different.filter(({ merged }) => merged !== undefined)),
      removed,
      kept: [...paths(files.filter((file) => !touched.includes(file))), ...edited],
    },
  };
}

/** The folders that are left empty go too: secrets/, manifests/, the gate's own. */
function removeEmpty(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).length > 0) return;
  rmdirSync(folder);
  if (["secrets", "manifests", "kidoban.lock"].some((name) => folder.endsWith(name))) removeEmpty(dirname(folder));
}

function load(folder: string): Journal {
  const path = join(folder, JOURNAL);
  try {
    return journal.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    throw new BackupError("journal", path);
  }
}

const save = (folder: string, value: Journal): void =>
  writeAtomically(join(folder, JOURNAL), Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`), { mode: 0o600 });
