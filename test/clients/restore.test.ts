import { parse } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/clients/client-file.ts";
import { codex } from "../../src/clients/codex.ts";
import { cursor } from "../../src/clients/cursor.ts";
import { opencode } from "../../src/clients/opencode.ts";
import { vscode } from "../../src/clients/vscode.ts";
import { CODEX, OPENCODE, VSCODE } from "./samples.ts";

const gate = (path: string[], name = path.at(-1) ?? ""): Change => ({
  path,
  becomes: { name, command: "/n/node", args: ["/k/kidoban.js", "stdio"], env: { XDG_STATE_HOME: "/s" } },
});
const gone = (path: string[]): Change => ({ path, becomes: undefined });

describe("taking a change back in a file that was changed since", () => {
  const each = [gate(["servers", "files"]), gate(["servers", "learn"])];
  const all = [gate(["servers", "files"], "kidoban"), gone(["servers", "learn"])];

  it.each([
    ["each server", each],
    ["one gate for all", all],
  ])("keeps what is new and puts the servers back: %s", (_, changes) => {
    const later = vscode
      .replace(VSCODE, changes)
      .replace('"inputs": [', '"newSetting": true,\n  "inputs": [')
      .replace("// search needs a key", "// search needs a key, ask Aiko");
    const restored = vscode.restore(later, VSCODE, changes) ?? "";
    for (const text of [
      '"newSetting": true',
      "ask Aiko",
      '"command": "npx", // from npm',
      '"${workspaceFolder}/docs", // nothing else',
      "https://learn",
    ]) {
      expect(restored).toContain(text);
    }
    expect(restored).not.toContain("kidoban");
  });

  it("works on a file that the client has laid out anew", () => {
    const text = `{"mcpServers": {"a": {"command": "a", "env": {"K": "1"}}, "b": {"command": "b"}}, "n": 1}`;
    const changes = [gate(["mcpServers", "a"], "kidoban"), gone(["mcpServers", "b"])];
    const later = JSON.stringify({ ...JSON.parse(cursor.replace(text, changes)), n: 2 }, undefined, 2);
    expect(JSON.parse(cursor.restore(later, text, changes) ?? "")).toEqual({ ...JSON.parse(text), n: 2 });
  });

  it.each([
    ["the gate was edited", (text: string) => text.replace('"stdio"', '"stdio", "--debug"')],
    ["the gate is gone", () => `{"mcpServers": {}}`],
    [
      "a server of the old name is there",
      (text: string) => text.replace('"mcpServers": {', '"mcpServers": {"b": {"command": "new"}, '),
    ],
    ["the gate is there twice", (text: string) => text.replace('"mcpServers": {', '"mcpServers": {"kidoban": {}, ')],
    ["the file is broken", () => `{"mcpServers"`],
  ])("does not guess where %s", (_, edit) => {
    const text = `{"mcpServers": {"a": {"command": "a"}, "b": {"command": "b"}}}`;
    const changes = [gate(["mcpServers", "a"], "kidoban"), gone(["mcpServers", "b"])];
    const wrapped = cursor.replace(text, changes);
    expect(cursor.restore(wrapped, text, changes)).toBeDefined();
    expect(cursor.restore(edit(wrapped), text, changes)).toBeUndefined();
  });

  it.each([
    ["each server", [gate(["mcp", "files"]), gate(["mcp", "tracker"])]],
    ["one gate for all", [gate(["mcp", "files"], "kidoban"), gone(["mcp", "tracker"])]],
  ])("works in opencode's words: %s", (_, changes) => {
    const later = opencode.replace(OPENCODE, changes).replace('"mcp": {', '"theme": "nord",\n  "mcp": {');
    const restored = opencode.restore(later, OPENCODE, changes) ?? "";
    expect(parse(restored)).toEqual({ ...parse(OPENCODE), theme: "nord" });
    expect(restored).toContain("// the workspace only");
    expect(opencode.restore(later.replace('"stdio"', '"other"'), OPENCODE, changes)).toBeUndefined();
  });

  it.each([
    ["each server", [gate(["mcp_servers", "github"]), gate(["mcp_servers", "my notes"])]],
    ["one gate for all", [gate(["mcp_servers", "github"], "kidoban"), gone(["mcp_servers", "my notes"])]],
  ])("works for Codex: %s", (_, changes) => {
    const trusted = '\n[projects."/p"]\ntrust_level = "trusted"\n';
    const later = codex.replace(CODEX, changes) + trusted;
    const restored = codex.restore(later, CODEX, changes) ?? "";
    expect(parseToml(restored)).toEqual(parseToml(CODEX + trusted));
    expect(restored).toContain("# slow network");
    expect(codex.restore(later.replace('"stdio"', '"other"'), CODEX, changes)).toBeUndefined();
    expect(codex.restore("[broken", CODEX, changes)).toBeUndefined();
  });
});
