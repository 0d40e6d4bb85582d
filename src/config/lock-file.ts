/** kidoban.lock/<server>.yaml → Lock: reviewed definitions and their access. Whether they still hold is the gateway's to see. */

import * as z from "zod";
import { definitionName } from "../policy/definition.ts";
import type { Json } from "../policy/json.ts";
import { isObject } from "../policy/json.ts";
import type { Lock, LockedItem, LockedKind, Problem } from "../policy/manifest.ts";
import { checkPreviewKeys, checkPreviews, previewOf, previewSchema } from "./preview.ts";
import { hasErrors, problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { access } from "./rules.ts";
import { check, entries, found, member, say, strict, text, valid, version } from "./shape.ts";
import { parseYaml } from "./yaml.ts";
import type { Path } from "./yaml-place.ts";

const itemSchema = strict({
  access,
  read_when: text
    .optional()
    .meta({ description: "CEL over args; true makes a call of this write a read. Of a template, args.uri." }),
  destructive: z.boolean().optional().meta({ description: "True for a write unless written otherwise." }),
  reviewed: strict({ by: text, on: z.string().regex(/^\d{4}-\d\d-\d\d$/, say("bad-date")) }).optional(),
  preview: previewSchema.optional(),
  volatile: z
    .array(z.string().regex(/^(?:\/(?:[^~/]|~[01])*)+$/, say("bad-pointer")))
    .optional()
    .meta({ description: "JSON pointers (RFC 6901) into the definition that differ from start to start." }),
  definition: z.looseObject({}).meta({ description: "Whole, as the server gave it." }),
});
const itemsSchema = z.record(text, itemSchema).optional();

export const lockSchema = strict({
  kidoban: version,
  endpoint: text.meta({ description: "Command line or URL as it was when reviewed, secrets by name." }),
  tools: itemsSchema,
  resources: itemsSchema.meta({ description: "By URI; templates by URI template." }),
  prompts: itemsSchema,
}).meta({ title: "kidoban.lock/<server>.yaml" });

/** Sections of a lock; a template is a resource whose definition has a `uriTemplate`. */
export const SECTIONS = { tools: "tool", resources: "resource", prompts: "prompt" } as const satisfies Record<
  string,
  LockedKind
>;

export interface ReadLock {
  /** Undefined as soon as anything in the file is wrong. */
  readonly lock: Lock | undefined;
  readonly problems: readonly Problem[];
}

/** `file` is the name to tell in problems. Literal secrets are not looked for: definitions are the server's words. */
export function readLock(file: string, contents: string, server: string): ReadLock {
  const yaml = parseYaml(file, contents);
  const problems: Problem[] = [...yaml.problems];
  if (yaml.value === undefined) return { lock: undefined, problems };
  problems.push(...check(yaml, lockSchema));
  const reading: Reading = { yaml, problems, references: [] };
  const items = Object.entries(SECTIONS).flatMap(([section, kind]) =>
    entries(member(yaml.value, section)).flatMap(
      ([name, raw]) => readItem(reading, server, [section, name], kind, name, raw) ?? [],
    ),
  );
  checkPreviews(reading, items);
  const endpoint = valid(text, member(yaml.value, "endpoint"));
  if (endpoint === undefined || hasErrors(problems)) return { lock: undefined, problems };
  return { lock: { server, endpoint, items, place: yaml.place(["endpoint"]) }, problems };
}

function readItem(
  reading: Reading,
  server: string,
  path: Path,
  kind: LockedKind,
  name: string,
  raw: Json,
): LockedItem | undefined {
  const { yaml, problems } = reading;
  const item = valid(itemSchema, raw);
  // The value as parsed, not zod's copy of it: what is compared and digested must be what stands there.
  const definition = member(raw, "definition");
  if (item === undefined || !isObject(definition)) return undefined;
  const tell = (code: "read-when-needs-write" | "destructive-read" | "preview-needs-write", key: string) =>
    problems.push(problem(code, {}, yaml.place([...path, key], "key")));
  const writes = item.access === "write";
  const destructive = writes && item.destructive !== false;
  if (item.read_when !== undefined && !writes) tell("read-when-needs-write", "read_when");
  if (item.read_when !== undefined && destructive)
    problems.push(problem("destructive-never-reads", { name, server }, yaml.place([...path, "read_when"], "key")));
  if (item.destructive === true && !writes) tell("destructive-read", "destructive");
  if (item.preview !== undefined && !writes) tell("preview-needs-write", "preview");
  checkPreviewKeys(reading, path, raw);
  const named = definitionName(kind, definition) ?? "";
  if (named !== name)
    problems.push(
      problem("definition-name", { key: name, found: found(named) }, yaml.place([...path, "definition"], "key")),
    );
  const preview = item.preview && previewOf(item.preview);
  return {
    kind,
    name,
    access: item.access,
    ...(item.read_when === undefined
      ? {}
      : { readWhen: { source: item.read_when, place: yaml.place([...path, "read_when"], "text") } }),
    destructive,
    ...(item.reviewed === undefined ? {} : { reviewed: item.reviewed }),
    ...(preview === undefined ? {} : { preview }),
    volatile: item.volatile ?? [],
    definition,
    place: yaml.place(path, "key"),
  };
}
