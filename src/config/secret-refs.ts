/** `secrets:` of kidoban.yaml: where each secret comes from. Values are read elsewhere. */

import * as z from "zod";
import type { Json } from "../policy/json.ts";
import { duration, durationMs } from "./duration.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { say, strict, text, valid } from "./shape.ts";

export type SecretRef =
  /** Relative to the folder of kidoban.yaml. */
  | { readonly kind: "file"; readonly path: string; readonly maxAgeMs?: number }
  | { readonly kind: "env"; readonly name: string }
  /** Run without a shell; its standard output is the secret. */
  | {
      readonly kind: "command";
      readonly argv: readonly [string, ...string[]];
      /** After this time it is run again. */
      readonly maxAgeMs?: number;
    };

const envName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, say("bad-env-name"));

export const secretSchema = strict({
  file: text.optional().meta({ description: "A file of mode 0600, relative to this one." }),
  env: envName.optional().meta({ description: "An environment variable of Kidoban itself." }),
  command: z.array(z.string()).min(1, say("empty-list")).optional().meta({ description: "Run without a shell." }),
  max_age: duration("1m", "3650d", "`kidoban check` reports an older file; a command is run again").optional(),
}).meta({ oneOf: [{ required: ["file"] }, { required: ["env"] }, { required: ["command"] }] });

export function readSecret({ yaml, problems }: Reading, name: string, raw: Json): SecretRef | undefined {
  const secret = valid(secretSchema, raw);
  if (secret === undefined) return undefined;
  const { file, env, command } = secret;
  if ([file, env, command].filter((source) => source !== undefined).length !== 1) {
    problems.push(problem("secret-source", {}, yaml.place(["secrets", name], "key")));
    return undefined;
  }
  if (secret.max_age !== undefined && env !== undefined)
    problems.push(problem("max-age-needs-file", {}, yaml.place(["secrets", name, "max_age"], "key")));
  const age = secret.max_age === undefined ? {} : { maxAgeMs: durationMs(secret.max_age) };
  if (env !== undefined) return { kind: "env", name: env };
  if (file !== undefined) return { kind: "file", path: file, ...age };
  const [program, ...args] = command ?? [];
  return program === undefined ? undefined : { kind: "command", argv: [program, ...args], ...age };
}
