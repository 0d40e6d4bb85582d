import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { jsonSchemas } from "../../src/config/schemas.ts";
import { parseYaml } from "../../src/config/yaml.ts";

const root = join(import.meta.dirname, "..", "..");
const validate = (name: string, yaml: string): boolean =>
  new Ajv2020({ strict: false }).validate(
    JSON.parse(jsonSchemas()[name] ?? "{}") as object,
    parseYaml("f", yaml).value,
  );

describe("schemas for editors", () => {
  test.each(Object.entries(jsonSchemas()))(
    "schema/%s is what checks the files; `npm run schemas` writes it",
    (name, text) => {
      expect(readFileSync(join(root, "schema", name), "utf8")).toBe(text);
    },
  );

  test("an editor accepts what Kidoban accepts and marks what it refuses", () => {
    const good =
      'kidoban: 1\nservers: { a: { command: x, env: { K: "${secret:S}" } }, b: { url: "https://x.example" } }\nsecrets: { S: { file: s } }\n';
    expect(validate("config.schema.json", good)).toBe(true);
    expect(validate("config.schema.json", good.replace("command", "comand"))).toBe(false);
    expect(validate("config.schema.json", good.replace("url:", "command: y, url:"))).toBe(false);
    expect(validate("config.schema.json", good.replace("a:", "kido_ban:"))).toBe(false);
    expect(validate("manifest.schema.json", "kidoban: 1\nagent: a\nservers: { s: { access: read-only } }\n")).toBe(
      true,
    );
    expect(validate("manifest.schema.json", "kidoban: 1\nagent: a\nservers: { s: { access: readonly } }\n")).toBe(
      false,
    );
    expect(
      validate(
        "lock.schema.json",
        "kidoban: 1\nendpoint: x\ntools: { t: { access: read, definition: { name: t, any: 1 } } }\n",
      ),
    ).toBe(true);
    expect(validate("lock.schema.json", "kidoban: 1\nendpoint: x\ntools: { t: { access: read } }\n")).toBe(false);
  });
});
