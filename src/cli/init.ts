/**
 * `kidoban init`: finds the MCP servers of the clients on this machine and puts a gate in front of them. Asks on the
 * terminal device or takes every answer from options; what it plans, writes and rolls back is clients/'s work.
 */

import { existsSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { visibleLine } from "../approval/visible.ts";
import { latest } from "../clients/backup.ts";
import { CLIENTS } from "../clients/clients.ts";
import { discover } from "../clients/discover.ts";
import type { Discovered } from "../clients/discover.ts";
import type { GrantedAccess } from "../clients/generate.ts";
import { install } from "../clients/install.ts";
import { planWrap } from "../clients/plan.ts";
import type { Plan, Wishes } from "../clients/plan.ts";
import { en, ja } from "../words/init.ts";
import { EXIT } from "./context.ts";
import type { Context, ExitCode } from "./context.ts";
import { ask, confirmed, defaults, unanswered } from "./init-ask.ts";
import type { Given } from "./init-ask.ts";
import type { Approve, Choices } from "./init-choices.ts";
import { installation, machineOf, stepsOf, wishesOf } from "./init-parts.ts";
import type { InitParts } from "./init-parts.ts";
import { failureText, foundText, gateName, limitsText, planJson, readyText, writesText } from "./init-show.ts";
import type { Installed } from "./init-show.ts";

export type { InitParts } from "./init-parts.ts";

export interface InitOptions {
  /** Only these clients; left out: all that have a file. */
  readonly client?: readonly string[];
  /** Names of servers to leave alone. */
  readonly skip?: readonly string[];
  readonly access?: string;
  readonly approve?: string;
  /** One gate for all servers of a client. */
  readonly all?: boolean;
  /** Also what stands in this folder's project files, without asking. */
  readonly project?: boolean;
  readonly dir?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** What was found and what is to be done with it. */
interface Job {
  readonly context: Context;
  readonly words: typeof en;
  readonly options: InitOptions;
  readonly parts: InitParts;
  readonly discovered: Discovered;
  readonly config: string;
  planFor(leave: Wishes["leave"]): Plan;
}

export async function run(context: Context, options: InitOptions, parts: InitParts): Promise<ExitCode> {
  const words = context.language === "ja" ? ja : en;
  const refusal = refusalOf(context, options, parts, words);
  if (refusal !== undefined) return stop(context, refusal, EXIT.usage);

  const clients = CLIENTS.filter(({ client }) => options.client?.includes(client) ?? true);
  const discovered = discover(clients, machineOf(context), parts.project);
  if (discovered.files.length + discovered.faults.length === 0) {
    return stop(context, words.none(discovered.looked.map(visibleLine)), EXIT.found);
  }
  const config = resolve(options.dir ?? join(context.env.approverDir, "gate"), "kidoban.yaml");
  const wishes = wishesOf(context, parts, config, options.all === true ? "all" : "each");
  const planFor: Job["planFor"] = (leave) => planWrap(discovered.files, { ...wishes, leave });
  return proceed({ context, words, options, parts, discovered, config, planFor });
}

function stop({ terminal }: Context, text: string, code: ExitCode): ExitCode {
  terminal.err(`${text}\n`);
  return code;
}

/** Why this cannot even begin. */
function refusalOf(context: Context, options: InitOptions, parts: InitParts, words: typeof en): string | undefined {
  const known: readonly string[] = CLIENTS.map(({ client }) => client);
  const given: readonly (readonly [string, string | undefined, readonly string[]])[] = [
    ["--access", options.access, ["read-only", "read-write"]],
    ["--approve", options.approve, ["operator", "client"]],
    ...(options.client ?? []).map((client) => ["--client", client, known] as const),
  ];
  for (const [name, value, allowed] of given) {
    if (value !== undefined && !allowed.includes(value)) return words.badOption(name, visibleLine(value), allowed);
  }
  if (context.json && options.yes !== true && options.dryRun !== true) return words.jsonAsks;
  // npx empties its cache: the clients would start a program that is gone.
  const program = realpathSync(parts.program);
  if (/[\\/]_npx[\\/]/.test(program)) return words.temporary(visibleLine(program));
  const earlier = latest(join(context.stateDir, "backups"));
  return earlier?.journal.state === "started" ? words.interrupted(visibleLine(earlier.folder)) : undefined;
}

async function proceed(job: Job): Promise<ExitCode> {
  const { context, words, options, discovered, config } = job;
  const { terminal, json } = context;
  const given = givenBy(options);
  const unattended = options.yes === true || options.dryRun === true;
  const skipped: Wishes["leave"] = ({ name }) => (options.skip?.includes(name) === true ? "skipped" : undefined);
  const whole = job.planFor((server, at) => {
    const asksNobody = unattended && !given.project && at.scope === "project";
    return skipped(server, at) ?? (asksNobody ? "project" : undefined);
  });
  if (!json) terminal.out(foundText(whole, discovered, join(dirname(config), "secrets"), words));
  if (whole.edits.length === 0) {
    if (json) terminal.out(outcome("nothing", job, whole));
    else terminal.out(`${whole.wrapped > 0 ? words.allWrapped : words.nothingToWrap}\n`);
    return whole.wrapped > 0 ? EXIT.ok : EXIT.found;
  }
  if (existsSync(config)) return stop(context, words.exists(visibleLine(config)), EXIT.usage);

  const device = unattended ? undefined : terminal.device();
  if (!unattended && device === undefined) {
    return stop(context, words.missing([...unanswered(given), "--yes"]), EXIT.usage);
  }
  try {
    const choices =
      device === undefined ? defaults(given, whole.moving) : await ask(device, words, given, whole.moving);
    if (choices === undefined) return stop(context, words.cancelled, EXIT.found);
    const chosen = new Set(choices.servers.map(({ path }) => path));
    const plan = job.planFor((server, at) => skipped(server, at) ?? (chosen.has(server.path) ? undefined : "skipped"));
    if (!json) terminal.out(limitsText(choices, words));
    if (device !== undefined && !(await confirmed(device, words))) return stop(context, words.cancelled, EXIT.found);
    return await carryOut(job, plan, choices);
  } finally {
    device?.close();
  }
}

const givenBy = ({ access, approve, project = false }: InitOptions): Given => ({
  project,
  // Their values were checked before.
  access: access as GrantedAccess | undefined,
  approve: approve as Approve | undefined,
});

async function carryOut(job: Job, plan: Plan, choices: Choices): Promise<ExitCode> {
  const { context, words, parts, config } = job;
  const { terminal, json } = context;
  const made = installation(job, plan, choices);
  if (made.kind === "faulty") return stop(context, made.problems, EXIT.usage);
  const { wanted } = made;
  if (job.options.dryRun === true) {
    terminal.out(json ? outcome("planned", job, plan) : writesText(wanted, words));
    return EXIT.ok;
  }
  const answer = await install(wanted, stepsOf(context, parts, words), context.now());
  if (answer.kind === "failed") {
    const text = [failureText(answer.failure, words), words.rolledBack];
    if (answer.kept.length > 0) text.push(words.kept(answer.kept.map(visibleLine)));
    return stop(context, text.join("\n"), EXIT.unavailable);
  }
  terminal.out(json ? outcome("ready", job, plan, answer) : readyText(plan, choices, config, answer, words));
  return EXIT.ok;
}

function outcome(state: "nothing" | "planned" | "ready", job: Job, plan: Plan, installed?: Installed): string {
  const made = installed === undefined ? {} : { backup: installed.backup, empty: installed.empty.map(gateName) };
  return `${JSON.stringify({ state, config: job.config, ...made, ...planJson(plan, job.discovered) })}\n`;
}
