import { diffLines } from "diff";
import { parse as parseToml } from "smol-toml";
import { describe, expect, it } from "vitest";
import { claudeCode } from "../../src/clients/claude-code.ts";
import { claudeDesktop } from "../../src/clients/claude-desktop.ts";
import type { Change, ClientFile } from "../../src/clients/client-file.ts";
import { codex } from "../../src/clients/codex.ts";
import { cursor } from "../../src/clients/cursor.ts";
import { geminiCli } from "../../src/clients/gemini-cli.ts";
import { opencode } from "../../src/clients/opencode.ts";
import { vscode } from "../../src/clients/vscode.ts";
import { CLAUDE_CODE, CLAUDE_DESKTOP, CODEX, GEMINI_CLI, OPENCODE, user, VSCODE } from "./samples.ts";

const gate = (path: string[], name = path.at(-1) ?? ""): Change => ({
  path,
  becomes: { name, command: "/n/node", args: ["/k/kidoban.js", "stdio"], env: {} },
});
const joint = (path: string[]): Change => ({ path, becomes: { ...gate(path, "kidoban").becomes!, joint: true } });
const filters = (file: ClientFile, text: string) => {
  const answer = file.read(text, user);
  return answer.kind === "servers" ? answer.servers.map(({ entry, filter }) => [entry.kind, filter]) : answer;
};
const APPROVE = `default_tools_approval_mode = "approve"`;
const gone = (path: string[]): Change => ({ path, becomes: undefined });
/** Lines with - and +, without those that stay. */
const changed = (before: string, after: string): string =>
  diffLines(before, after)
    .filter(({ added, removed }) => added || removed)
    .flatMap(({ value, added }) =>
      value
        .split("\n")
        .slice(0, value.endsWith("\n") ? -1 : undefined)
        .map((l) => (added ? "+" : "-") + l),
    )
    .join("\n");

describe("changing JSON files", () => {
  it("changes the lines of the server and no other byte", () => {
    const after = claudeCode.replace(CLAUDE_CODE, [gate(["mcpServers", "github"])]);
    expect(changed(CLAUDE_CODE, after)).toMatchInlineSnapshot(`
      "-      "command": "npx",
      -      "args": ["-y", "@modelcontextprotocol/server-github@2025.4.8"],
      -      "env": {
      -        "GITHUB_PERSONAL_ACCESS_TOKEN": "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
      -      }
      +      "command": "/n/node",
      +      "args": ["/k/kidoban.js", "stdio"]"
    `);
    expect(after).toContain("12345678901234567890");
  });

  it("turns a URL into a command, its type with it", () => {
    const after = claudeCode.replace(CLAUDE_CODE, [gate(["mcpServers", "tracker"])]);
    expect(changed(CLAUDE_CODE, after)).toMatchInlineSnapshot(`
      "-      "type": "http",
      -      "url": "https://mcp.example.com/mcp",
      -      "headers": { "Authorization": "Bearer trk_live_9f8e7d6c5b4a", "X-Team": "docs" }
      +      "type": "stdio",
      +      "command": "/n/node",
      +      "args": ["/k/kidoban.js", "stdio"]"
    `);
  });

  it("keeps BOM, CRLF and tabs", () => {
    const after = claudeDesktop.replace(CLAUDE_DESKTOP, [
      gate(["mcpServers", "filesystem"]),
      gate(["mcpServers", "sqlite"]),
    ]);
    expect(after.startsWith("\uFEFF{\r\n\t")).toBe(true);
    expect(after.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(after.slice(1).replaceAll("\r\n", "\n")).toMatchInlineSnapshot(`
      "{
      	"globalShortcut": "Ctrl+Space",
      	"mcpServers": {
      		"filesystem": {
      			"command": "/n/node",
      			"args": ["/k/kidoban.js", "stdio"]
      		},
      		"sqlite": {
      			"command": "/n/node",
      			"args": ["/k/kidoban.js", "stdio"]
      		}
      	}
      }"
    `);
  });

  it("keeps comments, unknown settings and trailing commas", () => {
    const after = vscode.replace(VSCODE, [gate(["servers", "files"]), gate(["servers", "learn"])]);
    expect(changed(VSCODE, after)).toMatchInlineSnapshot(`
      "-      "command": "npx", // from npm
      -      "args": [
      -        "-y",
      -        "@modelcontextprotocol/server-filesystem@2026.8.31",
      -        "\${workspaceFolder}/docs", // nothing else
      -      ],
      +      "command": "/n/node",
      +      "args": ["/k/kidoban.js", "stdio"], // from npm
      -      "env": { "LOG_LEVEL": "warn" },
      -    "learn": { "type": "http", "url": "https://learn.example.com/api/mcp" }, // public
      +    "learn": { "type": "stdio", "command": "/n/node", "args": ["/k/kidoban.js", "stdio"] }, // public"
    `);
    for (const [comment] of VSCODE.matchAll(/\/\/ [a-z ]+|\/\*.*?\*\//gi)) {
      if (comment !== "// nothing else") expect(after).toContain(comment);
    }
  });

  it("changes what belongs to a project under a path with spaces and no ASCII", () => {
    const path = ["projects", "/home/aiko/日本語 プロジェクト", "mcpServers", "ファイル"];
    const after = claudeCode.replace(CLAUDE_CODE, [gate(path)]);
    expect(changed(CLAUDE_CODE, after).split("\n")).toHaveLength(2);
    expect(after).toContain(`"ファイル": { "command": "/n/node", "args": ["/k/kidoban.js", "stdio"] }\n`);
  });

  it("replaces the first by one gate and takes out the rest", () => {
    const after = vscode.replace(VSCODE, [
      gate(["servers", "perplexity"], "kidoban"),
      gone(["servers", "files"]),
      gone(["servers", "learn"]),
    ]);
    expect(changed(VSCODE, after)).toMatchInlineSnapshot(`
      "-    "perplexity": {
      +    "kidoban": {
      -      "command": "npx",
      -      "args": ["-y", "server-perplexity-ask"],
      -      "env": { "PERPLEXITY_API_KEY": "\${input:perplexity-key}" },
      +      "command": "/n/node",
      +      "args": ["/k/kidoban.js", "stdio"],
      -    "files": { // the workspace only
      -      "type": "stdio",
      -      "command": "npx", // from npm
      -      "args": [
      -        "-y",
      -        "@modelcontextprotocol/server-filesystem@2026.8.31",
      -        "\${workspaceFolder}/docs", // nothing else
      -      ],
      -      // not a secret
      -      "env": { "LOG_LEVEL": "warn" },
      -      "dev": { "watch": "src/**/*.ts" },
      -    },
      -    "learn": { "type": "http", "url": "https://learn.example.com/api/mcp" }, // public
      +     // public"
    `);
  });

  it("keeps whether Gemini CLI trusts a server, and its limit of time", () => {
    const after = geminiCli.replace(GEMINI_CLI, [gate(["mcpServers", "files"]), gate(["mcpServers", "search"])]);
    expect(changed(GEMINI_CLI, after)).toMatchInlineSnapshot(`
      "-      "command": "npx", // pinned
      -      "args": ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "/home/aiko/docs"],
      +      "command": "/n/node",
      +      "args": ["/k/kidoban.js", "stdio"], // pinned
      -    "search": { "httpUrl": "https://search.example.com/mcp", "headers": { "X-Team": "docs" } },
      +    "search": { "command": "/n/node", "args": ["/k/kidoban.js", "stdio"] },"
    `);
  });

  it("says it in opencode's words", () => {
    const becomes = {
      name: "files",
      command: "/n/node",
      args: ["/k/kidoban.js", "stdio"],
      env: { XDG_STATE_HOME: "/s" },
    };
    const after = opencode.replace(OPENCODE, [{ path: ["mcp", "files"], becomes }, gate(["mcp", "tracker"])]);
    expect(changed(OPENCODE, after)).toMatchInlineSnapshot(`
      "-      "command": ["npx", "-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "/home/aiko/docs"],
      -      "environment": { "LOG_LEVEL": "warn" },
      +      "command": ["/n/node", "/k/kidoban.js", "stdio"],
      +      "environment": { "XDG_STATE_HOME": "/s" },
      -    "tracker": { "type": "remote", "url": "https://mcp.example.com/mcp", "headers": { "X-Team": "docs" } },
      +    "tracker": { "type": "local", "command": ["/n/node", "/k/kidoban.js", "stdio"] },"
    `);
  });

  it.each([
    ["the first", ["a"], `{"mcpServers": {"b": {"command": "b"}, "c": {"command": "c"}}}`],
    ["the middle", ["b"], `{"mcpServers": {"a": {"command": "a"}, "c": {"command": "c"}}}`],
    ["the last", ["c"], `{"mcpServers": {"a": {"command": "a"}, "b": {"command": "b"}}}`],
    ["the last two", ["b", "c"], `{"mcpServers": {"a": {"command": "a"}}}`],
    ["all", ["a", "b", "c"], `{"mcpServers": {}}`],
  ])("takes out of one line %s", (_, names, wanted) => {
    const text = `{"mcpServers": {"a": {"command": "a"}, "b": {"command": "b"}, "c": {"command": "c"}}}`;
    expect(
      cursor.replace(
        text,
        names.map((name) => gone(["mcpServers", name])),
      ),
    ).toBe(wanted);
  });

  it("keeps comments around what it takes out, wherever the comma is", () => {
    const text = `{"mcpServers": {\n  "a": {"command": "a"} /* one, */, // two\n  // three\n  "b": {"command": "b"}\n  , /* four */ "c": {"command": "c"} // five\n}}`;
    for (const names of [["a"], ["b"], ["c"], ["a", "b"], ["b", "c"], ["a", "c"], ["a", "b", "c"]]) {
      const after = cursor.replace(
        text,
        names.map((name) => gone(["mcpServers", name])),
      );
      for (const word of ["/* one, */", "// two", "// three", "/* four */", "// five"]) expect(after).toContain(word);
      const left = cursor.read(after, user);
      expect(left.kind === "servers" && left.servers.map(({ name }) => name)).toEqual(
        ["a", "b", "c"].filter((name) => !names.includes(name)),
      );
    }
  });

  it("keeps names that are special in JavaScript", () => {
    const text = `{"mcpServers":{"__proto__":{"command":"a","toString":1},"constructor":{"command":"b"}}}`;
    expect(cursor.replace(text, [gate(["mcpServers", "__proto__"])])).toBe(
      `{"mcpServers":{"__proto__":{"command": "/n/node", "args": ["/k/kidoban.js", "stdio"],"toString":1},"constructor":{"command":"b"}}}`,
    );
  });

  it("refuses to touch one of two servers of the same name", () => {
    const text = `{"mcpServers":{"a":{"command":"a"},"a":{"command":"b"}}}`;
    expect(() => cursor.replace(text, [gate(["mcpServers", "a"])])).toThrow("no single member");
  });
});

describe("changing TOML files", () => {
  it("changes the statements of the server; comments and other settings stay", () => {
    const after = codex.replace(CODEX, [gate(["mcp_servers", "github"]), gate(["mcp_servers", "my notes"])]);
    expect(changed(CODEX, after)).toMatchInlineSnapshot(`
      "-command = "npx"
      -args = [
      -  "-y", # yes
      -  "@modelcontextprotocol/server-github@2025.4.8",
      -]
      +command = "/n/node"
      +args = ["/k/kidoban.js", "stdio"]
      +default_tools_approval_mode = "approve"
      -  [mcp_servers.github.env]
      -  GITHUB_TOKEN = "ghp_Z9y8X7w6V5u4T3s2R1q0P9o8N7m6L5k4J3i2" # rotate in May
      -  NOTE = """
      -two lines, with a [mcp_servers.trap] inside
      -"""
      +   # rotate in May
      -url = 'https://notes.example.com/mcp'
      -http_headers = { "X-Api-Key" = "nk-0a1b2c3d4e5f", Accept = "application/json" }
      -enabled_tools = ["search", "read"]
      +command = "/n/node"
      +args = ["/k/kidoban.js", "stdio"]
      +default_tools_approval_mode = "approve"
      +enabled_tools = ["kidoban_wait", "search", "read"]"
    `);
    for (const comment of ["# issues only", "# slow network", "# the token of the bot", "# rotate in May"]) {
      expect(after).toContain(comment);
    }
    expect(after).not.toContain("ghp_Z9y8");
    expect(after).not.toContain("nk-0a1b");
  });

  it("replaces the first by one gate and takes out the rest", () => {
    const after = codex.replace(CODEX, [gate(["mcp_servers", "github"], "kidoban"), gone(["mcp_servers", "my notes"])]);
    expect(parseToml(after)["mcp_servers"]).toMatchObject({ kidoban: { command: "/n/node", startup_timeout_sec: 20 } });
    expect(after).not.toContain("my notes");
  });

  it("lets the gate do the asking, unless the person has said who does", () => {
    const text = `[mcp_servers.a]\ncommand = "a"\n\n[mcp_servers.b]\ncommand = "b"\ndefault_tools_approval_mode = "prompt"\n`;
    const after = codex.replace(text, [gate(["mcp_servers", "a"]), gate(["mcp_servers", "b"])]);
    expect(parseToml(after)["mcp_servers"]).toMatchObject({
      a: { default_tools_approval_mode: "approve" },
      b: { default_tools_approval_mode: "prompt" },
    });
  });

  it("keeps CRLF and a file without a last line ending", () => {
    const text = `\uFEFF[mcp_servers.a]\r\nurl = "https://a.example"\r\n\r\n[mcp_servers.b]\r\ncommand = "b"`;
    expect(codex.replace(text, [gate(["mcp_servers", "a"]), gate(["mcp_servers", "b"])])).toBe(
      `\uFEFF[mcp_servers.a]\r\ncommand = "/n/node"\r\nargs = ["/k/kidoban.js", "stdio"]\r\n${APPROVE}\r\n\r\n[mcp_servers.b]\r\ncommand = "/n/node"\r\nargs = ["/k/kidoban.js", "stdio"]\r\n${APPROVE}`,
    );
  });

  it("is not misled by headers inside of strings, quotes and brackets in values", () => {
    const text = [
      `a = '''\n[mcp_servers.x]\ncommand = "fake"\n'''`,
      `b = "\\"]\\\\" # " [`,
      `c = [ '#', """ ""]"" """, [ ] , # ]`,
      `]`,
      `"mcp_servers" . x . command = "real"`,
      `[mcp_servers.'y']`,
      `"command" = 'y' # [mcp_servers.y.env]`,
      `'env' . A = "1"`,
    ].join("\n");
    const read = codex.read(text, user);
    expect(read.kind === "servers" && read.servers.map(({ name, entry }) => [name, entry.kind])).toEqual([
      ["x", "left"],
      ["y", "command"],
    ]);
    const after = codex.replace(text, [gate(["mcp_servers", "y"])]);
    expect(parseToml(after)["mcp_servers"]).toEqual({
      x: { command: "real" },
      y: { command: "/n/node", args: ["/k/kidoban.js", "stdio"], default_tools_approval_mode: "approve" },
    });
    expect(after.slice(0, after.indexOf("[mcp_servers.'y']"))).toBe(text.slice(0, text.indexOf("[mcp_servers.'y']")));
  });
});

describe("a client's own limit of tools", () => {
  const GEMINI = `{
  "mcpServers": {
    "files": {
      "command": "files-server",
      "includeTools": [ // these two
        "read", "list(*)",
      ],
      "excludeTools": ["list"],
      "trust": true
    },
    "web": { "command": "web-server", "excludeTools": ["post"] }
  }
}
`;

  it("stays with a gate for one server, and a list of allowed ones names kidoban_wait", () => {
    const after = codex.replace(CODEX, [gate(["mcp_servers", "my notes"])]);
    expect(after).toContain(`enabled_tools = ["kidoban_wait", "search", "read"]\n`);
    const gemini = geminiCli.replace(GEMINI, [gate(["mcpServers", "files"]), gate(["mcpServers", "web"])]);
    expect(changed(GEMINI, gemini)).toMatchInlineSnapshot(`
      "-      "command": "files-server",
      -      "includeTools": [ // these two
      +      "command": "/n/node",
      +      "args": ["/k/kidoban.js", "stdio"],
      +      "includeTools": ["kidoban_wait",  // these two
      -    "web": { "command": "web-server", "excludeTools": ["post"] }
      +    "web": { "command": "/n/node", "args": ["/k/kidoban.js", "stdio"], "excludeTools": ["post"] }"
    `);
  });

  it.each([
    ["enabled_tools = []", "enabled_tools = []"],
    [`enabled_tools = ["kidoban_wait"]`, `enabled_tools = ["kidoban_wait"]`],
    [`disabled_tools = ["write"]`, `disabled_tools = ["write"]`],
    [`enabled_tools = [ # few\n  "a",\n]`, `enabled_tools = ["kidoban_wait",  # few\n  "a",\n]`],
  ])("is left as it is where nothing is to be added: %j", (before, after) => {
    const text = `[mcp_servers.files]\ncommand = "files-server"\n${before}\n`;
    expect(codex.replace(text, [gate(["mcp_servers", "files"])])).toContain(`${after}\n`);
  });

  it("does not stay with a gate for all, whose tools have other names", () => {
    const text = CODEX.replace(
      "startup_timeout_sec",
      `enabled_tools = ["issues"] # no more\ndisabled_tools = ["x"]\nstartup_timeout_sec`,
    );
    const after = codex.replace(text, [joint(["mcp_servers", "github"]), gone(["mcp_servers", "my notes"])]);
    expect(parseToml(after)["mcp_servers"]).toHaveProperty("kidoban.startup_timeout_sec", 20);
    expect(after).not.toMatch(/^(?:en|dis)abled_tools/m);
    const gemini = geminiCli.replace(GEMINI, [joint(["mcpServers", "files"]), gone(["mcpServers", "web"])]);
    expect(changed(GEMINI, gemini)).toMatchInlineSnapshot(`
      "-    "files": {
      -      "command": "files-server",
      -      "includeTools": [ // these two
      -        "read", "list(*)",
      -      ],
      -      "excludeTools": ["list"],
      +    "kidoban": {
      +      "command": "/n/node",
      +      "args": ["/k/kidoban.js", "stdio"],
      -    },
      -    "web": { "command": "web-server", "excludeTools": ["post"] }
      +    }"
    `);
    expect(
      codex.restore(`${after}\n[later]\n`, text, [joint(["mcp_servers", "github"]), gone(["mcp_servers", "my notes"])]),
    ).toContain(`enabled_tools = ["issues"] # no more`);
  });

  it("is read by each client's own words; what is no list of names stays with the client", () => {
    expect(filters(geminiCli, GEMINI)).toEqual([
      ["command", { allow: ["read", "list"], deny: ["list"] }],
      ["command", { deny: ["post"] }],
    ]);
    expect(filters(codex, `[mcp_servers.a]\ncommand = "a"\nenabled_tools = "read"\n`)).toEqual([["left", undefined]]);
    // Another client's word says nothing here.
    expect(filters(cursor, `{"mcpServers":{"a":{"command":"a","includeTools":["read"]}}}`)).toEqual([
      ["command", undefined],
    ]);
  });
});
