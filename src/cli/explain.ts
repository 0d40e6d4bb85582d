/** `kidoban explain AGENT CALL`: what would be decided, and by which lines of which files. Starts nothing. */

import { dirname } from "node:path";
import { accountOf } from "../compose/account.ts";
import { lookIntoStore } from "../compose/look.ts";
import { callNamed, type NamedCall } from "../compose/named-call.ts";
import { compileAll } from "../compose/policies.ts";
import { RejectedConfig } from "../compose/rejected.ts";
import { digestOf } from "../config/files.ts";
import { loadConfig, parseFiles, type Loaded } from "../config/load.ts";
import { withSql } from "../config/sql-readers.ts";
import { hasErrors } from "../config/problem.ts";
import { parseStrict } from "../mcp/strict-json.ts";
import { isObject, type JsonObject } from "../policy/json.ts";
import { compileAccepted, compilePolicy, type Policy } from "../policy/policy.ts";
import { StoreError, type Stop } from "../store/store.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { en, ja } from "../words/explain.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { explainedJson, explainedText, type Explained } from "./explain-show.ts";

export interface ExplainOptions {
  /** Arguments as JSON; left out: what would depend on them. */
  readonly args?: string;
}

type Args = { readonly value: JsonObject | undefined } | { readonly refused: string };

/** With the gate's own parser: what it would refuse is refused here. */
function readArgs(text: string | undefined, words: typeof en): Args {
  if (text === undefined) return { value: undefined };
  const parsed = parseStrict(text);
  if (!parsed.ok) return { refused: words.badArgs(words.hazards[parsed.fault.hazard], parsed.fault.at + 1) };
  return isObject(parsed.value) ? { value: parsed.value } : { refused: words.notObject };
}

/** Throws RejectedConfig with everything that is wrong. */
function policiesOf(loaded: Loaded, compile: typeof compilePolicy): ReadonlyMap<string, Policy> {
  const { policies, problems } = compileAll(loaded, compile);
  if (hasErrors(problems)) throw new RejectedConfig(problems, loaded.sources);
  return policies;
}

interface Known {
  /** The accepted configuration where it is another than the files. */
  readonly accepted?: ReadonlyMap<string, Policy>;
  readonly stop?: Stop;
}

/** What the state adds to the files; nothing where there is no state. */
async function stateOf(context: Context, config: string, disk: Loaded, agent: string): Promise<Known> {
  const found = await lookIntoStore(context.stateDir, async (store) => {
    const archived = await store.accepted(config);
    const stop = (await store.stops()).find((each) => each.agent === undefined || each.agent === agent);
    return { archived, stop };
  });
  const { archived, stop } = found ?? {};
  const differs = archived !== undefined && archived.digest !== digestOf(disk.sources);
  return {
    ...(differs
      ? { accepted: policiesOf(await withSql(parseFiles(archived.files, dirname(config))), compileAccepted) }
      : {}),
    ...(stop === undefined ? {} : { stop }),
  };
}

export async function run(context: Context, agent: string, what: string, options: ExplainOptions): Promise<ExitCode> {
  const { terminal, configPath } = context;
  const words = context.language === "ja" ? ja : en;
  const shared = context.language === "ja" ? cliJa : cliEn;
  const misused = (sentence: string): ExitCode => {
    terminal.err(`kidoban: ${sentence}\n`);
    return EXIT.usage;
  };
  if (configPath === undefined) return misused(shared.noConfig);
  const args = readArgs(options.args, words);
  if ("refused" in args) return misused(args.refused);

  const loaded = await loadConfig(configPath);
  const policies = policiesOf(loaded, compilePolicy);
  const { config } = loaded;
  if (config === undefined) throw new RejectedConfig(loaded.problems, loaded.sources);
  const known = await stateOf(context, configPath, loaded, agent).catch((error: unknown): Known => {
    // The files are enough to explain by; that the state is not readable is said beside it.
    if (!(error instanceof StoreError)) throw error;
    terminal.err(`kidoban: ${shared.stateUnavailable(error.message)}\n`);
    return {};
  });
  if (!policies.has(agent) && known.accepted?.has(agent) !== true)
    return misused(words.unknownAgent(agent, [...policies.keys()].join(", ")));
  const named = callNamed(config, loaded.locks, what);
  if ("unknown" in named) return misused(words.unknownCall(what, named.suggestion ?? ""));

  const explained = explain(agent, named, args.value, policies, known);
  terminal.out(
    context.json ? `${JSON.stringify(explainedJson(explained))}\n` : explainedText(explained, words, context.language),
  );
  return EXIT.ok;
}

function explain(
  agent: string,
  named: NamedCall,
  given: JsonObject | undefined,
  disk: ReadonlyMap<string, Policy>,
  { accepted, stop }: Known,
): Explained {
  const { kind, server, name } = named;
  const call = { agent, server, kind, name } as const;
  const args = argsOf(named, given);
  return {
    agent,
    named,
    args,
    disk: accountOf(disk.get(agent), call, args),
    ...(accepted === undefined ? {} : { accepted: accountOf(accepted.get(agent), call, args) }),
    ...(stop === undefined ? {} : { stop }),
  };
}

/** A URI says all that a read takes, and what is typed into a completion decides nothing. */
function argsOf({ kind, uri }: NamedCall, given: JsonObject | undefined): JsonObject | undefined {
  if (uri !== undefined) return { ...given, uri };
  return kind === "completion" ? (given ?? {}) : given;
}
