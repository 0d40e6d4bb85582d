/** `kidoban console`: the approvers' pages in a browser, until it is told to end. */

import { addressOf } from "../config/serve-config.ts";
import { operationalLog } from "../compose/operations.ts";
import { runConsole } from "../compose/console/run.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { en, ja } from "../words/serve.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";
import { describe } from "./failure.ts";

export interface ConsoleCommand {
  /** HOST:PORT. */
  readonly listen?: string;
}

export async function run(context: Context, { listen }: ConsoleCommand): Promise<ExitCode> {
  const { terminal, configPath, env, language } = context;
  const [words, shared] = language === "ja" ? [ja, cliJa] : [en, cliEn];
  if (configPath === undefined) return no(context, shared.noConfig);
  if (listen !== undefined && addressOf(listen) === undefined) return no(context, words.badListen(listen));

  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => ending.abort());
  const operations = operationalLog(context.stateDir);
  await runConsole(
    {
      env,
      configPath,
      listen,
      now: context.now,
      broken: (error) => operations.warn("console", { problems: describe(language, error) }),
    },
    ending.signal,
    ({ url, host, port }) => {
      terminal.out(context.json ? `${JSON.stringify({ url, host, port })}\n` : `${words.console(url)}\n`);
    },
  );
  return EXIT.ok;
}
