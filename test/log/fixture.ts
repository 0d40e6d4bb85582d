/** Real logs in throw-away folders: a real store, real files, real keys. */

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, onTestFinished } from "vitest";
import { verifyLog, type LogFiles, type Verdict } from "../../src/audit/verify.ts";
import { openBodies } from "../../src/log/bodies.ts";
import { openLog, type LogOptions, type OpenLog } from "../../src/log/open.ts";
import { streamOfFile } from "../../src/log/names.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { BODIES_KEY, logOptions } from "./samples.ts";

/** The lines of a stream's bodies as whoever has the key reads them. */
export async function bodyLines(dir: string, stream: string): Promise<readonly string[]> {
  const bodies = await openBodies(dir, stream, BODIES_KEY);
  if (bodies.kind !== "open") throw new Error(`no bodies: ${JSON.stringify(bodies)}`);
  const lines: string[] = [];
  for await (const batch of bodies.lines) for (const { text = "" } of batch) lines.push(text);
  return lines;
}

export interface Place {
  readonly state: string;
  readonly dir: string;
  readonly key: KeyObject;
  readonly store: Store;
  readonly open: (options?: Partial<LogOptions>) => Promise<OpenLog>;
}

/** Called by a file; gives what takes steps for its end. From within `beforeAll`, `afterAll` itself is not heard. */
export function endOfFile(): (step: () => unknown) => void {
  const steps: (() => unknown)[] = [];
  afterAll(async () => {
    for (const step of steps.toReversed()) await step();
  });
  return (step) => void steps.push(step);
}

/** `atEnd` takes what is to be done when it is over; left out: when the test is. */
export async function place(atEnd: (end: () => Promise<void>) => void = onTestFinished): Promise<Place> {
  const state = mkdtempSync(join(tmpdir(), "kidoban-log-"));
  const store = await openStore(state);
  atEnd(async () => {
    await store.close();
    rmSync(state, { recursive: true, force: true });
  });
  const { privateKey: key } = generateKeyPairSync("ed25519");
  const dir = join(state, "log");
  mkdirSync(join(state, "keys"), { mode: 0o700 });
  writeFileSync(join(state, "keys", "bodies.key"), BODIES_KEY.toString("hex"), { mode: 0o600 });
  return {
    state,
    dir,
    key,
    store,
    open: (options = {}) => openLog({ ...logOptions(dir, store, key), ...options }),
  };
}

/** A log as bytes, to be spoiled. */
export interface Bytes {
  key: string;
  checkpoint: string;
  ledger: Buffer;
  streams: Map<string, Buffer>;
  /** Archived configurations, by the names of their files. */
  configs: Map<string, Buffer>;
  /** The file of replaced keys. */
  rotations: string;
}

function configsOf(dir: string): Map<string, Buffer> {
  const folder = join(dir, "configs");
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  return new Map(names.map((name) => [name.replace(".json", ""), readFileSync(join(folder, name))]));
}

export function bytesOf(dir: string): Bytes {
  const streams = new Map<string, Buffer>();
  for (const name of readdirSync(dir).toSorted()) {
    const stream = streamOfFile(name);
    if (stream !== undefined) streams.set(stream, readFileSync(join(dir, name)));
  }
  const text = (name: string): string => readFileSync(join(dir, name), "utf8");
  return {
    key: text("key").trim(),
    checkpoint: text("checkpoint"),
    ledger: readFileSync(join(dir, "ledger.jsonl")),
    streams,
    configs: configsOf(dir),
    rotations: existsSync(join(dir, "rotations")) ? text("rotations") : "",
  };
}

/** `settled`: bytes of each stream that stood there before the ledger was read; left out: all. */
export function verifyBytes(bytes: Bytes, kept?: string, settled?: number): Promise<Verdict> {
  const files: LogFiles = {
    checkpoint: bytes.checkpoint,
    ledger: [bytes.ledger],
    streams: [...bytes.streams].map(([stream, content]) => ({
      stream,
      chunks: [content],
      ...(settled === undefined ? {} : { settled }),
    })),
    configs: [...bytes.configs].map(([digest, content]) => ({ digest, chunks: [content] })),
    rotations: bytes.rotations,
  };
  return verifyLog(files, bytes.key, kept === undefined ? {} : { kept });
}

/** The fault, or a failure of the test. */
export async function faultOf(bytes: Bytes, kept?: string) {
  const verdict = await verifyBytes(bytes, kept);
  if (verdict.kind !== "fault") throw new Error("nothing was found");
  return verdict.fault;
}

export const copyOf = (bytes: Bytes): Bytes => ({
  ...bytes,
  streams: new Map(bytes.streams),
  configs: new Map(bytes.configs),
});

/** Line number, from 1, of a byte. */
export function lineOf(bytes: Buffer, at: number): number {
  let line = 1;
  for (let i = 0; i < at; i++) if (bytes[i] === 10) line++;
  return line;
}

export const linesOf = (bytes: Buffer): string[] => bytes.toString("utf8").split("\n").slice(0, -1);
export const ofLines = (lines: readonly string[]): Buffer =>
  Buffer.from(lines.map((line) => `${line}\n`).join(""), "utf8");
