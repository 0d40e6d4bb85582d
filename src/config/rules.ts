/** Rules and terms of approval, which `kidoban.yaml` and manifests write alike. */

import * as z from "zod";
import type { Json } from "../policy/json.ts";
import { isObject } from "../policy/json.ts";
import type { ApprovalTerms, Example, Pattern, Rule } from "../policy/manifest.ts";
import { duration, durationMs } from "./duration.ts";
import { isLiteral, isProblem, parsePattern } from "../policy/pattern.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { id, items, member, say, strict, text, valid } from "./shape.ts";
import type { Path } from "./yaml-place.ts";

const effect = z.enum(["allow", "ask", "deny"]);
export const access = z.enum(["read", "write"]);
const assurance = z
  .enum(["client", "operator", "verified"])
  .meta({ description: "How well an answer proves a human." });

/** `approval:` of a rule, and `approvals:` of kidoban.yaml, the floor under every ask. */
export const termsSchema = strict({
  from: z.array(id).optional().meta({ description: "Groups whose members may answer; empty means any approver." }),
  need: z
    .int()
    .min(1, say("out-of-range"))
    .max(20, say("out-of-range"))
    .optional()
    .meta({ description: "Distinct approvers needed." }),
  assurance: assurance.optional(),
  stages: z
    .array(
      strict({ from: z.array(id), need: z.int().min(1, say("out-of-range")).max(20, say("out-of-range")).optional() }),
    )
    .min(1, say("empty-list"))
    .max(10, say("out-of-range"))
    .optional()
    .meta({ description: "Ordered: each stage is asked once the one before is met. In place of from and need." }),
  distinct: z
    .array(z.enum(["owner"]))
    .optional()
    .meta({ description: "Who may not approve: the agent's owner." }),
  ticket: text
    .max(100, say("out-of-range"))
    .optional()
    .meta({ description: "Approvers must name a ticket that fits this, * and ? as wildcards." }),
  escalate: z
    .array(strict({ after: duration("10s", "7d", "After the opening"), to: z.array(id).min(1, say("empty-list")) }))
    .optional()
    .meta({
      description: "Who else may answer after a while. The end of it all is `expires`: nobody's silence approves.",
    }),
  allow_edit: z
    .array(text)
    .optional()
    .meta({ description: "Names of arguments that an approver may change before approving." }),
  break_glass: z
    .array(id)
    .optional()
    .meta({ description: "Groups of which one member alone may approve in an emergency, loudly." }),
  expires: duration("10s", "7d", "How long the question stays open").optional(),
  redeem: duration("1s", "1d", "How long an approval may wait to be used").optional(),
});

const exampleSchema = strict({
  call: text.meta({ description: "kind:server/name; of a resource any URI that a lock's resource or template has." }),
  args: z.record(z.string(), z.unknown()).optional(),
  effect,
});
export const ruleSchema = strict({
  id,
  effect,
  match: z.array(text).min(1, say("empty-list")).meta({
    description:
      "kind:server/name; kinds are tool (when left out), resource, prompt and completion; * and ? stay inside a segment. A resource's name is its URI or URI template; URIs in a deny or ask hold for templates too.",
  }),
  access: access.optional().meta({ description: "Selects only calls of this access." }),
  when: text.optional().meta({ description: "CEL over args (of a resource args.uri), agent, server, name." }),
  reason: text.optional().meta({ description: "Told to the agent." }),
  approval: termsSchema.optional(),
  examples: z.array(exampleSchema).optional().meta({ description: "Cases that must come out so; checked at load." }),
});

/** The rules at `path`, as far as they are right; what is wrong with a rule's shape has been told by `check`. */
export function readRules(reading: Reading, path: Path, written: Json | undefined): Rule[] {
  const rules: Rule[] = [];
  for (const [index, raw] of items(written).entries()) {
    const rule = readRule(reading, [...path, index], raw);
    if (rule === undefined) continue;
    const twin = rules.find((other) => other.id === rule.id);
    if (twin !== undefined)
      reading.problems.push(problem("duplicate-rule", { id: rule.id, line: String(twin.place.line) }, rule.place));
    // The floor is an obligation of every ask under this name.
    if (rule.id === "approvals") reading.problems.push(problem("reserved-rule", { id: rule.id }, rule.place));
    rules.push(rule);
  }
  return rules;
}

function readRule(reading: Reading, path: Path, raw: Json): Rule | undefined {
  const { yaml, problems } = reading;
  const rule = valid(ruleSchema, raw);
  if (rule === undefined) return undefined;
  if (rule.approval !== undefined && rule.effect !== "ask")
    problems.push(problem("approval-without-ask", {}, yaml.place([...path, "approval"], "key")));
  return {
    id: rule.id,
    effect: rule.effect,
    match: readPatterns(reading, [...path, "match"], rule.match),
    ...(rule.access === undefined ? {} : { access: rule.access }),
    ...(rule.when === undefined ? {} : { when: { source: rule.when, place: yaml.place([...path, "when"], "text") } }),
    ...(rule.reason === undefined ? {} : { reason: rule.reason }),
    ...(rule.approval === undefined ? {} : { approval: readTerms(reading, [...path, "approval"], rule.approval) }),
    examples: items(member(raw, "examples")).map((example, index) =>
      readExample(reading, [...path, "examples", index], example),
    ),
    place: yaml.place(path),
  };
}

function readPatterns({ yaml, problems, references }: Reading, path: Path, written: readonly string[]): Pattern[] {
  return written.flatMap((each, index) => {
    const place = yaml.place([...path, index]);
    const pattern = parsePattern(each, place);
    if (isProblem(pattern)) {
      problems.push(pattern);
      return [];
    }
    if (isLiteral(pattern.server)) references.push({ to: "server", name: pattern.server, place });
    return pattern;
  });
}

function readExample({ yaml }: Reading, path: Path, raw: Json): Example {
  const { call, effect: wanted } = exampleSchema.parse(raw);
  const args = member(raw, "args");
  return { call, args: isObject(args) ? args : {}, effect: wanted, place: yaml.place(path) };
}

/** Terms as written; what they leave out comes from the floor. */
export function readTerms(
  { yaml, problems, references }: Reading,
  path: Path,
  raw: z.infer<typeof termsSchema>,
): ApprovalTerms {
  const groups = (names: readonly string[] | undefined, ...at: Path): void =>
    names?.forEach((name, index) => references.push({ to: "group", name, place: yaml.place([...path, ...at, index]) }));
  groups(raw.from, "from");
  raw.stages?.forEach(({ from }, index) => groups(from, "stages", index, "from"));
  raw.escalate?.forEach(({ to }, index) => groups(to, "escalate", index, "to"));
  groups(raw.break_glass, "break_glass");
  if (raw.stages !== undefined && (raw.from !== undefined || raw.need !== undefined))
    problems.push(problem("stages-and-from", {}, yaml.place([...path, "stages"], "key")));
  const [first, ...later] = (raw.stages ?? []).map(({ from, need = 1 }) => ({ from, need }));
  if (raw.assurance === "client")
    references.push({ to: "client-assurance", name: raw.assurance, place: yaml.place([...path, "assurance"]) });
  return {
    ...(raw.from === undefined ? {} : { from: raw.from }),
    ...(raw.need === undefined ? {} : { need: raw.need }),
    ...(raw.assurance === undefined ? {} : { assurance: raw.assurance }),
    ...(raw.expires === undefined ? {} : { expiresMs: durationMs(raw.expires) }),
    ...(raw.redeem === undefined ? {} : { redeemMs: durationMs(raw.redeem) }),
    ...(first === undefined ? {} : { ...first, later }),
    ...(raw.distinct === undefined ? {} : { distinct: raw.distinct }),
    ...(raw.ticket === undefined ? {} : { ticket: raw.ticket }),
    ...(raw.escalate === undefined
      ? {}
      : { escalate: raw.escalate.map(({ after, to }) => ({ afterMs: durationMs(after), to })) }),
    ...(raw.allow_edit === undefined ? {} : { edit: raw.allow_edit }),
    ...(raw.break_glass === undefined ? {} : { breakGlass: raw.break_glass }),
  };
}
