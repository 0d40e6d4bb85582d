/** `kidoban log tidy`: compresses what has ended and removes what is kept no longer. Opens the state, since it records what it removes. */

import { visibleLine } from "../approval/visible.ts";
import { openState } from "../compose/state.ts";
import { tidy } from "../compose/tidy.ts";
import { en, ja } from "../words/tidy.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";

export interface TidyOptions {
  /** Removes by the clock alone, where a person at the terminal says that it is right. */
  readonly byTheClock?: true;
}

/** Undefined without a terminal. */
async function isMeant({ terminal, now }: Context, words: typeof en): Promise<boolean | undefined> {
  const device = terminal.device();
  if (device === undefined) return undefined;
  try {
    const { isCancel, text } = await import("@clack/prompts");
    const message = words.askClock(new Date(now()).toISOString());
    const answer = await text({ message, input: device.input, output: device.output });
    return !isCancel(answer) && words.yes.includes((answer ?? "").trim().normalize("NFKC").toLowerCase());
  } finally {
    device.close();
  }
}

/** Exit code 1 where a stream is not what the ledger has signed, or nobody can say how long is kept. */
export async function run(context: Context, { byTheClock }: TidyOptions): Promise<ExitCode> {
  const { terminal, stateDir, now } = context;
  const words = context.language === "ja" ? ja : en;
  const isSaid = byTheClock === undefined ? undefined : await isMeant(context, words);
  if (byTheClock !== undefined && isSaid !== true) {
    terminal.err(`kidoban: ${isSaid === undefined ? words.clockNeedsTerminal : words.leftAlone}\n`);
    return isSaid === undefined ? EXIT.usage : EXIT.found;
  }
  const state = await openState(stateDir, { role: "tool", now });
  try {
    const done = await tidy({ state, stateDir, now, pauseMs: 0, prunes: true, ...(isSaid && { byClock: true }) });
    if (done === undefined) {
      terminal.err(`kidoban: ${words.busy}\n`);
      return EXIT.unavailable;
    }
    if (context.json) terminal.out(`${JSON.stringify(done)}\n`);
    else {
      const lines = [words.packed(done.packed)];
      if (done.bodiesRemoved > 0) lines.push(words.bodiesRemoved(done.bodiesRemoved));
      if (done.streamsRemoved.length > 0) lines.push(words.streamsRemoved(done.streamsRemoved.length));
      if (done.requestsEmptied > 0) lines.push(words.requestsEmptied(done.requestsEmptied));
      if (done.requestsRemoved > 0) lines.push(words.requestsRemoved(done.requestsRemoved));
      if (done.unclear.length > 0) lines.push(words.unclear(visibleLine(done.unclear.join(", "))));
      if (done.isBehind) lines.push(words.behind);
      if (done.held > 0) lines.push(words.held(done.held));
      if (done.locked.length > 0) lines.push(words.locked(done.locked.length));
      if (done.damaged.length > 0) lines.push(words.damaged(visibleLine(done.damaged.join(", "))));
      terminal.out(`${lines.join("\n")}\n`);
    }
    return done.damaged.length + done.unclear.length === 0 ? EXIT.ok : EXIT.found;
  } finally {
    await state.close("log tidied");
  }
}
