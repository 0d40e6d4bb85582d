/**
 * Puts a plan into effect, wholly or not at all: the gate's own files, then locks, then each gate tried as its client
 * will start it, and only then the clients' files. Does not know how a lock is made.
 */

import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { BackupError, carryOut, note, open, prepare, undo } from "./backup.ts";
import type { Write } from "./backup.ts";
import type { GateEntry } from "./client-file.ts";

export type StepAnswer = { readonly kind: "done" } | { readonly kind: "failed"; readonly reason: string };

type Tried = { readonly kind: "done"; readonly tools: number } | Extract<StepAnswer, { readonly kind: "failed" }>;

type LockedTools = ReadonlyMap<string, readonly string[]>;

/** What installing needs from elsewhere. */
export interface Steps {
  /** Makes the locks of all servers of this configuration. */
  pin(configPath: string): Promise<StepAnswer>;
  /** Names of the tools that are locked, by server. */
  lockedTools(configPath: string): Promise<LockedTools>;
  /** Starts a gate as its client will and lists its tools. */
  tryOut(entry: GateEntry): Promise<Tried>;
}

export interface Installation {
  /** Absolute path of the new kidoban.yaml. */
  readonly config: string;
  readonly ownFiles: readonly Write[];
  /** Those of the gate's own files that name single tools, for which these must be known. */
  readonly narrowed: readonly { readonly path: string; bytes(tools: LockedTools): Buffer }[];
  readonly clientFiles: readonly Write[];
  readonly entries: readonly GateEntry[];
  readonly backupsDir: string;
}

export type InstallAnswer =
  /** `empty`: gates that work and list no tool. */
  | { readonly kind: "installed"; readonly backup: string; readonly empty: readonly GateEntry[] }
  /** `kept`: files that somebody else changed meanwhile, therefore left as they are; all others are as before. */
  | { readonly kind: "failed"; readonly failure: Failure; readonly kept: readonly string[] };

export type Failure =
  | { readonly step: "pin"; readonly reason: string }
  | { readonly step: "try"; readonly entry: GateEntry; readonly reason: string }
  | { readonly step: "write"; readonly code: BackupError["code"]; readonly path: string };

/** @throws what a step or the disk throws, after everything was put back */
export async function install(wanted: Installation, steps: Steps, now: number): Promise<InstallAnswer> {
  const backup = prepare(wanted.backupsDir, [...wanted.ownFiles, ...wanted.clientFiles], now);
  const putBack = (): readonly string[] => {
    note(backup, laterOf(wanted), "started");
    const answer = undo(open(backup), "leave", () => undefined);
    return answer.kind === "undone" ? answer.files.kept : [];
  };
  try {
    const answer = await carryOutAll(wanted, steps, () => note(backup, laterOf(wanted), "started"));
    if ("step" in answer) return { kind: "failed", failure: answer, kept: putBack() };
    note(backup, laterOf(wanted), "done");
    return { kind: "installed", backup, empty: answer.empty };
  } catch (error) {
    const kept = putBack();
    if (!(error instanceof BackupError)) throw error;
    return { kind: "failed", failure: { step: "write", code: error.code, path: error.path }, kept };
  }
}

async function carryOutAll(wanted: Installation, steps: Steps, noted: () => void): Promise<Failure | Outcome> {
  for (const write of wanted.ownFiles) carryOut(write);
  const pinned = await steps.pin(wanted.config);
  if (pinned.kind === "failed") return { step: "pin", reason: pinned.reason };
  const tools = wanted.narrowed.length === 0 ? new Map() : await steps.lockedTools(wanted.config);
  for (const { path, bytes } of wanted.narrowed) carryOut({ path, bytes: bytes(tools) });
  noted();
  const tried = await tryAll(wanted.entries, steps);
  if ("step" in tried) return tried;
  // The clients' files come last: until here no client has noticed anything.
  for (const write of wanted.clientFiles) carryOut(write);
  return tried;
}

interface Outcome {
  readonly empty: readonly GateEntry[];
}

/** Few at a time: each starts a server too. Waits for all, so that none still runs when files are put back. */
async function tryAll(entries: readonly GateEntry[], steps: Steps): Promise<Failure | Outcome> {
  const failures: Failure[] = [];
  const empty: GateEntry[] = [];
  const waiting = [...entries];
  const worker = async (): Promise<void> => {
    for (let entry = waiting.shift(); entry !== undefined && failures.length === 0; entry = waiting.shift()) {
      const tried = await steps.tryOut(entry);
      if (tried.kind === "failed") failures.push({ step: "try", entry, reason: tried.reason });
      else if (tried.tools === 0) empty.push(entry);
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  return failures[0] ?? { empty };
}

/** What comes into being on the way. */
function laterOf({ config, narrowed }: Installation): readonly string[] {
  const folder = join(dirname(config), "kidoban.lock");
  const locks = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return [...locks, ...narrowed.map(({ path }) => path)];
}
