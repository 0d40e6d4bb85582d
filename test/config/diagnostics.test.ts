import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderProblems } from "../../src/config/diagnostics.ts";
import { parseFiles } from "../../src/config/load.ts";
import { nearest } from "../../src/config/nearest.ts";
import { en, ja } from "../../src/words/config-problems.ts";
import { parseTxtar } from "./txtar.ts";

const folder = join(import.meta.dirname, "bad");

describe("every mistake is told at its place", () => {
  test.each(readdirSync(folder))("%s", (name) => {
    const path = join(folder, name);
    const files = parseTxtar(readFileSync(path, "utf8"));
    const wanted = files.get("problems");
    files.delete("problems");
    const { problems, sources } = parseFiles(files, "/project");
    const rendered = renderProblems(problems, sources, "en");
    if (process.env["UPDATE_BAD"]) writeFileSync(path, readFileSync(path, "utf8").split("-- problems --\n")[0] + `-- problems --\n${rendered}`);
    else expect(rendered).toBe(wanted);
  });
});
