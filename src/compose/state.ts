/** One person's state as one process holds it: the store, its own stream in the log, and what dead processes left behind. */

import { join } from "node:path";
import type { EntryBody } from "../audit/entry.ts";
import type { Mode } from "../audit/mode.ts";
import { redactor } from "../audit/redact.ts";
import { bodiesKey } from "../config/bodies-key.ts";
import { DEFAULT_LOG } from "../config/retention.ts";
import { installationKey } from "../config/installation-key.ts";
import { redactionKey } from "../config/redaction-key.ts";
import { unknownNote } from "../gateway/forward.ts";
import { refuseNewer } from "../log/format.ts";
import { newStreamId } from "../log/names.ts";
import { keepBallast, releaseBallast } from "../log/ballast.ts";
import { isNoRoom } from "../log/cause.ts";
import { openLog, type OpenLog } from "../log/open.ts";
import { keepRotating, type Rotation } from "../log/rotate.ts";
import { entriesIn } from "../log/read.ts";
import { openStore } from "../store/sqlite.ts";
import type { LiveProcess, Store } from "../store/store.ts";
import { refuseHalfRestored } from "./half-restored.ts";
import { doubtsOf, noteSealing } from "./sealed.ts";
import { VERSION } from "./version.ts";

export interface State {
  readonly store: Store;
  readonly log: OpenLog;
  /** This process, by the id of its stream. */
  readonly process: string;
  /** When its stream is succeeded by another, asked each time; DEFAULT_LOG until it is told. */
  rotateBy(rotation: () => Rotation): void;
  /** Ends the stream and lets go of the process's lock. */
  close(reason: string): Promise<void>;
}

export interface StateFacts {
  readonly role: LiveProcess["role"];
  readonly agent?: string;
  /** How far this process is apart from the agents that it serves; left out where it serves none. */
  readonly mode?: (store: Store) => Promise<Mode>;
  readonly now: () => number;
  /** Recorded before anything else, durably: see `epoch.began`. */
  readonly first?: EntryBody;
}

/**
 * Settles what dead processes left (P5): their streams end in the ledger, what they were executing is unknown, and an
 * identical call of a write among it will ask for a while. A damaged stream stays listed, for `kidoban log verify` to tell.
 */
async function settleDead(dir: string, store: Store, log: OpenLog, now: () => number): Promise<void> {
  const dead = (await store.processes()).filter((one) => !one.alive).map((one) => one.id);
  const recovered = await log.recover(dead, await doubtsOf(store, dead));
  const open = new Set(recovered.flatMap((one) => (one.kind === "recovered" ? one.open : [])));
  if (open.size > 0) {
    for (const { stream } of recovered) {
      for await (const { body, time } of entriesIn(dir, stream)) {
        if (body.kind !== "call.intent" || body.action === undefined || !open.has(body.call)) continue;
        const note = JSON.stringify({ call: body.call, at: Date.parse(time) });
        await store.setNote(unknownNote(body.agent, body.action), note);
      }
    }
  }
  for (const process_ of dead) {
    await store.abandon(process_, now());
    const isLeft = recovered.some(
      (one) => one.process === process_ && (one.kind === "damaged" || one.kind === "unsynced"),
    );
    if (!isLeft) await store.forget(process_);
  }
}

/**
 * Opens the state folder `dir`, made when missing. Throws StoreError, LedgerError or the file system's errors. On a full
 * disk a command of a person's, such as a stop, has the reserve given up; a gate must not begin to live on it.
 */
export async function openState(dir: string, facts: StateFacts): Promise<State> {
  refuseHalfRestored(dir);
  const logDir = join(dir, "log");
  await refuseNewer(logDir);
  try {
    return await open(dir, logDir, facts);
  } catch (error) {
    if (facts.role === "gate" || !isNoRoom(error, logDir) || !releaseBallast(logDir)) throw error;
    return open(dir, logDir, facts);
  }
}

async function open(dir: string, logDir: string, facts: StateFacts): Promise<State> {
  const store = await openStore(dir);
  try {
    const process_ = newStreamId(facts.now());
    const mode = (await facts.mode?.(store)) ?? "unknown";
    const agent = facts.agent === undefined ? {} : { agent: facts.agent };
    await store.register({ id: process_, pid: process.pid, role: facts.role, startedAt: facts.now(), ...agent });
    const log = await openLog({
      dir: logDir,
      ledger: store,
      key: await installationKey(dir),
      stream: process_,
      facts: { program: "kidoban", version: VERSION, mode, ...agent },
      now: facts.now,
      redact: redactor(await redactionKey(dir)),
      bodiesKey: await bodiesKey(dir),
    });
    if (facts.first !== undefined) {
      log.record(facts.first);
      await log.synced();
    }
    noteSealing(store, process_, log);
    if (facts.role === "gate") keepBallast(logDir);
    let rotation: (() => Rotation) | undefined;
    const rests = keepRotating(logDir, log, () => rotation?.() ?? DEFAULT_LOG.rotate, facts.now);
    const state: State = {
      store,
      log,
      process: process_,
      rotateBy(by) {
        rotation = by;
      },
      async close(reason) {
        rests();
        try {
          await log.close(reason);
        } finally {
          // What still runs has an outcome that nobody will know, and nobody looks after a process that ended well. One
          // whose log could not be ended stays listed, so that the next one recovers it.
          try {
            await store.abandon(process_, facts.now());
          } finally {
            await store.close(!log.isSettled);
          }
        }
      },
    };
    await settleDead(logDir, store, log, facts.now);
    return state;
  } catch (error) {
    // What it may have begun is settled by the next one.
    await store.close(true);
    throw error;
  }
}
