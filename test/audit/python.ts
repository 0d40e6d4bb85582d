/** The verifier in Python (examples/verify-log.py), run on logs in folders and on those that a test has in memory. */

import type { SpawnSyncReturns } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bytes } from "../log/fixture.ts";
import { toItsEnd } from "../to-its-end.ts";

export const PROGRAM = join(import.meta.dirname, "../../examples/verify-log.py");

/** The interpreter itself: under that name may stand a version manager's script, which costs thirty processes a start. */
const found = toItsEnd("python3", ["-c", "import sys; print(sys.executable)"]);
export const hasPython = found.status === 0;
if (!hasPython) {
  if (process.env["CI"] !== undefined) throw new Error("python3 is needed here");
  console.warn("python3 was not found: the second verifier is not tested");
}

/** Python with its standard library and nothing else of this machine. */
export const python = (
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly timeout?: number } = {},
): SpawnSyncReturns<string> => toItsEnd(found.stdout.trim(), ["-I", "-S", ...args], options);

export interface Told {
  readonly kind: "proven" | "fault";
  readonly fault?: { readonly code: string; readonly file: string; readonly line?: number; readonly from?: number };
  readonly summary?: Readonly<Record<string, unknown>>;
}

/** A folder of its own within `folder`, as an export writes it. */
export function written(folder: string, bytes: Bytes): string {
  const dir = join(folder, randomUUID());
  mkdirSync(join(dir, "configs"), { recursive: true });
  writeFileSync(join(dir, "key"), `${bytes.key}\n`);
  writeFileSync(join(dir, "checkpoint"), bytes.checkpoint);
  writeFileSync(join(dir, "ledger.jsonl"), bytes.ledger);
  for (const [stream, content] of bytes.streams) writeFileSync(join(dir, `${stream}.jsonl`), content);
  if (bytes.rotations !== "") writeFileSync(join(dir, "rotations"), bytes.rotations);
  for (const [digest, content] of bytes.configs) writeFileSync(join(dir, "configs", `${digest}.json`), content);
  return dir;
}

/** What it says of each, in one run. */
export const second = (folder: string, logs: readonly Bytes[], ...options: readonly string[]): readonly Told[] =>
  secondOf(
    logs.map((bytes) => written(folder, bytes)),
    ...options,
  );

/** The same of logs that stand in folders or files. */
export function secondOf(paths: readonly string[], ...options: readonly string[]): readonly Told[] {
  const run = python([PROGRAM, "--json", ...options, ...paths]);
  if (run.stderr !== "") throw new Error(run.stderr);
  return run.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);
}
