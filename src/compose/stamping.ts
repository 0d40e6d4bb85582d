/**
 * Has the log's checkpoint stamped by an authority outside, one for each period, whichever process of the state comes first.
 * An authority that does not answer stops nothing: that is noted, told, and tried again ever more seldom.
 */

import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readAuthorities } from "../audit/certificate.ts";
import { openCheckpoint, parseVerifier } from "../audit/checkpoint.ts";
import type { TimestampConfig } from "../config/retention.ts";
import { CHECKPOINT_FILE, KEY_FILE } from "../log/mirror.ts";
import { keepStamp, stampsIn } from "../log/stamps.ts";
import { isObject } from "../policy/json.ts";
import { unlessBusy } from "../store/exclusive.ts";
import type { Store } from "../store/store.ts";
import { askAuthority, type AskProblem } from "./authority.ts";

/**
 * `ca`: its file cannot be read, or holds no authority's certificate. `checkpoint`: there is none that the log's key has
 * signed. `unwritable`: the stamp could not be kept.
 */
export type StampProblem = AskProblem | "ca" | "checkpoint" | "unwritable";

export type Taken =
  | {
      readonly kind: "taken";
      readonly size: number;
      readonly at: number;
      readonly authority: string;
      readonly apartMs: number;
    }
  /** Nothing was signed since the last. */
  | { readonly kind: "nothing-new"; readonly size: number }
  | { readonly kind: "failed"; readonly problem: StampProblem }
  /** Another process is at it. */
  | { readonly kind: "busy" };

/** What the state notes of its stamps; times in ms by this machine's clock. */
export interface StampNote {
  readonly takenAt?: number;
  /** By how much the authority's clock was ahead of this machine's, negative where behind. */
  readonly apartMs?: number;
  readonly failing?: {
    readonly since: number;
    readonly last: number;
    readonly tries: number;
    readonly problem: StampProblem;
  };
}

const NOTE = "stamps";

export async function stampNote(store: Pick<Store, "note">): Promise<StampNote> {
  const text = await store.note(NOTE);
  const note: unknown = text === undefined ? undefined : JSON.parse(text);
  // Written by ourselves alone, in a store that only this account can write.
  return isObject(note) ? note : {};
}

const FIRST_AGAIN_MS = 60_000;
const LAST_AGAIN_MS = 60 * 60_000;

/** When the next is to be tried; at once after a clock that was set back. */
export function dueAt({ takenAt, failing }: StampNote, everyMs: number, now: number): number {
  if (failing !== undefined && failing.last <= now)
    return failing.last + Math.min(FIRST_AGAIN_MS * 2 ** (failing.tries - 1), LAST_AGAIN_MS);
  return takenAt === undefined || takenAt > now ? now : takenAt + everyMs;
}

export interface StampParts {
  readonly stateDir: string;
  readonly store: Store;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface AuthorityPlace {
  readonly url: string;
  /** Absolute. */
  readonly ca: string;
}

/** Where `ca` of a configuration stands. */
export const authorityOf = ({ url, ca }: TimestampConfig, configPath: string): AuthorityPlace => ({
  url,
  ca: resolve(dirname(configPath), ca),
});

/** Now, whether it is due or not. Throws what the store says. */
export async function takeStamp(parts: StampParts, place: AuthorityPlace): Promise<Taken> {
  return (await alone(parts, () => takeAndNote(parts, place))) ?? { kind: "busy" };
}

/** Undefined while another process is at it. */
const alone = <T>({ stateDir }: StampParts, step: () => Promise<T>): Promise<T | undefined> =>
  unlessBusy(join(stateDir, "locks", "stamp.db"), step);

async function takeAndNote(parts: StampParts, place: AuthorityPlace): Promise<Taken> {
  const { store, now } = parts;
  const taken = await take(parts, place);
  // The end of this process says nothing about the authority.
  if (taken.kind === "failed" && parts.signal.aborted) return taken;
  const before = await stampNote(store);
  const at = now();
  switch (taken.kind) {
    case "taken":
      await store.setNote(NOTE, JSON.stringify({ takenAt: at, apartMs: taken.apartMs } satisfies StampNote));
      break;
    case "failed": {
      const { since = at, tries = 0 } = before.failing ?? {};
      const failing = { since, last: at, tries: tries + 1, problem: taken.problem };
      await store.setNote(NOTE, JSON.stringify({ ...before, failing } satisfies StampNote));
      break;
    }
    case "nothing-new": {
      // What there is, is stamped: whoever failed before has nothing left to do.
      const { failing, ...rest } = before;
      if (failing !== undefined) await store.setNote(NOTE, JSON.stringify(rest satisfies StampNote));
      break;
    }
    case "busy":
      break;
  }
  return taken;
}

async function take({ stateDir, now, signal }: StampParts, { url, ca }: AuthorityPlace): Promise<Taken> {
  const dir = join(stateDir, "log");
  const trusted = readAuthorities(await readFile(ca, "utf8").catch(() => ""));
  if (trusted === undefined) return { kind: "failed", problem: "ca" };
  const key = parseVerifier((await readFile(join(dir, KEY_FILE), "utf8").catch(() => "")).trim());
  const note = await readFile(join(dir, CHECKPOINT_FILE), "utf8").catch(() => "");
  const checkpoint = key && openCheckpoint(note, key);
  if (checkpoint === undefined || "refused" in checkpoint) return { kind: "failed", problem: "checkpoint" };
  const { size } = checkpoint;
  if ((await stampsIn(dir)).at(-1)?.size === size) return { kind: "nothing-new", size };
  const asked = await askAuthority(Buffer.from(note, "utf8"), { url, trusted, signal });
  if (asked.kind === "failed") return asked;
  try {
    keepStamp(dir, size, note, asked.answer);
  } catch {
    return { kind: "failed", problem: "unwritable" };
  }
  const { at, authority } = asked.stamp;
  return { kind: "taken", size, at, authority, apartMs: at - now() };
}

const FIRST_MS = 1000;
const LOOK_MS = 60_000;

export interface KeepParts extends StampParts {
  /** As accepted, asked each time; undefined where nobody is to be asked. */
  readonly place: () => (AuthorityPlace & { readonly everyMs: number }) | undefined;
  /** Told once when it begins to fail, and once when it is over (undefined). */
  readonly told: (problem: StampProblem | undefined) => void;
  /** Between two looks at whether one is due; left out: a minute. */
  readonly lookMs?: number;
}

/** Until `signal` aborts. */
export async function keepStamped({ place, told, lookMs = LOOK_MS, ...parts }: KeepParts): Promise<void> {
  const { store, now, signal } = parts;
  let failing: StampProblem | undefined;
  for (let waitMs = Math.min(FIRST_MS, lookMs); !signal.aborted; waitMs = lookMs) {
    await sleep(waitMs, undefined, { ref: false, signal }).catch(() => undefined);
    const wish = place();
    if (signal.aborted || wish === undefined) continue;
    // Another process may have taken it while this one waited for its turn.
    const step = async (): Promise<void> => {
      if (dueAt(await stampNote(store), wish.everyMs, now()) <= now()) await takeAndNote(parts, wish);
    };
    try {
      await alone(parts, step);
      // Whoever took it: all processes tell the same.
      const problem = (await stampNote(store)).failing?.problem;
      if (!signal.aborted && (problem === undefined) !== (failing === undefined)) told(problem);
      failing = problem;
    } catch {
      // A store that cannot be asked now is asked again at the next look.
    }
  }
}
