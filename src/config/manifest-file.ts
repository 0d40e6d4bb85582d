/** manifests/<agent>.yaml → Manifest. Conditions are kept as text; judging them is policy's work. */

import * as z from "zod";
import type { Json } from "../policy/json.ts";
import { DEFAULT_IN_FLIGHT } from "../policy/limits.ts";
import type { Grant, Manifest, Problem } from "../policy/manifest.ts";
import { duration, durationMs } from "./duration.ts";
import { literalSecrets } from "./literal-secrets.ts";
import { hasErrors, problem } from "./problem.ts";
import type { Reading, Reference } from "./references.ts";
import { readRules, ruleSchema } from "./rules.ts";
import { check, entries, id, member, say, strict, text, valid, version } from "./shape.ts";
import { parseYaml } from "./yaml.ts";

const names = (what: string) =>
  z
    .array(text)
    .optional()
    .meta({ description: `${what}, * and ? as wildcards; left out: all that the lock knows.` });

const grantSchema = strict({
  access: z
    .enum(["read-only", "read-write"])
    .meta({ description: "read-only is a ceiling; read-write: reads pass, writes ask." }),
  tools: names("Names of tools"),
  resources: names("URIs of resources and URI templates, as the lock has them"),
  prompts: names("Names of prompts"),
  roots: z
    .array(text.regex(/^[^\0\r\n]*$/, say("control-character")))
    .optional()
    .meta({ description: "Folders told to a server that asks for roots, relative to the folder of kidoban.yaml." }),
});

export const manifestSchema = strict({
  kidoban: version,
  agent: id,
  owner: id.optional().meta({ description: "Who answers for this agent." }),
  servers: z.record(id, grantSchema),
  wait: duration(
    "0s",
    "1h",
    "How long a held call may block its client; left out: by what the client bears",
  ).optional(),
  in_flight: z
    .int()
    .min(1, say("out-of-range"))
    .max(1000, say("out-of-range"))
    .optional()
    .meta({ description: "Calls that the agent may have in flight at once, held ones included; 128 when left out." }),
  rules: z.array(ruleSchema).optional(),
}).meta({ title: "manifests/<agent>.yaml" });

export interface ReadManifest {
  /** Undefined as soon as anything in the file is wrong. */
  readonly manifest: Manifest | undefined;
  /** For kidoban.yaml to settle. */
  readonly references: readonly Reference[];
  readonly problems: readonly Problem[];
}

/** `file` is the name to tell in problems; `named` is the agent that the file's own name speaks of. */
export function readManifest(file: string, contents: string, named: string): ReadManifest {
  const yaml = parseYaml(file, contents);
  const problems: Problem[] = [...yaml.problems];
  const references: Reference[] = [];
  const reading: Reading = { yaml, problems, references };
  if (yaml.value === undefined) return { manifest: undefined, references, problems };
  problems.push(...check(yaml, manifestSchema), ...literalSecrets(yaml));
  const part = (key: string): Json | undefined => member(yaml.value, key);

  const agent = valid(id, part("agent"));
  if (agent !== undefined && agent !== named)
    problems.push(problem("agent-file-name", { agent }, yaml.place(["agent"])));
  const owner = valid(id, part("owner"));
  const grants = readGrants(reading, part("servers"));
  const rules = readRules(reading, ["rules"], part("rules"));
  const wait = valid(text, part("wait"));
  if (agent === undefined || hasErrors(problems)) return { manifest: undefined, references, problems };
  const manifest: Manifest = {
    agent,
    ...(owner === undefined ? {} : { owner }),
    grants,
    rules,
    ...(wait === undefined ? {} : { holdMs: durationMs(wait) }),
    inFlight: valid(z.int(), part("in_flight")) ?? DEFAULT_IN_FLIGHT,
    place: yaml.place(["agent"], "key"),
  };
  return { manifest, references, problems };
}

function readGrants({ yaml, references }: Reading, written: Json | undefined): Grant[] {
  return entries(written).flatMap(([server, raw]) => {
    const place = yaml.place(["servers", server], "key");
    references.push({ to: "server", name: server, place });
    const grant = valid(grantSchema, raw);
    if (grant === undefined) return [];
    return {
      server,
      access: grant.access,
      ...(grant.tools === undefined ? {} : { tools: grant.tools }),
      ...(grant.resources === undefined ? {} : { resources: grant.resources }),
      ...(grant.prompts === undefined ? {} : { prompts: grant.prompts }),
      ...(grant.roots === undefined ? {} : { roots: grant.roots }),
      place,
    };
  });
}
