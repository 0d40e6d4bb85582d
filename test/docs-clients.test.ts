/** docs/clients.md against the program: entries that `init` would write, versions that `npm run clients` drives, commands that exist. */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parse as parseToml } from "smol-toml";
import { describe, expect, test } from "vitest";
import type { Context } from "../src/cli/context.ts";
import { run } from "../src/cli/program.ts";
import type { ClientFile } from "../src/clients/client-file.ts";
import { CLIENTS } from "../src/clients/clients.ts";
import { readEnv } from "../src/config/env.ts";
import { isObject } from "../src/policy/json.ts";
import type { JsonObject } from "../src/policy/json.ts";

const ROOT = resolve(import.meta.dirname, "..");
const FILES = ["docs/clients.md", "docs/clients.ja.md"] as const;
const textOf = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const URL_OF_SERVE = "http://127.0.0.1:7310/mcp";

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocksOf = (markdown: string): readonly Block[] =>
  [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = "", text = ""]) => ({ language, text }));

/** What stands under `### title`, as values: the entry over stdio, then the other one. */
function entriesUnder(file: string, title: string): readonly JsonObject[] {
  const section =
    textOf(file)
      .split(/^##+ /m)
      .find((text) => text.startsWith(`${title}\n`)) ?? "";
  return blocksOf(section).map(({ language, text }) => {
    const value: unknown = language === "toml" ? parseToml(text) : JSON.parse(text);
    if (!isObject(value)) throw new Error(`no object under ${title}`);
    return value;
  });
}

/** A client of scripts/clients, as far as the page speaks of it. */
interface Driven {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly protocol: string;
  withHttp(settings: string, url: string): string;
}

const DRIVEN: readonly Driven[] = await Promise.all(
  ["claude-code", "codex", "gemini-cli", "opencode"].map(async (name) => {
    const url = pathToFileURL(join(ROOT, "scripts/clients", `${name}.mjs`)).href;
    const [client] = Object.values((await import(url)) as Record<string, Driven>);
    if (client === undefined) throw new Error(`nothing in ${name}`);
    return client;
  }),
);

/** A file of each client with one server, whose entry `init` changes. */
const BARE: Readonly<Record<ClientFile["client"], string>> = {
  "claude-code": `{"mcpServers":{"kidoban":{"command":"x"}}}`,
  "claude-desktop": `{"mcpServers":{"kidoban":{"command":"x"}}}`,
  cursor: `{"mcpServers":{"kidoban":{"command":"x"}}}`,
  vscode: `{"servers":{"kidoban":{"type":"stdio","command":"x"}}}`,
  codex: `[mcp_servers.kidoban]\ncommand = "x"\n`,
  // Trust is the person's to give; what is there stays.
  "gemini-cli": `{"mcpServers":{"kidoban":{"command":"x","trust":true}}}`,
  opencode: `{"mcp":{"kidoban":{"type":"local","command":["x"]}}}`,
};
const ARGS = ["/path/to/kidoban.js", "stdio", "--config", "/path/to/kidoban.yaml", "--agent", "docs-writer"];

const parse = (client: string, text: string): unknown =>
  client === "codex" ? parseToml(text) : (JSON.parse(text) as unknown);

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

describe("the page on clients", () => {
  test("has the same snippets in both languages", () => {
    const [en, ja] = FILES.map((file) => blocksOf(textOf(file)));
    expect(en?.length).toBeGreaterThan(18);
    expect(ja).toEqual(en);
  });

  test("has the same shape in both languages: headings, tables, lists and where each fact comes from", () => {
    const [en, ja] = FILES.map((file) => {
      const prose = textOf(file).replaceAll(/^```[\s\S]*?^```$/gm, "");
      const lines = prose.split("\n").flatMap((line) => /^(#+ |\||- )/.exec(line)?.[1] ?? []);
      const sources = [...prose.matchAll(/[(（]([mhru])[)）、,]/g)].map((match) => match[1]);
      return { lines, sources };
    });
    expect(en?.sources.length).toBeGreaterThan(40);
    expect(ja).toEqual(en);
  });

  test.each(CLIENTS.map((client) => [client.title, client] as const))(
    "registers %s over stdio as init does",
    (title, client) => {
      const becomes = { name: "kidoban", command: "/usr/bin/node", args: ARGS, env: {} };
      const bare = BARE[client.client];
      const found = client.read(bare, { file: "/x", scope: "user", variables: {} });
      const path = found.kind === "servers" ? (found.servers[0]?.path ?? []) : [];
      const written = client.replace(bare, [{ path, becomes }]);
      for (const file of FILES) expect(entriesUnder(file, title)[0]).toEqual(parse(client.client, written));
    },
  );

  test.each(DRIVEN.map((client) => [client.title, client] as const))(
    "registers %s over HTTP as npm run clients does",
    (title, client) => {
      const none = client.id === "codex" ? "" : "{}";
      const written = parse(client.id, client.withHttp(none, URL_OF_SERVE));
      for (const file of FILES) expect(entriesUnder(file, title)[1]).toEqual(written);
    },
  );

  test.each(["VS Code", "Cursor"])("gives %s a URL and a token that stands in no file", (title) => {
    for (const file of FILES) {
      const [stdio, http = {}] = entriesUnder(file, title);
      expect(Object.keys(http)).toEqual(expect.arrayContaining(Object.keys(stdio ?? {})));
      const servers = http["servers"] ?? http["mcpServers"];
      expect(servers).toMatchObject({
        kidoban: { url: URL_OF_SERVE, headers: { Authorization: expect.stringMatching(/^Bearer \$\{\w+:[\w-]+\}$/) } },
      });
    }
  });

  test.each(FILES)("%s names the versions and protocols that are driven, and every client that init knows", (file) => {
    const rows = textOf(file)
      .split("\n")
      .filter((line) => line.startsWith("| "));
    for (const { title, version, protocol } of DRIVEN) {
      const row = rows.find((line) => line.startsWith(`| ${title} ${version} `));
      expect(row, title).toContain(`| ${protocol} (m)`);
    }
    for (const { title } of CLIENTS) expect(rows.filter((line) => line.startsWith(`| ${title} `))).toHaveLength(2);
  });

  test.each(FILES)("%s names only commands and options that exist", async (file) => {
    const blocks = blocksOf(textOf(file));
    const typed = blocks.filter(({ language }) => language === "sh").flatMap(({ text }) => text.trim().split("\n"));
    const started = blocks.flatMap(({ text }) =>
      [...text.matchAll(/"\/path\/to\/kidoban\.js",([^\]]*)\]/g)].map(([, rest = ""]) =>
        ["kidoban", ...(JSON.parse(`[${rest}]`) as string[])].join(" "),
      ),
    );
    const lines = [...typed, ...started];
    expect(lines.length).toBeGreaterThan(8);
    for (const line of new Set(lines)) {
      const [program, ...words] = line.split(" ");
      expect(program).toBe("kidoban");
      const help = await helpOf(words.slice(0, words[0] === "token" ? 2 : 1));
      for (const option of words.filter((word) => word.startsWith("--"))) {
        expect(help, line).toMatch(new RegExp(`^  (?:-\\w, )?${option}\\b`, "m"));
      }
    }
    expect(await helpOf(["serve"])).toContain(URL_OF_SERVE.slice("http://".length, -"/mcp".length));
  });

  test.each(FILES)("%s links to what is there", (file) => {
    const targets = [...textOf(file).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
    expect(targets.length).toBeGreaterThan(0);
    expect(targets.filter((target) => !existsSync(join(ROOT, "docs", target)))).toEqual([]);
  });
});
