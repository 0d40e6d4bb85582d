/** `kidoban notify test`: a test message through every channel, and what became of each. */

import { visibleLine } from "../approval/visible.ts";
import { testChannels, type Tested } from "../compose/notify-test.ts";
import { openState } from "../compose/state.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { en, ja, problemText } from "../words/notify.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { table } from "./table.ts";

type Words = typeof en;

const said = ({ problem }: Tested, words: Words): string =>
  problem === undefined
    ? words.sent
    : problem === "not-accepted"
      ? words.notAccepted
      : words.failed(problemText(problem, words));

export async function run(context: Context): Promise<ExitCode> {
  const { terminal, configPath, env, language, now } = context;
  const [words, shared] = language === "ja" ? [ja, cliJa] : [en, cliEn];
  if (configPath === undefined) {
    terminal.err(`kidoban: ${shared.noConfig}\n`);
    return EXIT.usage;
  }
  const state = await openState(context.stateDir, { role: "tool", now });
  try {
    const tested = await testChannels(state, configPath, env, now);
    if (context.json) {
      const channels = (tested ?? []).map(({ channel, problem }) => ({ channel, problem: problem ?? null }));
      terminal.out(`${JSON.stringify({ accepted: tested !== undefined, channels })}\n`);
    } else if (tested === undefined) terminal.err(`${words.nobodyAccepted}\n`);
    else if (tested.length === 0) terminal.out(`${words.none}\n`);
    else {
      const rows = tested.map((one) => [visibleLine(one.channel), said(one, words)]);
      const allSent = tested.every(({ problem }) => problem === undefined);
      terminal.out(`${[...table(words.columns, rows), ...(allSent ? ["", words.allSent] : [])].join("\n")}\n`);
    }
    return tested !== undefined && tested.every(({ problem }) => problem === undefined) ? EXIT.ok : EXIT.found;
  } finally {
    await state.close("notified");
  }
}
