/**
 * What people read against the program: both languages give the same commands, those exist, what people copy can be read,
 * and what is listed as complete is.
 */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse as parseToml } from "smol-toml";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import type { Context } from "../src/cli/context.ts";
import { run } from "../src/cli/program.ts";
import { readConfig } from "../src/config/config-file.ts";
import { readEnv } from "../src/config/env.ts";
import { readLock } from "../src/config/lock-file.ts";
import { readManifest } from "../src/config/manifest-file.ts";
import { ASKED_EXCEPTIONS, EXCEPTIONS, LISTED_EXCEPTIONS } from "./lossless/exceptions.ts";

const ROOT = resolve(import.meta.dirname, "..");
/** Each in English and in Japanese. */
const PAGES = [
  ["README.md", "README.ja.md"],
  ["docs/serving.md", "docs/serving.ja.md"],
  ["docs/transparency.md", "docs/transparency.ja.md"],
  ["docs/separate-user.md", "docs/separate-user.ja.md"],
  ["docs/approvals.md", "docs/approvals.ja.md"],
  ["docs/notifications.md", "docs/notifications.ja.md"],
  ["docs/audit.md", "docs/audit.ja.md"],
  ["docs/backup.md", "docs/backup.ja.md"],
  ["docs/log.md", "docs/log.ja.md"],
] as const;
const FILES = ["README.md", "README.ja.md"] as const;
/** Whose commands and snippets are checked. */
const GUIDES = [
  ...FILES,
  "docs/serving.md",
  "docs/serving.ja.md",
  "docs/separate-user.md",
  "docs/separate-user.ja.md",
  "docs/approvals.md",
  "docs/approvals.ja.md",
  "docs/audit.md",
  "docs/audit.ja.md",
  "docs/log.md",
  "docs/log.ja.md",
] as const;
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
    .map((line) => line.trim().replace(/^sudo -u kidoban -H (?=kidoban )/, ""))
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

const SUBCOMMANDS = new Set([
  "approver add",
  "log show",
  "log export",
  "log verify",
  "log witness",
  "log stamp",
  "log prove",
  "log check",
  "log find-secret",
  "log tidy",
  "log replay",
  "report sign",
  "report check",
  "evidence check",
  "pass list",
  "pass show",
  "pass new",
  "pass sign",
  "pass revoke",
  "token issue",
  "token rotate",
  "token revoke",
  "token list",
  "notify test",
]);

/** Commands that a help text lists, one a line. */
const commandsIn = (help: string): readonly string[] =>
  [...(help.split("Commands:\n")[1] ?? "").matchAll(/^ {2}([\w-]+)/gm)].map(([, name]) => name ?? "");

const yamlIn = (file: string, first: string): readonly string[] =>
  blocksOf(textOf(file))
    .filter(({ language, text }) => language === "yaml" && text.startsWith(`${first}\n`))
    .map(({ text }) => text);

/** With whatever else a file must have. */
const completed = (fragment: string, rest: Readonly<Record<string, string>>): string =>
  Object.entries(rest).reduce(
    (text, [key, value]) => (new RegExp(`^${key}:`, "m").test(text) ? text : `${text}\n${key}: ${value}\n`),
    fragment,
  );

/** Of its headings, as GitHub makes them: lower case, no punctuation, a hyphen for each space. */
const anchorsOf = (file: string): ReadonlySet<string> =>
  new Set(
    [...textOf(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );

describe("the pages for people", () => {
  test.each(PAGES)("%s and its twin have the same code blocks, comments and screens aside", (...files) => {
    const [en, ja] = files.map((file) =>
      blocksOf(textOf(file)).map(({ language, text }) =>
        language === "text" ? language : `${language}\n${withoutComments(text)}`,
      ),
    );
    expect(ja).toEqual(en);
  });

  test.each(PAGES)("%s and its twin have the same shape: headings, tables and lists", (...files) => {
    const [en, ja] = files.map((file) =>
      textOf(file)
        .replaceAll(/^```[\s\S]*?^```$/gm, "")
        .split("\n")
        .flatMap((line) => /^(#+ |\||- |\d+\. )/.exec(line)?.[1] ?? []),
    );
    expect(en?.length).toBeGreaterThan(20);
    expect(ja).toEqual(en);
  });

  test.each(GUIDES)("%s names only commands and options that exist", async (file) => {
    const invocations = invocationsIn(file);
    expect(invocations.length).toBeGreaterThan(5);
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

  test.each(FILES)("%s has every command in its table", async (file) => {
    const rows = textOf(file)
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => line.split("|")[1] ?? "");
    const named = new Set(rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name)));
    const commands = commandsIn(await helpOf([])).filter((name) => name !== "help");
    expect(commands.length).toBeGreaterThan(15);
    for (const name of commands) {
      const inner = commandsIn(await helpOf([name])).filter((sub) => sub !== "help");
      const wanted = inner.length === 0 ? [name] : inner.map((sub) => `${name} ${sub}`);
      expect([...named]).toEqual(expect.arrayContaining(wanted));
    }
  });

  test.each(GUIDES)("%s gives parts of configuration that can be read", (file) => {
    const configs = yamlIn(file, "# in kidoban.yaml");
    expect(configs.length).toBeGreaterThan(0);
    for (const fragment of configs) {
      const text = completed(fragment, { kidoban: "1", servers: "{ files: { command: x } }" });
      expect(readConfig("kidoban.yaml", text, "/gate").problems, fragment).toEqual([]);
    }
    const manifests = yamlIn(file, "# in manifests/docs-writer.yaml");
    expect(manifests.length).toBe(file.startsWith("README") ? 2 : 0);
    for (const fragment of manifests) {
      const text = completed(fragment, { kidoban: "1", agent: "docs-writer" });
      expect(readManifest("manifests/docs-writer.yaml", text, "docs-writer").problems, fragment).toEqual([]);
    }
  });

  test.each(["docs/approvals.md", "docs/approvals.ja.md"])("%s gives previews that a lock can have", (file) => {
    const previews = blocksOf(textOf(file)).filter(({ text }) => text.startsWith("preview: "));
    expect(previews).toHaveLength(3);
    for (const { text } of previews) {
      const lock = `kidoban: 1
endpoint: x
tools:
  read_text_file: { access: read, definition: { name: read_text_file, inputSchema: { type: object } } }
  it:
    access: write
    ${text.trim()}
    definition:
      name: it
      inputSchema: { type: object, properties: { path: {}, content: {}, query: {}, dryRun: { type: boolean } } }
`;
      expect(readLock("kidoban.lock/files.yaml", lock, "files").problems, text).toEqual([]);
    }
  });

  test.each(["docs/transparency.md", "docs/transparency.ja.md"])("P10: %s lists every exception", (file) => {
    const ids = [...EXCEPTIONS, ...ASKED_EXCEPTIONS, ...LISTED_EXCEPTIONS].map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(10);
    const cells = textOf(file)
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .map((line) => line.split(/(?<!\\)\|/)[1] ?? "");
    const named = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    expect(named).toEqual(expect.arrayContaining(ids));
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

  test.each([...PAGES.flat(), "SECURITY.md"])("%s links to what is there", (file) => {
    const markdown = textOf(file);
    const targets = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
    const local = targets.filter((target) => !/^https?:/.test(target));
    expect(local.length).toBeGreaterThan(0);
    const isThere = (target: string): boolean => {
      const [path = "", anchor] = target.split("#");
      const page = path === "" ? file : join(dirname(file), path);
      return existsSync(resolve(ROOT, page)) && (anchor === undefined || anchorsOf(page).has(decodeURI(anchor)));
    };
    expect(local.filter((target) => !isThere(target))).toEqual([]);
  });
});
