/**
 * Finds literal secrets anywhere in a parsed file (P9), keys and values, however deep and whatever else is wrong there:
 * by their look, and in a server's `env` and `headers` by their name.
 */

import type { Json } from "../policy/json.ts";
import { isObject } from "../policy/json.ts";
import type { Problem } from "../policy/manifest.ts";
import { problem } from "./problem.ts";
import { namesSecret, secretIn } from "./secret-patterns.ts";
import { secretsIn } from "./template.ts";
import type { YamlFile } from "./yaml.ts";
import type { Path } from "./yaml-place.ts";

export function literalSecrets(yaml: YamlFile): Problem[] {
  const problems: Problem[] = [];
  const look = (value: Json, path: Path): void => {
    if (typeof value === "string") {
      const what = secretIn(value) ?? nameOfSecret(path, value);
      if (what !== undefined) problems.push(problem("literal-secret", { what }, yaml.place(path)));
    } else if (Array.isArray(value)) value.forEach((item: Json, index) => look(item, [...path, index]));
    else if (isObject(value)) {
      for (const [key, inner] of Object.entries(value)) {
        const what = secretIn(key);
        if (what !== undefined) problems.push(problem("literal-secret", { what }, yaml.place([...path, key], "key")));
        look(inner, [...path, key]);
      }
    }
  };
  if (yaml.value !== undefined) look(yaml.value, []);
  return problems;
}

function nameOfSecret([section, , ...rest]: Path, value: string): string | undefined {
  // An agent's own stand in `credentials: { AGENT: … }`.
  const [part, name] = rest[0] === "credentials" ? rest.slice(2) : rest;
  if (section !== "servers" || (part !== "env" && part !== "headers") || typeof name !== "string") return undefined;
  return secretsIn(value).length === 0 && namesSecret(name, value) ? name : undefined;
}
