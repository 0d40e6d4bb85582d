/** `kidoban serve`: the gates of all agents behind one HTTP endpoint, until it is told to end. */

import { resolve } from "node:path";
import { addressOf } from "../config/serve-config.ts";
import { operationalLog } from "../compose/operations.ts";
import { runServe } from "../compose/serve.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { en, ja } from "../words/serve.ts";
import { en as stampEn, ja as stampJa } from "../words/stamp.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";
import { tuneEngine } from "./engine.ts";
import { describe } from "./failure.ts";

export interface ServeCommand {
  /** HOST:PORT. */
  readonly listen?: string;
  readonly socketDir?: string;
}

export async function run(context: Context, options: ServeCommand): Promise<ExitCode> {
  const { terminal, configPath, env, language } = context;
  const [words, shared, stamped] = language === "ja" ? [ja, cliJa, stampJa] : [en, cliEn, stampEn];
  if (configPath === undefined) return no(context, shared.noConfig);
  const listen = options.listen === undefined ? undefined : addressOf(options.listen);
  if (options.listen !== undefined && listen === undefined) return no(context, words.badListen(options.listen));

  const socketDir = options.socketDir === undefined ? undefined : resolve(options.socketDir);
  tuneEngine();
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => ending.abort());
  const operations = operationalLog(context.stateDir);
  await runServe({
    env,
    configPath,
    listen,
    ...(socketDir === undefined ? {} : { socketDir }),
    signal: ending.signal,
    now: context.now,
    approveCommand: (code) => `kidoban approve ${code}`,
    broken(error) {
      operations.warn("configuration refused", { problems: describe(language, error) });
      terminal.err(`kidoban: ${shared.brokenWhileRunning}\n`);
    },
    sealed(reason) {
      operations.warn(reason === undefined ? "log opened again" : "log sealed", { reason });
      terminal.err(`kidoban: ${reason === undefined ? shared.opened : shared.sealed}\n`);
    },
    stamps(problem) {
      operations.warn(problem === undefined ? "log stamped again" : "log not stamped", { problem });
      terminal.err(`kidoban: ${problem === undefined ? stamped.again : stamped.failing(problem)}\n`);
    },
    pages: {
      opened: (url) => terminal.out(context.json ? `${JSON.stringify({ console: url })}\n` : `${words.console(url)}\n`),
      broken: (error) => operations.warn("console", { problems: describe(language, error) }),
    },
    listening({ host, port }) {
      const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}/mcp`;
      terminal.out(context.json ? `${JSON.stringify({ url })}\n` : `${words.listening(url)}\n`);
      if (socketDir !== undefined && !context.json) terminal.out(`${words.sockets(socketDir)}\n`);
    },
  });
  return EXIT.ok;
}
