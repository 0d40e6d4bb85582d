/** `preview:` of a locked item, in one of three forms, held against the definitions that it speaks of. */

import * as z from "zod";
import { argumentSchema } from "../policy/definition.ts";
import type { Json } from "../policy/json.ts";
import { isObject } from "../policy/json.ts";
import type { LockedItem, Preview } from "../policy/manifest.ts";
import { nearest } from "../policy/nearest.ts";
import { DIALECTS } from "../policy/sql/dialect.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { member, strict, text } from "./shape.ts";
import type { Path } from "./yaml-place.ts";

export const previewSchema = strict({
  read: text.optional().meta({ description: "A read tool of the same server that gives the state before." }),
  with: z
    .record(text, text)
    .optional()
    .meta({ description: "Of `read`, its arguments: name → CEL over the write's args." }),
  becomes: text.optional().meta({ description: "Of `read`: CEL that gives the text afterwards." }),
  dry_run: text.optional().meta({
    description:
      "Instead of `read`: an argument with which the write, as you have reviewed, changes nothing. It is called so before asking.",
  }),
  value: z
    .union([z.boolean(), text])
    .optional()
    .meta({ description: "Of `dry_run`, the argument's value; true unless written otherwise." }),
  sql: text.optional().meta({ description: "Instead of `read`: the argument that holds SQL, to be parsed." }),
  dialect: z.enum(DIALECTS).optional().meta({ description: "Of `sql`." }),
});
type Written = z.infer<typeof previewSchema>;

/** Which keys go together; the first says which form it is. */
const FORMS = { read: ["with", "becomes"], dry_run: [], sql: ["dialect"] } as const;
const OPTIONAL = { read: [], dry_run: ["value"], sql: [] } as const;

/** Undefined where it is not one whole form, which `checkPreviews` tells. */
export function previewOf({
  read,
  becomes,
  dry_run,
  value = true,
  sql,
  dialect,
  ...more
}: Written): Preview | undefined {
  if (read !== undefined && more.with !== undefined && becomes !== undefined)
    return { kind: "change", read, with: more.with, becomes };
  if (dry_run !== undefined) return { kind: "dry-run", argument: dry_run, value };
  return sql !== undefined && dialect !== undefined ? { kind: "sql", argument: sql, dialect } : undefined;
}

/** `raw` is the item as written, at `path`. */
export function checkPreviewKeys({ yaml, problems }: Reading, path: Path, raw: Json): void {
  const written = member(raw, "preview");
  if (!isObject(written)) return;
  const forms = (Object.keys(FORMS) as (keyof typeof FORMS)[]).filter((form) => written[form] !== undefined);
  const [form] = forms;
  if (form === undefined || forms.length > 1)
    return void problems.push(problem("preview-kind", {}, yaml.place([...path, "preview"], "key")));
  for (const key of FORMS[form])
    if (written[key] === undefined) problems.push(problem("missing-key", { key }, yaml.place([...path, "preview"])));
  for (const [needs, keys] of [...Object.entries(FORMS), ...Object.entries(OPTIONAL)])
    for (const key of keys)
      if (needs !== form && written[key] !== undefined)
        problems.push(problem("key-of-other-preview", { key, needs }, yaml.place([...path, "preview", key], "key")));
}

/** A preview's read runs without asking, so it must be one, and a plain one; arguments must be there. */
export function checkPreviews({ yaml, problems }: Reading, items: readonly LockedItem[]): void {
  const reads = items.filter((item) => item.kind === "tool" && item.access === "read").map(({ name }) => name);
  for (const item of items) {
    const { preview, kind, name } = item;
    if (preview === undefined) continue;
    const section = kind === "tool" ? "tools" : kind === "resource" ? "resources" : "prompts";
    const at = (key: string) => yaml.place([section, name, "preview", key]);
    switch (preview.kind) {
      case "change":
        if (reads.includes(preview.read)) break;
        problems.push(
          problem(
            "preview-not-read",
            { name: preview.read, suggestion: nearest(preview.read, reads) ?? "" },
            at("read"),
          ),
        );
        break;
      case "dry-run": {
        const known = argumentsOf(item);
        const schema = known.get(preview.argument);
        if (schema === undefined) problems.push(unknownArgument(preview.argument, known, at("dry_run")));
        else if (!takes(schema, preview.value))
          problems.push(
            problem(
              "preview-dry-run-value",
              { argument: preview.argument, value: String(preview.value) },
              at("dry_run"),
            ),
          );
        break;
      }
      case "sql": {
        const known = argumentsOf(item);
        if (!known.has(preview.argument)) problems.push(unknownArgument(preview.argument, known, at("sql")));
        break;
      }
    }
  }
}

function argumentsOf(item: LockedItem): ReadonlyMap<string, Json> {
  const schema = argumentSchema(item);
  const properties = isObject(schema) ? schema["properties"] : undefined;
  return new Map(
    isObject(properties)
      ? Object.entries(properties).flatMap(([name, one]) => (one === undefined ? [] : [[name, one]]))
      : [],
  );
}

const unknownArgument = (name: string, known: ReadonlyMap<string, Json>, place: LockedItem["place"]) =>
  problem("preview-no-argument", { name, suggestion: nearest(name, known.keys()) ?? "" }, place);

/** A switch, or one word of a closed list: what else an argument could be, nobody can have reviewed. */
function takes(schema: Json, value: boolean | string): boolean {
  if (!isObject(schema)) return false;
  const { type, enum: words } = schema;
  return typeof value === "boolean" ? type === "boolean" : Array.isArray(words) && words.includes(value);
}
