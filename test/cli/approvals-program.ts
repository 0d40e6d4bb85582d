/** The approvers' commands as a program of their own: argv is the command, a name or id, and options as JSON. */

import { readEnv } from "../../src/config/env.ts";
import { failure } from "../../src/cli/failure.ts";
import { processTerminal } from "../../src/cli/terminal.ts";
import type { Context } from "../../src/cli/context.ts";
import * as approve from "../../src/cli/approve.ts";
import * as approver from "../../src/cli/approver.ts";
import * as breakGlass from "../../src/cli/break-glass.ts";
import * as deny from "../../src/cli/deny.ts";
import * as back from "../../src/cli/return.ts";
import { stretchOnce } from "./stretched-once.ts";

stretchOnce(process.env["KIDOBAN_TEST_KEPT"] ?? "");

const [command, name = "", given = "{}"] = process.argv.slice(2);
const { json = false, ...options } = JSON.parse(given) as { json?: boolean };
const env = readEnv();
const context: Context = {
  terminal: processTerminal(env.color),
  env,
  language: env.language,
  configPath: undefined,
  stateDir: env.stateDir,
  json,
  now: () => Date.now(),
};

async function run(): Promise<number> {
  switch (command) {
    case "approve":
      return approve.run(context, name === "" ? undefined : name, options);
    case "deny":
      return deny.run(context, name, options);
    case "return":
      return back.run(context, name, options);
    case "break-glass":
      return breakGlass.run(context, name, options);
    default:
      return approver.run(context, name, options);
  }
}

process.exit(await run().catch((error: unknown) => failure(context.terminal, context.language, error)));
