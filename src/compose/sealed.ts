/** What other processes are told of a gate whose log is sealed: a note in the store, as long as it is. */

import type { OpenLog } from "../log/open.ts";
import { isObject } from "../policy/json.ts";
import type { LiveProcess, Store } from "../store/store.ts";

type Doubts = OpenLog["doubts"];

export interface SealedGate {
  readonly pid: number;
  readonly agent?: string;
  readonly reason: string;
}

const noteKey = (process: string): string => `sealed/${process}`;

/** Keeps the note. Where the store fails too, nobody is told before they find out for themselves. */
export function noteSealing(store: Store, process: string, log: OpenLog): void {
  const write = (text: string): void => void store.setNote(noteKey(process), text).catch(() => undefined);
  log.onSealed((reason) => write(JSON.stringify({ reason, doubts: [...log.doubts] })));
  log.onOpened(() => write(""));
}

export const liveGates = async (store: Pick<Store, "processes">): Promise<readonly LiveProcess[]> =>
  (await store.processes()).filter(({ role, alive }) => role === "gate" && alive);

/** Those of the live processes that forward nothing because of it. */
export async function sealedGates(
  store: Pick<Store, "note">,
  live: readonly LiveProcess[],
): Promise<readonly SealedGate[]> {
  const notes = await Promise.all(live.map(async (one) => ({ one, note: await readNote(store, one.id) })));
  return notes.flatMap(({ one: { pid, agent }, note }) =>
    note === undefined ? [] : [{ pid, reason: note.reason, ...(agent === undefined ? {} : { agent }) }],
  );
}

/** Streams of dead processes whose last bytes nobody can be sure of. */
export async function doubtsOf(store: Pick<Store, "note">, dead: readonly string[]): Promise<Doubts> {
  const notes = await Promise.all(dead.map((process) => readNote(store, process)));
  return new Map(notes.flatMap((note) => note?.doubts ?? []));
}

interface Note {
  readonly reason: string;
  readonly doubts: readonly (readonly [string, { readonly size: number; readonly reason: string }])[];
}

async function readNote(store: Pick<Store, "note">, process: string): Promise<Note | undefined> {
  const text = await store.note(noteKey(process));
  if (text === undefined || text === "") return undefined;
  const said: unknown = JSON.parse(text);
  if (!isObject(said) || typeof said["reason"] !== "string") return undefined;
  const { reason, doubts } = said;
  return {
    reason,
    doubts: (Array.isArray(doubts) ? doubts : []).flatMap((one: unknown): Note["doubts"] => {
      const [stream, doubt]: readonly unknown[] = Array.isArray(one) ? one : [];
      if (typeof stream !== "string" || !isObject(doubt)) return [];
      const { size, reason } = doubt;
      return typeof size === "number" && typeof reason === "string" ? [[stream, { size, reason }]] : [];
    }),
  };
}
