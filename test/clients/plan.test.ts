import { describe, expect, it } from "vitest";
import { claudeCode } from "../../src/clients/claude-code.ts";
import type { ClientFile, Location } from "../../src/clients/client-file.ts";
import { codex } from "../../src/clients/codex.ts";
import { cursor } from "../../src/clients/cursor.ts";
import { planWrap } from "../../src/clients/plan.ts";
import type { FoundFile, Wishes } from "../../src/clients/plan.ts";
import { serverId } from "../../src/clients/server-id.ts";
import { CLAUDE_CODE, CODEX, inProject, user } from "./samples.ts";

const wishes: Wishes = {
  mode: "each",
  leave: () => undefined,
  node: "/n/node",
  program: "/k/kidoban.js",
  config: "/gate/kidoban.yaml",
  env: {},
  searchPath: ["/home/aiko/.local/bin", "/usr/bin"],
  exists: (path) =>
    ["/home/aiko/.local/bin/uvx", "/usr/bin", "/usr/bin/npx", "/usr/bin/node", "/p/srv/main.py", "/p/bin/run"].includes(
      path,
    ),
};
const found = (client: ClientFile, text: string, at: Location = user): FoundFile => {
  const answer = client.read(text, at);
  if (answer.kind !== "servers") throw new Error(JSON.stringify(answer));
  return { client, at, servers: answer.servers };
};
const cursorWith = (servers: object, at: Location = user): FoundFile =>
  found(cursor, JSON.stringify({ mcpServers: servers }), at);
const limited = (more: string): FoundFile =>
  found(
    codex,
    `[mcp_servers.files]\ncommand = "/usr/bin/node"\n${more}\n[mcp_servers.free]\nurl = "https://f.example.com"\n`,
  );
const args = (file: FoundFile): unknown => {
  const [server] = planWrap([file], wishes).servers;
  return server?.reached.kind === "command" ? [server.reached.command, ...server.reached.args] : undefined;
};

describe("the plan of wrapping", () => {
  const files = [found(claudeCode, CLAUDE_CODE), found(codex, CODEX)];

  it("gives equal servers one id and different ones of one name different ids", () => {
    const plan = planWrap(
      [
        ...files,
        cursorWith({
          GitHub: {
            command: "npx",
            args: ["-y", "@modelcontextprotocol/server-github@2025.4.8"],
            env: { GITHUB_PERSONAL_ACCESS_TOKEN: "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8" },
          },
        }),
      ],
      wishes,
    );
    expect(plan.servers.map(({ id, title }) => [id, title])).toEqual([
      ["github", "github"],
      ["tracker", "tracker"],
      ["github-2", "github"],
      ["server", "ファイル"],
      ["github-3", "github"],
      ["my-notes", "my notes"],
    ]);
    expect(Object.fromEntries(plan.agents)).toEqual({
      "claude-code": ["github", "tracker", "github-2", "server"],
      codex: ["github-3", "my-notes"],
      cursor: ["github"],
    });
  });

  it("moves literal tokens out, keeps the scheme of a header, and puts no token anywhere else", () => {
    const plan = planWrap(files, wishes);
    expect(plan.secrets).toEqual([
      {
        name: "GITHUB_PERSONAL_ACCESS_TOKEN",
        file: "secrets/github-personal-access-token",
        value: "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8",
      },
      { name: "TRACKER_AUTHORIZATION", file: "secrets/tracker-authorization", value: "trk_live_9f8e7d6c5b4a" },
      { name: "GITHUB_TOKEN", file: "secrets/github-token", value: "ghp_Z9y8X7w6V5u4T3s2R1q0P9o8N7m6L5k4J3i2" },
      { name: "X_API_KEY", file: "secrets/x-api-key", value: "nk-0a1b2c3d4e5f" },
    ]);
    expect(plan.servers.find(({ id }) => id === "tracker")?.reached).toEqual({
      kind: "url",
      url: "https://mcp.example.com/mcp",
      headers: { Authorization: "Bearer ${secret:TRACKER_AUTHORIZATION}", "X-Team": "docs" },
    });
    const { secrets, ...rest } = plan;
    const text = JSON.stringify(rest, (_, value: unknown) => (value instanceof Map ? [...value] : value));
    for (const { value } of secrets) expect(text).not.toContain(value);
  });

  it("wraps each server in place with absolute paths under its own name", () => {
    const plan = planWrap(files, wishes);
    expect(plan.edits[0]?.changes[3]).toEqual({
      path: ["projects", "/home/aiko/日本語 プロジェクト", "mcpServers", "ファイル"],
      becomes: {
        name: "ファイル",
        command: "/n/node",
        args: [
          "/k/kidoban.js",
          "stdio",
          "--config",
          "/gate/kidoban.yaml",
          "--agent",
          "claude-code",
          "--server",
          "server",
        ],
        env: {},
      },
    });
  });

  it("with one gate for all, gives each agent what passes all of its filters of a server", () => {
    const two = [
      limited(`enabled_tools = ["read", "list", "write"]`),
      limited(`enabled_tools = ["list", "read"]\ndisabled_tools = ["list"]`),
      limited(`disabled_tools = ["write"]`),
    ];
    const plan = planWrap(two, { ...wishes, mode: "all" });
    expect([...plan.filters].map(([agent, own]) => [agent, [...own]])).toEqual([
      ["codex", [["files", { allow: ["read", "list"], deny: ["list", "write"] }]]],
    ]);
    expect(plan.edits.every(({ changes }) => changes[0]?.becomes?.joint === true)).toBe(true);
    const each = planWrap(two, wishes);
    expect([each.filters.size, each.edits[0]?.changes[0]?.becomes?.joint]).toEqual([0, undefined]);
  });

  it("registers one gate in every place that had servers", () => {
    const plan = planWrap(files, { ...wishes, mode: "all" });
    expect(plan.edits[0]?.changes.map(({ path, becomes }) => [path.at(-1), becomes?.name])).toEqual([
      ["github", "kidoban"],
      ["tracker", undefined],
      ["github", "kidoban"],
      ["ファイル", undefined],
    ]);
    expect(plan.edits[0]?.changes[0]?.becomes?.args).not.toContain("--server");
  });

  it("is idempotent: what is wrapped stays as it is", () => {
    for (const mode of ["each", "all"] as const) {
      for (const [file, text] of [
        [files[0], CLAUDE_CODE],
        [files[1], CODEX],
      ] as const) {
        const edit = planWrap(file === undefined ? [] : [file], { ...wishes, mode }).edits[0];
        if (edit === undefined) throw new Error("nothing planned");
        const again = planWrap([found(edit.client, edit.client.replace(text, edit.changes))], { ...wishes, mode });
        expect(again.edits).toEqual([]);
        expect(again.wrapped).toBeGreaterThan(0);
      }
    }
  });

  it("adds no second gate beside one that stands there", () => {
    const gate = { command: "/n/node", args: ["/k/kidoban.js", "stdio", "--config", "/c", "--agent", "cursor"] };
    const plan = planWrap([cursorWith({ kidoban: gate, late: { command: "npx", args: ["x"] } })], {
      ...wishes,
      mode: "all",
    });
    expect(plan.edits[0]?.changes).toEqual([{ path: ["mcpServers", "late"], becomes: undefined }]);
  });

  it("leaves what was asked to be left, and secrets in arguments and URLs, and tells no secret", () => {
    const plan = planWrap(
      [
        cursorWith({
          a: { command: "npx", args: ["--token", "abcdef123456"] },
          b: { url: "https://x.example/?key=abcdef123456" },
          c: { command: "npx", args: [] },
        }),
      ],
      { ...wishes, leave: ({ name }) => (name === "c" ? "skipped" : undefined) },
    );
    expect(plan.left.map(({ name, why }) => [name, why])).toEqual([
      ["a", "secret-in-args"],
      ["b", "secret-in-url"],
      ["c", "skipped"],
    ]);
    expect(JSON.stringify(plan.left)).not.toContain("abcdef123456");
    expect(plan.edits).toEqual([]);
  });
});

describe("a server that depended on its surroundings", () => {
  it.each([
    [
      ["node", "./a.js", "--root=../b", "."],
      ["node", "/p/a.js", "--root=/b", "/p"],
    ],
    [["./bin/run"], ["/p/bin/run"]],
    [
      ["uvx", "--from", "srv/main.py", "tool"],
      ["uvx", "--from", "srv/main.py", "tool"],
    ],
    [
      ["node", "srv/main.py", "-x", "other"],
      ["node", "/p/srv/main.py", "-x", "other"],
    ],
    [
      ["npx", "-y", "@scope/pkg", "/abs"],
      ["npx", "-y", "@scope/pkg", "/abs"],
    ],
  ])("%j in a project starts as %j", ([command, ...rest], wanted) => {
    expect(args(cursorWith({ a: { command, args: rest } }, inProject("/p")))).toEqual(wanted);
  });

  it("is left where the folder cannot be known", () => {
    const plan = planWrap([cursorWith({ a: { command: "npx", args: ["x", "."] }, b: { command: "./run" } })], wishes);
    expect(plan.left.map(({ why, value }) => [why, value])).toEqual([
      ["folder", "."],
      ["folder", "./run"],
    ]);
  });

  it("gets a PATH with which its program is found, and is left where it is found nowhere", () => {
    const plan = planWrap(
      [cursorWith({ a: { command: "uvx", args: ["x"] }, b: { command: "nowhere" }, c: { command: "/not/there" } })],
      wishes,
    );
    expect(plan.servers[0]?.reached).toMatchObject({ env: { PATH: "/home/aiko/.local/bin:/n:/usr/bin" } });
    expect(plan.left).toMatchObject([
      { name: "b", why: "no-command", value: "nowhere" },
      { name: "c", why: "no-command", value: "/not/there" },
    ]);
  });

  it("keeps a PATH of its own", () => {
    const plan = planWrap([cursorWith({ a: { command: "x", env: { PATH: "/own" } } })], wishes);
    expect(plan.servers[0]?.reached).toMatchObject({ env: { PATH: "/own" } });
  });
});

describe("ids", () => {
  it.each([
    ["My Files!", "my-files"],
    ["context7", "context7"],
    ["@upstash/context7-mcp", "upstash-context7-mcp"],
    ["chromeDevTools", "chrome-dev-tools"],
    ["Café", "cafe"],
    ["1password", "password"],
    ["ファイル", "server"],
    ["", "server"],
    ["kidoban", "kidoban-2"],
    ["a".repeat(100), "a".repeat(40)],
    ["../../etc", "etc"],
    ["__proto__", "proto"],
  ])("%j becomes %s", (name, id) => expect(serverId(name, new Set())).toBe(id));

  it("are never given twice", () => {
    const taken = new Set<string>();
    for (let count = 0; count < 5; count++) taken.add(serverId("a b", taken));
    expect([...taken]).toEqual(["a-b", "a-b-2", "a-b-3", "a-b-4", "a-b-5"]);
  });
});
