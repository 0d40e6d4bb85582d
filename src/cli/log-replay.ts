/**
 * `kidoban log replay AGENT`: the drive recorder played back. What the agent saw, said, asked, was answered and did, in
 * order, from entries and the bodies that were kept; where one was not, it says so.
 */

import { existsSync } from "node:fs";
import pc from "picocolors";
import { visibleJson, visibleLine, visibleText } from "../approval/visible.ts";
import { behind } from "../approval/wrap.ts";
import type { BodyRef, EntryBody } from "../audit/entry.ts";
import { findBodiesKey } from "../config/bodies-key.ts";
import type { Found, Position } from "../log/found.ts";
import { readBodies, refsOf, type Body } from "../log/related.ts";
import { localTime, rowOf } from "../log/told.ts";
import type { Json } from "../policy/json.ts";
import { en, ja } from "../words/replay.ts";
import { EXIT, type ExitCode } from "./context.ts";
import { misused, unreachable, type LogOptions, type LogPlace } from "./log-place.ts";
import { catchUp, filterOf, withIndex } from "./log-query.ts";

type Verb = keyof (typeof en)["verbs"];
type Words = typeof en;

/** More is not replayed, but queried. */
const MOST_STEPS = 20_000;
const PAGE = 2_000;

interface Step {
  readonly verb: Verb;
  readonly found: Found;
  /** What stands behind the verb, made visible. */
  readonly text: string;
  /** The agent's stated reason. */
  readonly reason?: string;
  readonly bodies: readonly { readonly name: "args" | "result"; readonly ref: BodyRef; readonly body: Body }[];
}

export async function replay(place: LogPlace, options: LogOptions): Promise<ExitCode> {
  const { context, words: log, dir } = place;
  const words = context.language === "ja" ? ja : en;
  const filter = filterOf(place, options);
  if (typeof filter === "string") return misused(place, filter);
  if (!existsSync(dir)) return unreachable(place, log.noLog(dir));
  const found = await withIndex(place, options, (kept) =>
    kept.use(async (index) => {
      await catchUp(place, index);
      const all: Found[] = [];
      for (let before: Position | undefined; all.length <= MOST_STEPS;) {
        const page = await index.page(filter, PAGE, before);
        all.push(...page.entries);
        before = page.older;
        if (before === undefined) break;
      }
      return all.slice(0, MOST_STEPS).toReversed();
    }),
  );
  const bodies = await bodiesOf(dir, found, await findBodiesKey(context.stateDir));
  const steps = found.map((one) => stepOf(place, one, bodies, words));
  if (context.json) printJson(place, steps);
  else printText(place, options.agent ?? "", steps, words);
  return EXIT.ok;
}

type Bodies = ReadonlyMap<string, ReadonlyMap<string, Body>>;

async function bodiesOf(dir: string, found: readonly Found[], key: Buffer | undefined): Promise<Bodies> {
  const wanted = new Map<string, Set<string>>();
  for (const { stream, entry } of found)
    for (const { ref } of refsOf(entry.body)) wanted.set(stream, (wanted.get(stream) ?? new Set()).add(ref.digest));
  const bodies = new Map<string, ReadonlyMap<string, Body>>();
  for (const [stream, digests] of wanted) bodies.set(stream, await readBodies(dir, stream, digests, key));
  return bodies;
}

function verbOf(body: EntryBody): Verb {
  switch (body.kind) {
    case "list.served":
    case "call.outcome":
    case "call.replayed":
    case "message.relayed":
    case "question.asked":
    case "task.read":
      return "saw";
    case "call.intent":
    case "resource.watched":
      return "did";
    case "request.opened":
    case "request.joined":
    case "task.opened":
      return "asked";
    case "request.answered":
    case "request.edited":
    case "request.closed":
      return "answered";
    case "question.answered":
    case "client.connected":
      return "said";
    case "call.denied":
    case "message.refused":
      return "refused";
    default:
      return "note";
  }
}

function textOf({ words: log }: LogPlace, found: Found, words: Words): string {
  const { body } = found.entry;
  switch (body.kind) {
    case "list.served":
      return words.list(visibleLine(body.method), body.count);
    case "message.relayed":
      return words.relayed(visibleLine(body.server), visibleLine(body.method));
    case "question.asked":
      return words.question(visibleLine(body.server), visibleLine(body.method));
    case "question.answered":
      return words.questionAnswer(body.says);
    case "call.outcome":
      return words.result(log.outcomes[body.status]);
    default: {
      const { what, event, detail } = rowOf(found, log);
      return [what, event, detail].filter((part) => part !== "").join(" · ");
    }
  }
}

function stepOf(place: LogPlace, found: Found, bodies: Bodies, words: Words): Step {
  const { body } = found.entry;
  const reason =
    "claimed" in body && body.claimed !== undefined && "reason" in body.claimed ? body.claimed.reason : undefined;
  return {
    verb: verbOf(body),
    found,
    text: textOf(place, found, words),
    ...(reason === undefined ? {} : { reason }),
    bodies: refsOf(body).map(({ name, ref }) => ({
      name,
      ref,
      body: bodies.get(found.stream)?.get(ref.digest) ?? { kind: "not-kept" },
    })),
  };
}

/** One line for each step: verb, entry as signed, bodies. */
function printJson({ context }: LogPlace, steps: readonly Step[]): void {
  for (const { verb, found, reason, bodies } of steps) {
    const more = {
      ...(reason === undefined ? {} : { reason }),
      bodies: bodies.map(({ name, ref, body }) => ({ name, ...ref, ...body })),
    };
    context.terminal.out(
      `{"verb":"${verb}","stream":${JSON.stringify(found.stream)},"entry":${found.line},${JSON.stringify(more).slice(1)}\n`,
    );
  }
}

function printText(place: LogPlace, agent: string, steps: readonly Step[], words: Words): void {
  const { context } = place;
  const { terminal } = context;
  const { bold, dim, red, green } = pc.createColors(terminal.color);
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) {
    terminal.err(`${words.none}\n`);
    return;
  }
  const time = ({ found }: Step): string => localTime(Date.parse(found.entry.time));
  terminal.out(`${bold(words.title(visibleLine(agent), time(first), time(last)))}\n${dim(words.untrusted)}\n`);
  if (steps.some(({ found }) => found.entry.body.kind === "list.served")) terminal.out(`${dim(words.listNotKept)}\n`);
  if (steps.length === MOST_STEPS) terminal.out(`${words.most(MOST_STEPS)}\n`);
  for (const step of steps) {
    const verb = words.verbs[step.verb];
    const paint = step.verb === "refused" ? red : step.verb === "did" ? green : bold;
    terminal.out(`\n${dim(time(step))}  ${paint(verb)}  ${step.text}\n`);
    if (step.reason !== undefined) {
      terminal.out(`  ${words.verbs.said}\n`);
      quoted(place, visibleText(step.reason));
    }
    for (const { name, ref, body } of step.bodies) {
      terminal.out(dim(`  ${place.words.body[name]}\n`));
      quoted(place, bodyText(place, body, ref));
    }
  }
}

function bodyText({ words: log }: LogPlace, body: Body, { bytes }: BodyRef): string {
  switch (body.kind) {
    case "kept":
      return pretty(body.text);
    case "altered":
      return log.bodyAltered;
    case "not-kept":
      return log.bodyNotKept(bytes);
    case "locked":
      return log.bodyLocked(bytes);
  }
}

/** Behind a margin on each line, so that no text can pose as a step. */
function quoted({ context: { terminal } }: LogPlace, text: string): void {
  for (const line of behind(text, "    │ ", "    ┆ ", Math.max(terminal.columns - 1, 20))) terminal.out(`${line}\n`);
}

/** JSON with its lines, anything else as it is; both made visible. */
function pretty(text: string): string {
  try {
    return visibleJson(JSON.parse(text) as Json);
  } catch {
    return visibleText(text);
  }
}
