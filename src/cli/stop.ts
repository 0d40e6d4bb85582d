/** `kidoban stop`: needs no key; returns when every live gate it concerns has acknowledged or is proven dead (P8). */

import { setTimeout as sleep } from "node:timers/promises";
import { openState } from "../compose/state.ts";
import { tellOfStop } from "../compose/stop-news.ts";
import { placeStop, unheard } from "../compose/stops.ts";
import { en, ja } from "../words/stop.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";

const POLL_MS = 100;
const SAY_AFTER_MS = 2_000;

export interface StopOptions {
  readonly agent?: string;
  readonly reason: string;
}

export async function run(context: Context, options: StopOptions): Promise<ExitCode> {
  const { terminal } = context;
  const words = context.language === "ja" ? ja : en;
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  try {
    const stop = await placeStop(state, {
      ...(options.agent === undefined ? {} : { agent: options.agent }),
      reason: options.reason,
      by: context.env.user,
      placedAt: context.now(),
    });
    const whom = stop.agent === undefined ? words.everybody : words.agent(stop.agent);
    if (!context.json) terminal.out(`${words.placed(stop.id, whom)}\n`);
    // Meanwhile: neither waits for the other.
    const news = tellOfStop(state, stop, {
      env: context.env,
      now: context.now,
      broken: (error) => terminal.err(`${words.notTold(error instanceof Error ? error.message : String(error))}\n`),
    });
    await state.log.synced().catch((error: unknown) => {
      terminal.err(`${words.notRecorded(error instanceof Error ? error.message : String(error))}\n`);
    });
    const since = context.now();
    let said = false;
    for (;;) {
      const unready = (await unheard(state.store, stop)).map(({ pid }) => pid);
      if (unready.length === 0) break;
      if (!said && context.now() - since > SAY_AFTER_MS) {
        said = true;
        terminal.err(`${words.waiting(unready.join(", "))}\n`);
      }
      await sleep(POLL_MS);
    }
    const count = (await state.store.acknowledgements(stop.id)).length;
    if (!context.json) terminal.out(`${words.acknowledged(count)}\n`);
    const { told, waiting } = await news;
    if (context.json) terminal.out(`${JSON.stringify({ stop: stop.id, acknowledged: count, told, waiting })}\n`);
    else {
      if (told.length > 0) terminal.out(`${words.told(told.join(", "))}\n`);
      if (waiting.length > 0) terminal.err(`${words.untold(waiting.join(", "))}\n`);
      terminal.out(`${words.lift}\n`);
    }
    return EXIT.ok;
  } finally {
    await state.close("stop placed");
  }
}
