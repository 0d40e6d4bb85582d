import { describe, expect, it } from "vitest";
import { claudeCode } from "../../src/clients/claude-code.ts";
import { claudeDesktop } from "../../src/clients/claude-desktop.ts";
import type { ClientFile, Entry, Location } from "../../src/clients/client-file.ts";
import { CLIENTS } from "../../src/clients/clients.ts";
import { codex } from "../../src/clients/codex.ts";
import { cursor } from "../../src/clients/cursor.ts";
import { geminiCli } from "../../src/clients/gemini-cli.ts";
import { opencode } from "../../src/clients/opencode.ts";
import { vscode } from "../../src/clients/vscode.ts";
import {
  CLAUDE_CODE,
  CLAUDE_DESKTOP,
  CODEX,
  GEMINI_CLI,
  inProject,
  machine,
  OPENCODE,
  user,
  VSCODE,
} from "./samples.ts";

const servers = (client: ClientFile, text: string, at: Location = user) => {
  const answer = client.read(text, at);
  if (answer.kind !== "servers") throw new Error(JSON.stringify(answer));
  return answer.servers;
};
const entries = (client: ClientFile, text: string, at?: Location): Record<string, Entry> =>
  Object.fromEntries(servers(client, text, at).map(({ path, entry }) => [path.join(" > "), entry]));

const files = (client: ClientFile, platform: NodeJS.Platform = "linux", extra = {}) =>
  client.find({ ...machine("/h", platform), ...extra }, "/p").map(({ file, scope }) => `${scope} ${file}`);

describe("where clients keep their servers", () => {
  it("is known for each client on Linux", () => {
    expect(CLIENTS.flatMap((client) => files(client))).toEqual([
      "user /h/.claude.json",
      "project /p/.mcp.json",
      "user /h/.config/Claude/claude_desktop_config.json",
      "user /h/.cursor/mcp.json",
      "project /p/.cursor/mcp.json",
      "user /h/.config/Code/User/mcp.json",
      "user /h/.config/Code - Insiders/User/mcp.json",
      "project /p/.vscode/mcp.json",
      "user /h/.codex/config.toml",
      "project /p/.codex/config.toml",
      "user /h/.gemini/settings.json",
      "project /p/.gemini/settings.json",
      "user /h/.config/opencode/opencode.jsonc",
      "user /h/.config/opencode/opencode.json",
      "user /h/.config/opencode/config.json",
      "project /p/opencode.jsonc",
      "project /p/opencode.json",
      "project /p/.opencode/opencode.jsonc",
      "project /p/.opencode/opencode.json",
    ]);
  });

  it("differs on macOS and Windows and with the clients' own variables", () => {
    expect(files(claudeDesktop, "darwin")).toEqual([
      "user /h/Library/Application Support/Claude/claude_desktop_config.json",
    ]);
    expect(files(vscode, "darwin")[0]).toBe("user /h/Library/Application Support/Code/User/mcp.json");
    expect(files(claudeDesktop, "win32", { appData: "/app" })).toEqual(["user /app/Claude/claude_desktop_config.json"]);
    expect(files(claudeCode, "linux", { claudeConfigDir: "/cc" })[0]).toBe("user /cc/.claude.json");
    expect(files(codex, "linux", { codexHome: "/cx" })[0]).toBe("user /cx/config.toml");
    expect(files(geminiCli, "linux", { geminiHome: "/g" })[0]).toBe("user /g/.gemini/settings.json");
  });
});

describe("what is read from them", () => {
  it("finds Claude Code's servers of both scopes, with the folder of each project", () => {
    const project = "projects > /home/aiko/日本語 プロジェクト > mcpServers";
    expect(entries(claudeCode, CLAUDE_CODE)).toEqual({
      "mcpServers > github": {
        kind: "command",
        command: "npx",
        args: ["-y", "@modelcontextprotocol/server-github@2025.4.8"],
        env: { GITHUB_PERSONAL_ACCESS_TOKEN: "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8" },
      },
      "mcpServers > tracker": {
        kind: "url",
        url: "https://mcp.example.com/mcp",
        headers: { Authorization: "Bearer trk_live_9f8e7d6c5b4a", "X-Team": "docs" },
      },
      "mcpServers > old": { kind: "left", why: "transport", value: "sse" },
      [`${project} > github`]: {
        kind: "command",
        command: "node",
        args: ["./tools/github.mjs"],
        env: {},
        folder: "/home/aiko/日本語 プロジェクト",
      },
      [`${project} > ファイル`]: {
        kind: "command",
        command: "npx",
        args: ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "."],
        env: {},
        folder: "/home/aiko/日本語 プロジェクト",
      },
    });
  });

  it("reads a file with BOM, CRLF and tabs", () => {
    expect(Object.keys(entries(claudeDesktop, CLAUDE_DESKTOP))).toEqual([
      "mcpServers > filesystem",
      "mcpServers > sqlite",
    ]);
  });

  it("writes out the variables that it knows and leaves what only the client can fill in", () => {
    const at: Location = { ...inProject("/p"), variables: { workspaceFolder: "/p" } };
    expect(entries(vscode, VSCODE, at)).toMatchObject({
      "servers > perplexity": { kind: "left", why: "variable", value: "${input:perplexity-key}" },
      "servers > files": { kind: "command", args: ["-y", expect.any(String), "/p/docs"] },
      "servers > learn": { kind: "url", url: "https://learn.example.com/api/mcp", headers: {} },
    });
    expect(entries(vscode, VSCODE)["servers > files"]).toEqual({
      kind: "left",
      why: "variable",
      value: "${workspaceFolder}",
    });
  });

  it("never repeats the default of a variable, which may be a secret", () => {
    const text = `{"mcpServers":{"a":{"command":"a","env":{"T":"\${API_TOKEN:-hunter2hunter2}"}}}}`;
    expect(entries(claudeCode, text)["mcpServers > a"]).toEqual({
      kind: "left",
      why: "variable",
      value: "${API_TOKEN}",
    });
  });

  it("finds Codex' servers in their tables and leaves other forms", () => {
    expect(entries(codex, CODEX)).toEqual({
      "mcp_servers > github": {
        kind: "command",
        command: "npx",
        args: ["-y", "@modelcontextprotocol/server-github@2025.4.8"],
        env: {
          GITHUB_TOKEN: "ghp_Z9y8X7w6V5u4T3s2R1q0P9o8N7m6L5k4J3i2",
          NOTE: "two lines, with a [mcp_servers.trap] inside\n",
        },
      },
      "mcp_servers > my notes": {
        kind: "url",
        url: "https://notes.example.com/mcp",
        headers: { "X-Api-Key": "nk-0a1b2c3d4e5f", Accept: "application/json" },
      },
      "mcp_servers > off": { kind: "left", why: "disabled" },
      "mcp_servers > bearer": { kind: "left", why: "client-setting", value: "bearer_token_env_var" },
      "mcp_servers > inline": { kind: "left", why: "form" },
    });
  });

  it("finds Gemini CLI's servers, whichever word says their URL", () => {
    const filesystem = ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "/home/aiko/docs"];
    expect(entries(geminiCli, GEMINI_CLI)).toEqual({
      "mcpServers > files": { kind: "command", command: "npx", args: filesystem, env: {} },
      "mcpServers > search": { kind: "url", url: "https://search.example.com/mcp", headers: { "X-Team": "docs" } },
      "mcpServers > tracker": { kind: "url", url: "https://mcp.example.com/mcp", headers: {} },
      "mcpServers > plain": { kind: "url", url: "https://plain.example.com/mcp", headers: {} },
      "mcpServers > old": { kind: "left", why: "transport", value: "sse" },
      "mcpServers > github": { kind: "left", why: "variable", value: "$MY_GITHUB_TOKEN" },
      "mcpServers > google": { kind: "left", why: "client-setting", value: "authProviderType" },
    });
  });

  it("finds opencode's servers, whose command is one list", () => {
    const filesystem = ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "/home/aiko/docs"];
    expect(entries(opencode, OPENCODE)).toEqual({
      "mcp > files": { kind: "command", command: "npx", args: filesystem, env: { LOG_LEVEL: "warn" } },
      "mcp > tracker": { kind: "url", url: "https://mcp.example.com/mcp", headers: { "X-Team": "docs" } },
      "mcp > off": { kind: "left", why: "disabled" },
      "mcp > token": { kind: "left", why: "variable", value: "{env:T_TOKEN}" },
      "mcp > shared": { kind: "left", why: "unreadable" },
      "mcp > empty": { kind: "left", why: "unreadable" },
    });
    const wrapped = `{"mcp":{"a":{"type":"local","command":["node","/opt/kidoban.js","stdio","--config","/c"]}}}`;
    expect(entries(opencode, wrapped)["mcp > a"]).toMatchObject({ kind: "wrapped" });
  });

  it.each([
    ["a name twice in one object", `{"mcpServers":{"a":{"command":"safe"},"a":{"command":"evil"}}}`],
    ["a setting twice", `{"mcpServers":{"a":{"command":"safe","command":"evil"}}}`],
    ["a variable twice", `{"mcpServers":{"a":{"command":"safe","env":{"A":"1","A":"2"}}}}`],
    ["the whole object twice", `{"mcpServers":{"a":{"command":"safe"}},"mcpServers":{"a":{"command":"evil"}}}`],
  ])("does not guess which counts: %s", (_, text) => {
    for (const { entry } of servers(cursor, text)) expect(entry).toMatchObject({ kind: "left", why: "twice" });
    expect(servers(cursor, text).length).toBeGreaterThan(0);
  });

  it.each([
    ["command and URL", `{"command":"a","url":"https://x.example"}`, "unreadable"],
    ["an argument that is no text", `{"command":"a","args":[1]}`, "unreadable"],
    ["a list for env", `{"command":"a","env":["A=1"]}`, "unreadable"],
    ["no transport", `{"timeout":5}`, "unreadable"],
    ["not an object", `"npx a"`, "unreadable"],
    ["a WebSocket", `{"type":"ws","url":"wss://x.example"}`, "transport"],
    ["an env file", `{"command":"a","envFile":"/p/.env"}`, "client-setting"],
    ["the client's own sign-in", `{"url":"https://x.example","oauth":{"clientId":"x"}}`, "client-setting"],
    [
      "a setting of somebody's with a token in it",
      `{"command":"a","extra":{"apiKey":"abcdef123456"}}`,
      "client-setting",
    ],
    ["switched off", `{"command":"a","disabled":true}`, "disabled"],
  ])("leaves %s", (_, entry, why) => {
    expect(entries(cursor, `{"mcpServers":{"a":${entry}}}`)["mcpServers > a"]).toMatchObject({ kind: "left", why });
  });

  it.each([
    `{"command":"/usr/bin/node","args":["/opt/kidoban/dist/kidoban.js","stdio","--config","/c","--agent","cursor"]}`,
    `{"command":"kidoban","args":["stdio","--config","/c","--agent","cursor"]}`,
    `{"command":"C:\\\\bin\\\\kidoban.cmd","args":["stdio"]}`,
  ])("knows a wrapped entry: %s", (entry) => {
    expect(entries(cursor, `{"mcpServers":{"a":${entry}}}`)["mcpServers > a"]).toMatchObject({ kind: "wrapped" });
  });

  it("takes no server for a gate because of its name or arguments", () => {
    const text = `{"mcpServers":{"kidoban":{"command":"npx","args":["stdio","kidoban"]}}}`;
    expect(entries(cursor, text)["mcpServers > kidoban"]).toMatchObject({ kind: "command" });
  });

  it("gives the place of what it cannot read, and nothing of the text", () => {
    const text = `{\n  "mcpServers": {\n    "a": ghp_secret\n  }\n}`;
    expect(cursor.read(text, user)).toEqual({ kind: "unreadable", line: 3, column: 10, fault: "InvalidSymbol" });
    const toml = codex.read(`[mcp_servers.a]\ntoken = ghp_secret\n`, user);
    expect(toml).toMatchObject({ kind: "unreadable", line: 2 });
    expect(JSON.stringify(toml)).not.toContain("ghp_secret");
  });

  it("finds nothing in empty files", () => {
    for (const client of CLIENTS) {
      expect(servers(client, "")).toEqual([]);
      expect(servers(client, client === codex ? "\n" : "{}")).toEqual([]);
    }
  });
});
