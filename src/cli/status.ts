/** `kidoban` alone: where things stand, and the one command that makes sense next. Makes nothing. */

import { visibleLine } from "../approval/visible.ts";
import { columnsOf } from "../approval/wrap.ts";
import { nextStep, overviewOf, type ConfigOverview, type Overview, type Step } from "../compose/overview.ts";
import { VERSION } from "../compose/version.ts";
import { en as spansEn, ja as spansJa } from "../words/spans.ts";
import { en, ja } from "../words/status.ts";
import { en as stopEn, ja as stopJa } from "../words/stop.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";

type Words = typeof en;

export async function run(context: Context): Promise<ExitCode> {
  const { terminal, configPath, stateDir } = context;
  const overview = await overviewOf(configPath, stateDir, context.now());
  const step = nextStep(overview);
  const command = commandOf(step, overview.config, context);
  terminal.out(
    context.json ? `${JSON.stringify(statusJson(overview, step, command))}\n` : text(overview, step, command, context),
  );
  return (overview.state?.sealed.length ?? 0) > 0 ? EXIT.found : EXIT.ok;
}

/** A word for the shell; paths may hold spaces. */
const word = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

function commandOf(step: Step, config: ConfigOverview | undefined, { env }: Context): string {
  const path = config?.path;
  const given = path === undefined || path === env.configPath ? "" : ` --config ${word(path)}`;
  switch (step.kind) {
    case "init":
      return "kidoban init";
    case "fix":
    case "check":
    case "sealed":
      return `kidoban check${given}`;
    case "resume":
      return `kidoban resume ${step.of} --reason TEXT`;
    case "approve":
      return "kidoban approve";
    case "name-config":
      return `kidoban --config ${word(step.of)}`;
    case "pin":
      return `kidoban pin ${step.of}${given}`;
    case "approver":
      return "kidoban approver add NAME";
    case "accept":
      return `kidoban accept${given}`;
    case "start": {
      const [agent = "NAME"] = config?.kind === "readable" ? config.agents : [];
      return `kidoban stdio --config ${word(path ?? "FILE")} --agent ${agent}`;
    }
  }
}

function text(overview: Overview, step: Step, command: string, context: Context): string {
  const words = context.language === "ja" ? ja : en;
  const { labels } = words;
  const { state } = overview;
  const rows: (readonly [string, string])[] = [[labels.config, configText(overview, words)]];
  if (state === undefined) rows.push([labels.state, words.noState(visibleLine(context.stateDir))]);
  else {
    const stops = context.language === "ja" ? stopJa : stopEn;
    rows.push([labels.gates, gatesText(state.gates, words)], [labels.requests, requestsText(state.pending, context)]);
    for (const { agent, pid, reason } of state.sealed)
      rows.push([labels.sealed, words.sealed(words.gate(agent && visibleLine(agent), pid), visibleLine(reason))]);
    if (state.stops.length === 0) rows.push([labels.stops, words.noStops]);
    for (const { id, agent, reason } of state.stops) {
      const whom = agent === undefined ? stops.everybody : stops.agent(visibleLine(agent));
      rows.push([labels.stops, words.stop(id, whom.trim(), visibleLine(reason))]);
    }
  }
  return [
    words.title(VERSION),
    ...labelled(rows),
    "",
    `${words.next}: ${command}`,
    `  ${words.steps[step.kind]}`,
    "",
  ].join("\n");
}

function labelled(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([label]) => columnsOf(label)));
  return rows.map(([label, said]) => `  ${label}${" ".repeat(width - columnsOf(label))}  ${said}`);
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

function configText({ config, state }: Overview, words: Words): string {
  const path = config === undefined ? "" : visibleLine(config.path);
  const others = [...(state?.accepted.keys() ?? [])].filter((each) => each !== config?.path).length;
  const rest = others === 0 ? "" : (config === undefined ? words.known : words.others)(others);
  switch (config?.kind) {
    case undefined:
      return words.noConfig + rest;
    case "missing":
      return words.missing(path) + rest;
    case "broken":
      return words.broken(path, config.errors) + rest;
    case "readable": {
      const accepted = state?.accepted.get(config.path);
      if (accepted === undefined) return words.fresh(path) + rest;
      const said = accepted.digest === config.digest ? words.accepted : words.waiting;
      return said(path, visibleLine(accepted.by), day(accepted.acceptedAt)) + rest;
    }
  }
}

const gatesText = (gates: NonNullable<Overview["state"]>["gates"], words: Words): string =>
  gates.length === 0
    ? words.noGates
    : gates.map(({ agent, pid }) => words.gate(agent === undefined ? undefined : visibleLine(agent), pid)).join(", ");

function requestsText(pending: NonNullable<Overview["state"]>["pending"], { language, now }: Context): string {
  const [words, spans] = language === "ja" ? [ja, spansJa] : [en, spansEn];
  const [oldest] = pending;
  if (oldest === undefined) return words.noRequests;
  return words.requests(pending.length, oldest.code, visibleLine(oldest.agent), spans.age(now() - oldest.openedAt));
}

const statusJson = ({ config, state }: Overview, step: Step, command: string) => ({
  version: VERSION,
  config: config ?? null,
  state:
    state === undefined
      ? null
      : { ...state, accepted: [...state.accepted].map(([path, facts]) => ({ config: path, ...facts })) },
  next: { step: step.kind, command },
});
