/** A pass as lines for a terminal: everything that is signed, what others wrote made visible. Pure. */

import type { Bound, Pass, PassBody } from "../approval/pass.ts";
import { visibleJson, visibleLine } from "../approval/visible.ts";
import { behind, columnsOf } from "../approval/wrap.ts";
import type { JsonObject } from "../policy/json.ts";
import { written } from "../policy/pattern.ts";
import type { en } from "../words/pass.ts";

export type PassWords = typeof en;

/** ISO 8601 where the reader is not asked for a zone. */
export const instant = (at: number): string => new Date(at).toISOString().replace(".000Z", "Z");

/** As far as can be told without the rules: whether enough have signed is for the gate to say. */
export function stateOf({ body, uses, revokedAt }: Pass, now: number): keyof PassWords["states"] {
  if (revokedAt !== undefined) return "revoked";
  if (uses >= body.count) return "used-up";
  if (now > body.until) return "over";
  return now < body.from ? "not-yet" : "open";
}

export const callOf = (body: PassBody): string => visibleLine(written(body));

function boundText(bound: Bound, words: PassWords): string {
  if ("is" in bound) return words.is(visibleJson(bound.is));
  if ("glob" in bound) return words.glob(visibleLine(bound.glob));
  return words.range(bound.min, bound.max);
}

/** `known`: the arguments themselves, where whoever shows it has them; the pass holds their digest alone. */
function argumentLines({ arguments: wanted }: PassBody, words: PassWords, known: JsonObject | undefined): string[] {
  if (wanted.kind === "within")
    return [
      words.bounds,
      ...Object.entries(wanted.bounds).map(([name, bound]) => `${visibleLine(name)}: ${boundText(bound, words)}`),
    ];
  return known === undefined ? [words.exact(wanted.digest)] : [words.exactly, ...visibleJson(known).split("\n")];
}

/** Lines end with `\n`. */
export function passText(
  pass: Pass,
  words: PassWords,
  { now, width, args }: { readonly now: number; readonly width: number; readonly args?: JsonObject | undefined },
): string {
  const { body, signatures, uses, revokedAt, revokedBy } = pass;
  const { labels } = words;
  const names = signatures.map(({ approver, assurance }) => `${visibleLine(approver)} (${assurance})`);
  const revoked = revokedAt === undefined ? [] : [words.revokedBy(visibleLine(revokedBy ?? ""), instant(revokedAt))];
  const facts: readonly (readonly [string, readonly string[]])[] = [
    [labels.pass, [body.pass]],
    [labels.agent, [visibleLine(body.agent)]],
    [labels.call, [callOf(body)]],
    [labels.endpoint, [visibleLine(body.endpoint)]],
    [labels.arguments, argumentLines(body, words, args)],
    [labels.time, [words.time(instant(body.from), instant(body.until))]],
    [labels.count, [words.used(uses, body.count)]],
    [labels.reason, [visibleLine(body.reason)]],
    [labels.config, [visibleLine(body.config)]],
    [labels.signers, names.length === 0 ? [words.nobody] : names],
    [labels.state, [words.states[stateOf(pass, now)], ...revoked]],
  ];
  const column = Math.max(...facts.map(([label]) => columnsOf(label))) + 2;
  const blank = " ".repeat(column);
  return facts
    .flatMap(([label, lines]) =>
      lines.flatMap((line, index) =>
        behind(line, index === 0 ? label + " ".repeat(column - columnsOf(label)) : blank, blank, width),
      ),
    )
    .map((line) => `${line}\n`)
    .join("");
}
