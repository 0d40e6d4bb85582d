/** The READMEs against the program: both give the same commands, those exist, and what people copy can be read. */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse as parseToml } from "smol-toml";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import type { Context } from "../src/cli/context.ts";
import { run } from "../src/cli/program.ts";
import { readConfig } from "../src/config/config-file.ts";
import { readEnv } from "../src/config/env.ts";
import { readManifest } from "../src/config/manifest-file.ts";

const ROOT = resolve(import.meta.dirname, "..");
const FILES = ["README.md", "README.ja.md"] as const;
const textOf = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const LINE = 'aiko: { key: "ed25519:dU1tiHir-bhyFJSnBxofWGjJNWWir6mmycGcv04BH08", groups: [ops] }';

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocksOf = (markdown: string): readonly Block[] =>
  [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = "", text = ""]) => ({ language, text }));

/** Comments may be in either language; a `#` without white space around it is none. */
const withoutComments = (text: string): string => text.replaceAll(/(?:^|[ \t]+)#[ \t].*$/gm, "");

/** Words of a command line as a shell splits the plain ones that stand in a README. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => single ?? double ?? plain ?? "");

/** Everything after `kidoban` in command blocks, in code within sentences, and in the clients' entries. */
function invocationsIn(file: string): readonly (readonly string[])[] {
  const markdown = textOf(file);
  const blocks = blocksOf(markdown);
  const lines = blocks
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => withoutComments(text).split(/\n|&&|\|/));
  const prose = markdown.replaceAll(/^```[\s\S]*?^```$/gm, "");
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "");
  const written = [...lines, ...inline]
    .map((line) => line.trim())
    .filter((line) => /^kidoban\s+(?:[a-z]+\b|--)/.test(line))
    .map((line) => wordsOf(line).slice(1));
  const entries = blocks.flatMap(({ text }) =>
    [...text.matchAll(/\[[^\]]*kidoban\.js"[^\]]*\]/g)].map(([list]) => (JSON.parse(list) as string[]).slice(1)),
  );
  return [...written, ...entries];
}

/** What `--help` of a command prints; nothing in it depends on files. */
async function helpOf(path: readonly string[]): Promise<string> {
  let printed = "";
  const context: Context = {
    terminal: {
      out: (text) => void (printed += text),
      err: () => {},
      color: false,
      columns: 200,
      device: () => undefined,
    },
    env: readEnv({ HOME: "/nowhere" }),
    language: "en",
    configPath: undefined,
    stateDir: "/nowhere",
    json: false,
    now: () => 0,
  };
  await run(() => context, [...path, "--help"]);
  return printed;
}

const SUBCOMMANDS = new Set(["approver add", "log show", "log export", "log verify"]);

describe("the READMEs", () => {
  test("have the same code blocks, comments and screens aside", () => {
    const [en, ja] = FILES.map((file) =>
      blocksOf(textOf(file)).map(({ language, text }) =>
        language === "text" ? language : `${language}\n${withoutComments(text)}`,
      ),
    );
    expect(en?.length).toBeGreaterThan(20);
    expect(ja).toEqual(en);
  });

  test("have the same shape: headings, tables and lists", () => {
    const [en, ja] = FILES.map((file) =>
      textOf(file)
        .replaceAll(/^```[\s\S]*?^```$/gm, "")
        .split("\n")
        .flatMap((line) => /^(#+ |\||- |\d+\. )/.exec(line)?.[1] ?? []),
    );
    expect(ja).toEqual(en);
  });

  test.each(FILES)("%s names only commands and options that exist", async (file) => {
    const invocations = invocationsIn(file);
    expect(invocations.length).toBeGreaterThan(25);
    for (const words of invocations) {
      const line = `kidoban ${words.join(" ")}`;
      const depth = SUBCOMMANDS.has(words.slice(0, 2).join(" ")) ? 2 : words[0]?.startsWith("--") === true ? 0 : 1;
      const path = words.slice(0, depth);
      const help = await helpOf(path);
      const usage = /^Usage: (.*)$/m.exec(help)?.[1] ?? "";
      expect(usage, line).toMatch(new RegExp(`^${["kidoban", ...path].join(" ")}\\b`));
      for (const option of words.filter((word) => word.startsWith("--"))) {
        expect(help, line).toMatch(new RegExp(`^  (?:-\\w, )?${option}\\b`, "m"));
      }
    }
  });

  test.each(FILES)("%s gives clients' entries and configuration that can be read", (file) => {
    const blocks = blocksOf(textOf(file));
    const of = (language: string): readonly string[] =>
      blocks.filter((block) => block.language === language).map(({ text }) => text);
    expect(of("json").map((text) => JSON.parse(text) as unknown)).toHaveLength(2);
    expect(of("toml").map((text) => parseToml(text))).toHaveLength(1);
    expect(of("yaml").map((text) => parseYaml(text) as unknown).length).toBeGreaterThan(3);
    const config = of("yaml").find((text) => text.startsWith("# kidoban.yaml\n")) ?? "";
    expect(readConfig("kidoban.yaml", `${config}\napprovers:\n  ${LINE}\n`, "/gate").problems).toEqual([]);
    const manifest = of("yaml").find((text) => text.startsWith("# manifests/docs-writer.yaml\n")) ?? "";
    expect(readManifest("manifests/docs-writer.yaml", manifest, "docs-writer")).toMatchObject({ problems: [] });
    const more = of("yaml").find((text) => text.startsWith("servers:\n")) ?? "";
    expect(readConfig("kidoban.yaml", `kidoban: 1\n${more}\napprovers:\n  ${LINE}\n`, "/gate").problems).toEqual([]);
  });

  test.each([...FILES, "SECURITY.md"])("%s links to what is there", (file) => {
    const markdown = textOf(file);
    const targets = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
    const local = targets.filter((target) => !/^https?:/.test(target));
    expect(local.length).toBeGreaterThan(0);
    const headings = new Set(
      [...markdown.matchAll(/^#+ (.*)$/gm)].map((match) => `#${(match[1] ?? "").toLowerCase()}`),
    );
    const dangling = local.filter((target) =>
      target.startsWith("#") ? !headings.has(decodeURI(target)) : !existsSync(join(ROOT, target)),
    );
    expect(dangling).toEqual([]);
  });
});
