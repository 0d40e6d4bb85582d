/** `kidoban log tidy`: compresses what has ended and removes what is kept no longer. Opens the state, since it records what it removes. */

import { visibleLine } from "../approval/visible.ts";
import { openState } from "../compose/state.ts";
import { tidy } from "../compose/tidy.ts";
import { en, ja } from "../words/tidy.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";

/** Exit code 1 where a stream is not what the ledger has signed. */
export async function run(context: Context): Promise<ExitCode> {
  const { terminal, stateDir, now } = context;
  const words = context.language === "ja" ? ja : en;
  const state = await openState(stateDir, { role: "tool", now });
  try {
    const done = await tidy({ state, stateDir, now, pauseMs: 0, prunes: true });
    if (done === undefined) {
      terminal.err(`kidoban: ${words.busy}\n`);
      return EXIT.unavailable;
    }
    if (context.json) terminal.out(`${JSON.stringify(done)}\n`);
    else {
      const lines = [words.packed(done.packed)];
      if (done.bodiesRemoved > 0) lines.push(words.bodiesRemoved(done.bodiesRemoved));
      if (done.streamsRemoved.length > 0) lines.push(words.streamsRemoved(done.streamsRemoved.length));
      if (done.locked.length > 0) lines.push(words.locked(done.locked.length));
      if (done.damaged.length > 0) lines.push(words.damaged(visibleLine(done.damaged.join(", "))));
      terminal.out(`${lines.join("\n")}\n`);
    }
    return done.damaged.length === 0 ? EXIT.ok : EXIT.found;
  } finally {
    await state.close("log tidied");
  }
}
