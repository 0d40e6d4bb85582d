#!/usr/bin/env node
/** argv to a command to an exit code. The only place that ends the process; each command is loaded when it is called. */

import { resolve } from "node:path";
import { readEnv } from "../config/env.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { shutInspector } from "./hardening.ts";
import { processTerminal } from "./terminal.ts";

async function run(argv: readonly string[]): Promise<ExitCode> {
  const env = readEnv();
  const terminal = processTerminal(env.color);
  const contextFor = (options: { readonly config?: string; readonly json?: boolean }): Context => {
    const configPath = options.config ?? env.configPath;
    return {
      terminal,
      env,
      language: env.language,
      configPath: configPath === undefined ? undefined : resolve(configPath),
      stateDir: env.stateDir,
      json: options.json ?? false,
      now: () => Date.now(),
    };
  };
  try {
    // A pipe to a gate elsewhere: a second Node for each client, so it loads next to nothing.
    if (argv[0] === "connect" && !argv.includes("--help"))
      return await (await import("./connect.ts")).run(terminal, env, argv.slice(1));
    // The gate is started once a session by a waiting client: it does not load the command line's parser.
    if (argv[0] === "stdio" && !argv.includes("--help"))
      return await (await import("./stdio.ts")).run(contextFor, argv.slice(1));
    return await (await import("./program.ts")).run(contextFor, argv);
  } catch (error) {
    return (await import("./failure.ts")).failure(terminal, env.language, error);
  }
}

shutInspector(() => process.exit(EXIT.usage));
process.exit(await run(process.argv.slice(2)));
