/** `kidoban keys rotate`: another key signs the log from now on. The old one is gone; what it signed is followed from it. */

import { rotateKey } from "../compose/rotate-key.ts";
import { en, ja } from "../words/keys.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";

export async function run(context: Context): Promise<ExitCode> {
  const words = context.language === "ja" ? ja : en;
  const done = await rotateKey(context.stateDir, context.now);
  if (context.json) context.terminal.out(`${JSON.stringify(done)}\n`);
  if (done.kind === "busy") {
    context.terminal.err(`kidoban: ${words.busy(done.processes)}\n`);
    return EXIT.unavailable;
  }
  if (!context.json) context.terminal.out(`${words.rotated(done.to)}\n${words.oldKey(done.from)}\n`);
  return EXIT.ok;
}
