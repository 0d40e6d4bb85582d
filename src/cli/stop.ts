/** `kidoban stop`: needs no key; returns when every live gate it concerns has acknowledged or is proven dead (P8). */

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { openState, type State } from "../compose/state.ts";
import type { LiveProcess, Stop } from "../store/store.ts";
import { en, ja } from "../words/stop.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";

const POLL_MS = 100;
const SAY_AFTER_MS = 2_000;

export interface StopOptions {
  readonly agent?: string;
  readonly reason: string;
}

async function place(context: Context, state: State, options: StopOptions): Promise<Stop> {
  const stop: Stop = {
    id: randomBytes(4).toString("hex"),
    ...(options.agent === undefined ? {} : { agent: options.agent }),
    reason: options.reason,
    by: context.env.get("USER") ?? "unknown",
    placedAt: context.now(),
  };
  // In force before it is recorded: a log that cannot be written must not keep anybody from stopping.
  await state.store.placeStop(stop);
  const { id, placedAt: _when, ...facts } = stop;
  state.log.record({ kind: "stop.placed", stop: id, ...facts });
  return stop;
}

/** Live gates that have not acknowledged. */
async function missing(state: State, stop: Stop): Promise<readonly number[]> {
  const done = new Set(await state.store.acknowledgements(stop.id));
  const processes = await state.store.processes();
  // A gate of many agents names none, and may hold the one that is meant.
  const concerns = ({ agent }: LiveProcess): boolean =>
    stop.agent === undefined || agent === undefined || agent === stop.agent;
  return processes
    .filter((one) => one.alive && one.role === "gate" && concerns(one) && !done.has(one.id))
    .map((one) => one.pid);
}

export async function run(context: Context, options: StopOptions): Promise<ExitCode> {
  const { terminal } = context;
  const words = context.language === "ja" ? ja : en;
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  try {
    const stop = await place(context, state, options);
    const whom = stop.agent === undefined ? words.everybody : words.agent(stop.agent);
    if (!context.json) terminal.out(`${words.placed(stop.id, whom)}\n`);
    await state.log.synced().catch((error: unknown) => {
      terminal.err(`${words.notRecorded(error instanceof Error ? error.message : String(error))}\n`);
    });
    const since = context.now();
    let said = false;
    for (;;) {
      const waiting = await missing(state, stop);
      if (waiting.length === 0) break;
      if (!said && context.now() - since > SAY_AFTER_MS) {
        said = true;
        terminal.err(`${words.waiting(waiting.join(", "))}\n`);
      }
      await sleep(POLL_MS);
    }
    const count = (await state.store.acknowledgements(stop.id)).length;
    terminal.out(
      context.json
        ? `${JSON.stringify({ stop: stop.id, acknowledged: count })}\n`
        : `${words.acknowledged(count)}\n${words.lift}\n`,
    );
    return EXIT.ok;
  } finally {
    await state.close("stop placed");
  }
}
