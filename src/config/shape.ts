/** Checks JSON against a zod schema and tells every mistake at its place. The messages of schemas are codes of ours. */

import * as z from "zod";
import type { Json } from "../policy/json.ts";
import { isObject } from "../policy/json.ts";
import type { Problem } from "../policy/manifest.ts";
import { nearest } from "../policy/nearest.ts";
import { problem } from "./problem.ts";
import type { YamlFile } from "./yaml.ts";
import type { Path } from "./yaml-place.ts";

/** An object without other keys. Its message carries the keys that it knows, so that a mistyped one can be corrected. */
export const strict = <S extends z.core.$ZodLooseShape>(shape: S) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? Object.keys(shape).join(" ") : undefined),
  });

/** Codes that a schema may give as its message; all of them speak of the value that was found. */
const CODES = {
  "bad-address": true,
  "bad-host": true,
  "bad-id": true,
  "bad-origin": true,
  "bad-duration": true,
  "bad-date": true,
  "bad-approver-key": true,
  "bad-body-path": true,
  "bad-passkey": true,
  "bad-subject": true,
  "bad-env-name": true,
  "bad-header-name": true,
  "bad-mail-address": true,
  "bad-pointer": true,
  "bad-scope": true,
  "bad-secret-name": true,
  "bad-user": true,
  "control-character": true,
  "empty-list": true,
  "empty-text": true,
  "out-of-range": true,
  "wrong-version": true,
} as const;
type SchemaCode = keyof typeof CODES;
/** Types the messages of schemas. */
export const say = (code: SchemaCode): { error: SchemaCode } => ({ error: code });
const isSchemaCode = (text: string): text is SchemaCode => Object.hasOwn(CODES, text);

/** Ids of servers, agents, approvers, groups and rules. No underscore: exposed names are `<server>_<tool>`. */
export const id = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, say("bad-id"));
export const text = z.string().min(1, say("empty-text"));
export const version = z.literal(1, say("wrong-version"));

/** Of each kind; nobody reads more, and a file made of mistakes must not take minutes to complain about. */
const MOST = 100;

/** Every mistake that `schema` finds in the value at `path`. */
export function check(yaml: YamlFile, schema: z.ZodType): Problem[] {
  const result = schema.safeParse(yaml.value);
  if (result.success) return [];
  // What YAML itself refused was left out of the value; that it is missing now is no second mistake.
  const told = ({ place }: Problem): boolean =>
    yaml.problems.some((other) => other.place.line === place.line && other.place.column === place.column);
  const problems = result.error.issues
    .slice(0, MOST)
    .flatMap((issue) => toProblems(issue, yaml))
    .filter((each) => !told(each));
  return [...new Map(problems.map((each) => [JSON.stringify(each), each])).values()];
}

/** The value when it fits, for parts whose mistakes `check` has already told. */
export function valid<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
  const result = schema.safeParse(value);
  return result.success ? result.data : undefined;
}

/** Members of a mapping; none when it is something else. */
export const entries = (value: Json | undefined): [string, Json][] => (isObject(value) ? Object.entries(value) : []);
export const items = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
export const member = (value: Json | undefined, key: string): Json | undefined =>
  isObject(value) ? value[key] : undefined;

function toProblems(issue: z.core.$ZodIssue, yaml: YamlFile): Problem[] {
  const path = issue.path.filter((step) => typeof step !== "symbol");
  const value = at(yaml.value, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.slice(0, MOST).map((key) => {
        const known = issue.message.split(" ");
        const values = { key, suggestion: nearest(key, known) ?? "", known: known.join(", ") };
        return problem("unknown-key", values, yaml.place([...path, key], "key"));
      });
    case "invalid_key":
      return issue.issues.map(({ message }) => {
        const found = String(path.at(-1));
        return problem(isSchemaCode(message) ? message : "bad-id", { found }, yaml.place(path, "key"));
      });
    default:
      break;
  }
  if (value === undefined) return [problem("missing-key", { key: String(path.at(-1) ?? "") }, yaml.place(path))];
  const place = yaml.place(path);
  const [code, least, most] = issue.message.split(" ");
  if (code === "duration-range" && least !== undefined && most !== undefined)
    return [problem(code, { found: found(value), least, most }, place)];
  if (isSchemaCode(issue.message)) return [problem(issue.message, { found: found(value) }, place)];
  if (issue.code === "invalid_type")
    return [problem("wrong-type", { expected: nameOf(issue.expected), found: typeOf(value) }, place)];
  if (issue.code === "invalid_value") {
    const allowed = issue.values.map(String);
    const suggestion = typeof value === "string" ? (nearest(value, allowed) ?? "") : "";
    return [problem("wrong-value", { found: found(value), allowed: allowed.join(", "), suggestion }, place)];
  }
  return [problem("out-of-range", { found: found(value) }, place)];
}

function at(value: Json | undefined, path: Path): Json | undefined {
  let here = value;
  for (const step of path) {
    if (Array.isArray(here) && typeof step === "number") here = here[step];
    else if (isObject(here)) here = Object.hasOwn(here, step) ? here[step] : undefined;
    else return undefined;
  }
  return here;
}

const typeOf = (value: Json): string => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);
const nameOf = (expected: string): string => (expected === "record" ? "object" : expected);
/** What was found, short enough for a sentence. */
export function found(value: Json): string {
  const written = typeof value === "string" ? value : JSON.stringify(value);
  return written.length > 60 ? `${written.slice(0, 59)}…` : written;
}
