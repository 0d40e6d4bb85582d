import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { CLAUDE_CODE, CODEX, VSCODE } from "../clients/samples.ts";
import { runs } from "../running.ts";
import { makeWorld, pins } from "./init-world.ts";
import type { World } from "./init-world.ts";

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.remove());

const GATE = ".config/kidoban/gate";
const CURSOR = `{\n\t// mine\n\t"mcpServers": {\n\t\t"files": { "command": "node", "args": ["-v"], "env": { "API_TOKEN": "tok-0a1b2c3d4e" } }\n\t}\n}\n`;
const putAll = (): void => {
  world.put(".claude.json", CLAUDE_CODE.replaceAll('"npx"', '"node"'));
  world.put(".cursor/mcp.json", CURSOR);
  world.put(".codex/config.toml", CODEX.replaceAll('"npx"', '"node"'));
  world.put("project/.vscode/mcp.json", VSCODE.replaceAll('"npx"', '"node"'));
};
const TOKENS = ["ghp_A1b2C3d4", "trk_live_9f8e7d", "ghp_Z9y8X7w6", "nk-0a1b2c3d4e5f", "tok-0a1b2c3d4e"];
const problems = async (): Promise<readonly string[]> =>
  (await loadConfig(world.path(`${GATE}/kidoban.yaml`))).problems.map(({ code, place }) => `${place.file}: ${code}`);

const definition = (name: string) => `  ${name}: { access: read, definition: { name: ${name}, inputSchema: {} } }\n`;

describe("kidoban init", () => {
  it("puts the servers of all clients behind a gate that was tried in an empty environment", async () => {
    putAll();
    const { code, out, err } = await world.init({ yes: true, project: true });
    expect([code, err.split("\n")[0]]).toEqual([0, "Trying claude-code / github…"]);
    expect(out).toContain("Ready.");

    const tried = world.tried();
    expect(tried.map(({ argv }) => argv.slice(4).join(" ")).toSorted()).toEqual([
      "claude-code --server github",
      "claude-code --server github-2",
      "claude-code --server server",
      "claude-code --server tracker",
      "codex --server github-3",
      "codex --server my-notes",
      "cursor --server files",
      "vscode --server files-2",
      "vscode --server learn",
    ]);
    // Only where the state is, since it is not where an empty environment has it.
    for (const { env } of tried) expect(Object.keys(env)).toEqual(["XDG_STATE_HOME"]);
    for (const { cwd } of tried) expect(cwd).toBe("/");
    expect(JSON.parse(world.read(".cursor/mcp.json").replace("// mine", ""))).toEqual({
      mcpServers: {
        files: {
          command: process.execPath,
          args: [
            world.path("app/kidoban.js"),
            "stdio",
            "--config",
            world.path(`${GATE}/kidoban.yaml`),
            "--agent",
            "cursor",
            "--server",
            "files",
          ],
          env: { XDG_STATE_HOME: world.path(".local/state") },
        },
      },
    });
  });

  it("P9: writes files that load without a finding, all 0600, and leaves each token in exactly one of them", async () => {
    putAll();
    await world.init({ yes: true, project: true });
    const files = world.files(GATE);
    expect(Object.keys(files).toSorted()).toMatchInlineSnapshot(`
      [
        "kidoban.lock/",
        "kidoban.lock/files.yaml",
        "kidoban.yaml",
        "manifests/",
        "manifests/claude-code.yaml",
        "manifests/codex.yaml",
        "manifests/cursor.yaml",
        "manifests/vscode.yaml",
        "secrets/",
        "secrets/api-token",
        "secrets/github-personal-access-token",
        "secrets/github-token",
        "secrets/tracker-authorization",
        "secrets/x-api-key",
      ]
    `);
    for (const [name, mode] of Object.entries(files)) {
      if (!name.startsWith("kidoban.lock")) expect([name, mode]).toEqual([name, name.endsWith("/") ? "700" : "600"]);
    }
    expect((await problems()).filter((problem) => !problem.startsWith("kidoban.lock"))).toEqual([]);
    for (const token of TOKENS) {
      const places = execFileSync("grep", ["-rlF", token, world.home], { encoding: "utf8" }).trim().split("\n");
      const elsewhere = places.filter((place) => !place.startsWith(world.path(".local/state/kidoban/backups/")));
      expect(elsewhere.map((place) => place.replace(world.home, ""))).toEqual([
        expect.stringContaining("/gate/secrets/"),
      ]);
    }
    const config = world.read(`${GATE}/kidoban.yaml`).replaceAll(world.home, "/home");
    expect(config.replaceAll(/PATH: ".*"/g, 'PATH: "…"')).toMatchInlineSnapshot(`
      "# yaml-language-server: $schema=https://unpkg.com/kidoban/schema/config.schema.json
      # Kidoban's configuration, written by \`kidoban init\`. A change here is a write: \`kidoban accept\` shows and accepts it.
      kidoban: 1

      # The servers behind the gate. They start in this file's folder, with this PATH and little else.
      servers:
        github:
          command: node
          args: ["-y", "@modelcontextprotocol/server-github@2025.4.8"]
          env:
            GITHUB_PERSONAL_ACCESS_TOKEN: "\${secret:GITHUB_PERSONAL_ACCESS_TOKEN}"
            PATH: "…"
        tracker:
          url: "https://mcp.example.com/mcp"
          headers:
            Authorization: "Bearer \${secret:TRACKER_AUTHORIZATION}"
            X-Team: docs
        github-2:
          # github
          command: node
          args: ["/home/aiko/日本語 プロジェクト/tools/github.mjs"]
          env:
            PATH: "…"
        server:
          # ファイル
          command: node
          args: ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "/home/aiko/日本語 プロジェクト"]
          env:
            PATH: "…"
        files:
          command: node
          args: ["-v"]
          env:
            API_TOKEN: "\${secret:API_TOKEN}"
            PATH: "…"
        files-2:
          # files
          command: node
          args: ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "/home/project/docs"]
          env:
            LOG_LEVEL: warn
            PATH: "…"
        learn:
          url: "https://learn.example.com/api/mcp"
        github-3:
          # github
          command: node
          args: ["-y", "@modelcontextprotocol/server-github@2025.4.8"]
          env:
            GITHUB_TOKEN: "\${secret:GITHUB_TOKEN}"
            NOTE: "two lines, with a [mcp_servers.trap] inside\\n"
            PATH: "…"
        my-notes:
          # my notes
          url: "https://notes.example.com/mcp"
          headers:
            X-Api-Key: "\${secret:X_API_KEY}"
            Accept: "application/json"

      # Values stand in files of mode 0600, never here.
      secrets:
        GITHUB_PERSONAL_ACCESS_TOKEN: { file: secrets/github-personal-access-token }
        TRACKER_AUTHORIZATION: { file: secrets/tracker-authorization }
        API_TOKEN: { file: secrets/api-token }
        GITHUB_TOKEN: { file: secrets/github-token }
        X_API_KEY: { file: secrets/x-api-key }

      # Who may answer. \`kidoban approver add NAME\` makes a key and prints the line for here:
      # approvers:
      #   NAME: { key: "ed25519:…" }

      # How well an answer must prove a human: client < operator < verified.
      approvals: { assurance: operator }
      "
    `);
    expect(world.read(`${GATE}/manifests/codex.yaml`)).toMatchInlineSnapshot(`
      "# yaml-language-server: $schema=https://unpkg.com/kidoban/schema/manifest.schema.json
      # What this agent may do. Rules that allow, ask or deny single tools, resources or prompts go under \`rules:\`.
      kidoban: 1
      agent: codex

      # Reads pass, writes ask.
      servers:
        github-3: { access: read-write }
        my-notes: { access: read-write }
      "
    `);
    expect(world.files(".local/state/kidoban")).toMatchObject({ "backups/": "700" });
  });

  it("P9: prints no token, as text or JSON, and says what is not protected", async () => {
    putAll();
    const dry = await world.init({ dryRun: true });
    const json = await world.init(
      { dryRun: true, project: true, access: "read-only", approve: "client" },
      {},
      { json: true },
    );
    const real = await world.init({ yes: true, approve: "client", client: ["cursor", "codex"] });
    for (const { out, err } of [dry, json, real]) for (const token of TOKENS) expect(out + err).not.toContain(token);
    expect(dry.out).toContain("an agent with a shell can read and change what you can");
    expect(real.out).toContain("a settings file or an automatic mode can say yes in your place");
    expect(real.out).toContain("No gate sees a client's own file and shell tools");
    expect(JSON.parse(json.out)).toMatchObject({
      state: "planned",
      servers: expect.arrayContaining([{ id: "github-2", title: "github" }]),
      left: expect.arrayContaining([
        expect.objectContaining({ name: "perplexity", why: "variable", value: "${input:perplexity-key}" }),
      ]),
    });
  });

  it("changes nothing in a dry run", async () => {
    putAll();
    const before = world.files(".");
    expect((await world.init({ dryRun: true })).code).toBe(0);
    expect(world.files(".")).toEqual(before);
    expect(world.read(".cursor/mcp.json")).toBe(CURSOR);
  });

  it("is undone byte for byte", async () => {
    putAll();
    const names = [".claude.json", ".cursor/mcp.json", ".codex/config.toml", "project/.vscode/mcp.json"];
    const before = names.map((name) => world.read(name));
    await world.init({ yes: true, project: true });
    expect(names.map((name) => world.read(name))).not.toEqual(before);
    const undone = await world.undo();
    expect(undone.code).toBe(0);
    expect(names.map((name) => world.read(name))).toEqual(before);
    expect(existsSync(world.path(GATE))).toBe(false);
    expect((await world.undo()).out).toBe("Nothing to undo.\n");
  });

  it("does nothing when everything is wrapped, and refuses to write over a configuration", async () => {
    world.put(".cursor/mcp.json", CURSOR);
    await world.init({ yes: true });
    const wrapped = world.read(".cursor/mcp.json");
    expect(await world.init({ yes: true })).toMatchObject({ code: 0, out: expect.stringContaining("Nothing to do") });
    expect(world.read(".cursor/mcp.json")).toBe(wrapped);

    world.put(".codex/config.toml", '[mcp_servers.a]\ncommand = "node"\n');
    const config = world.read(`${GATE}/kidoban.yaml`);
    expect(await world.init({ yes: true })).toMatchObject({ code: 2, err: expect.stringContaining("stays as it is") });
    expect(world.read(`${GATE}/kidoban.yaml`)).toBe(config);
    expect(await world.init({ yes: true, dir: world.path("second") })).toMatchObject({ code: 0 });
  });

  it("registers one gate for all with --all, in the access that was asked for", async () => {
    putAll();
    await world.init({ yes: true, all: true, client: ["codex"], access: "read-only" });
    const text = world.read(".codex/config.toml");
    expect(text).toContain("[mcp_servers.kidoban] # issues only");
    expect(text).not.toContain("--server");
    expect(world.read(".cursor/mcp.json")).toBe(CURSOR);
    expect(world.read(`${GATE}/manifests/codex.yaml`)).toContain("github: { access: read-only }");
    expect(await problems()).not.toContainEqual(expect.stringContaining("manifests"));
  });

  it("P1: with --all a client's limit of tools moves into the manifest, and undo gives it back", async () => {
    const before = `[mcp_servers.files]
command = "node"
args = ["-v"]
disabled_tools = ["write", "gone"]

[mcp_servers.web]
command = "node"
args = ["-p", "1"]
enabled_tools = ["get", "never-offered"]

[mcp_servers.free]
command = "node"
args = ["-p", "2"]
`;
    world.put(".codex/config.toml", before);
    const tools = ["read", "write", "get", "post"].map(definition).join("");
    const pin: typeof pins = async (config) => {
      for (const id of ["files", "web", "free"])
        world.put(`${GATE}/kidoban.lock/${id}.yaml`, `kidoban: 1\nendpoint: "${id}"\ntools:\n${tools}`);
      return existsSync(join(config, "..", "manifests")) ? { kind: "failed", reason: "too early" } : { kind: "done" };
    };
    const { code, out } = await world.init({ yes: true, all: true }, { pin });
    expect([code, out]).toEqual([0, expect.stringContaining("only get, never-offered")]);
    expect(out).toContain("not write, gone");
    expect(out).toContain("NOT carried over");
    const text = world.read(`${GATE}/manifests/codex.yaml`);
    expect(text).toContain("  files: { access: read-write, tools: [read, get, post] }\n");
    expect(text).toContain("  web: { access: read-write, tools: [get] }\n");
    expect(text).toContain("  free: { access: read-write }\n");
    expect(world.read(".codex/config.toml")).not.toMatch(/abled_tools/);
    expect(await problems()).toEqual([]);
    expect((await world.undo()).code).toBe(0);
    expect(world.read(".codex/config.toml")).toBe(before);
    expect(world.files(GATE)).toEqual({});
  });

  it("P1: a limit of tools of a server that was not locked lets nothing through", async () => {
    world.put(".codex/config.toml", `[mcp_servers.files]\ncommand = "node"\ndisabled_tools = ["write"]\n`);
    await world.init({ yes: true, all: true });
    expect(world.read(`${GATE}/manifests/codex.yaml`)).toContain("files: { access: read-write, tools: [] }");
  });

  it("keeps a symbolic link to a client's file", async () => {
    world.put("dotfiles/mcp.json", CURSOR);
    mkdirSync(world.path(".cursor"));
    symlinkSync(world.path("dotfiles/mcp.json"), world.path(".cursor/mcp.json"));
    await world.init({ yes: true });
    expect(lstatSync(world.path(".cursor/mcp.json")).isSymbolicLink()).toBe(true);
    expect(world.read("dotfiles/mcp.json")).toContain("kidoban.js");
    await world.undo();
    expect(world.read("dotfiles/mcp.json")).toBe(CURSOR);
  });

  it("takes a file once that is the user's and the project's, or that two clients share", async () => {
    world.put(".cursor/mcp.json", CURSOR);
    symlinkSync(world.path(".cursor/mcp.json"), world.path(".mcp.json"));
    expect((await world.init({ yes: true }, { project: world.home })).code).toBe(0);
    expect(world.tried().map(({ argv }) => argv.slice(4).join(" "))).toEqual(["cursor --server files"]);
  });

  it("says which gate lists no tool", async () => {
    world.put(".cursor/mcp.json", CURSOR.replace("files", "empty"));
    const { code, out } = await world.init({ yes: true });
    expect([code, out]).toEqual([0, expect.stringContaining("No tool is listed by cursor / empty")]);
  });

  it("says everything in Japanese too", async () => {
    world.put(".cursor/mcp.json", CURSOR);
    const { out } = await world.init({ yes: true, approve: "client" }, {}, { language: "ja" });
    expect(out).toContain("準備ができました");
    expect(out).toContain("同じ OS ユーザー");
    expect(world.read(`${GATE}/kidoban.yaml`)).toContain("# 門の後ろにあるサーバー");
    expect((await problems()).filter((problem) => !problem.startsWith("kidoban.lock"))).toEqual([]);
    expect((await world.undo(false, { language: "ja" })).out).toContain("復元");
  });
});

describe("where something is wrong, init", () => {
  it("starts nothing that a cloned repository names, not even under the name of a server of the user's", async () => {
    const evil = { command: "touch", args: [world.path("owned")] };
    world.put("project/.mcp.json", JSON.stringify({ mcpServers: { files: evil } }));
    world.put("project/.vscode/mcp.json", JSON.stringify({ servers: { other: evil } }));
    world.put(".cursor/mcp.json", CURSOR);
    const pinned: string[] = [];
    const pin: typeof pins = async (config) => {
      pinned.push(...((await loadConfig(config)).config?.servers.keys() ?? []));
      return pins(config);
    };
    const { code, out } = await world.init({ yes: true }, { pin });
    expect([code, pinned]).toEqual([0, ["files"]]);
    expect(out).toContain("files: stays as it is, NOT behind Kidoban: it comes from this project's files");
    expect(world.read(`${GATE}/kidoban.yaml`)).not.toContain("owned");
    expect(world.read("project/.mcp.json")).toBe(JSON.stringify({ mcpServers: { files: evil } }));
  });

  it.each([
    ["silent", "no answer within 5 s", 5_000],
    ["dead", "it ended (code 3)\n  no such lock", 20_000],
    ["noisy", "it wrote something that is not JSON-RPC", 20_000],
    ["refusing", "it refused tools/list", 20_000],
  ])("puts everything back for a %s gate and ends what it started", async (way, reason, tryLimitMs) => {
    world.put(".cursor/mcp.json", CURSOR.replace("files", way));
    const before = world.read(".cursor/mcp.json");
    const { code, err } = await world.init({ yes: true }, { tryLimitMs });
    expect([code, err]).toEqual([3, expect.stringContaining(reason)]);
    expect(err).toContain("Everything was put back as it was.");
    expect(world.read(".cursor/mcp.json")).toBe(before);
    expect(world.files(GATE)).toEqual({});
    expect((await world.undo()).out).toBe("Nothing to undo.\n");
    if (way === "silent") {
      const pid = Number(world.read(".config/kidoban/orphan.pid"));
      await expect.poll(() => runs(pid)).toBe(false);
    }
  });

  it("puts everything back when the review fails or throws, locks included", async () => {
    putAll();
    const failing = await world.init(
      { yes: true },
      { pin: async (config) => ({ ...(await pins(config)), kind: "failed", reason: "files: no" }) },
    );
    expect([failing.code, failing.err]).toEqual([3, expect.stringContaining("could not be reviewed: files: no")]);
    expect([world.files(GATE), world.tried()]).toEqual([{}, []]);
    const throwing = world.init({ yes: true }, { pin: () => Promise.reject(new Error("disk full")) });
    await expect(throwing).rejects.toThrow("disk full");
    expect([world.files(GATE), world.read(".cursor/mcp.json")]).toEqual([{}, CURSOR]);
  });

  it("loses nothing that a client writes meanwhile", async () => {
    world.put(".claude.json", CLAUDE_CODE.replaceAll('"npx"', '"node"'));
    world.put(".cursor/mcp.json", CURSOR);
    const pin = (config: string) => {
      writeFileSync(world.path(".cursor/mcp.json"), '{ "mcpServers": {} }');
      return pins(config);
    };
    const { code, err } = await world.init({ yes: true }, { pin });
    expect([code, err]).toEqual([3, expect.stringContaining("was changed meanwhile by another program")]);
    expect(err).toContain(`not touched:\n  ${world.path(".cursor/mcp.json")}`);
    expect(world.read(".cursor/mcp.json")).toBe('{ "mcpServers": {} }');
    expect(world.read(".claude.json")).not.toContain("kidoban.js");
    expect(world.files(GATE)).toEqual({});
  });

  it("asks for undo first after an init that was killed, and undo puts everything back", async () => {
    putAll();
    // Killed while it pins: the gate's files are written, the clients' are not.
    const never = world.init({ yes: true }, { pin: () => new Promise(() => undefined) });
    await expect.poll(() => existsSync(world.path(`${GATE}/kidoban.yaml`))).toBe(true);
    expect(never).toBeInstanceOf(Promise);
    expect(await world.init({ yes: true })).toMatchObject({ code: 2, err: expect.stringContaining("kidoban undo") });
    expect((await world.undo()).code).toBe(0);
    expect([world.files(GATE), world.read(".cursor/mcp.json")]).toEqual([{}, CURSOR]);
  });

  it("refuses to undo over later changes; forced, it puts the servers back and keeps the changes", async () => {
    world.put(".claude.json", CLAUDE_CODE.replaceAll('"npx"', '"node"'));
    world.put(".cursor/mcp.json", CURSOR);
    await world.init({ yes: true });
    const later = world.read(".claude.json").replace('"numStartups": 214', '"numStartups": 215, "oauth": "new"');
    world.put(".claude.json", later);
    world.put(".cursor/mcp.json", '{ "mcpServers": { "new": { "command": "x" } } }');
    const refused = await world.undo();
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toContain(`the later changes stay:\n  ${world.path(".claude.json")}\n`);
    expect(refused.err).toContain(`LOST:\n  ${world.path(".cursor/mcp.json")}\n`);
    expect(world.read(".claude.json")).toBe(later);

    expect((await world.undo(true)).code).toBe(0);
    expect(world.read(".cursor/mcp.json")).toBe(CURSOR);
    const original = CLAUDE_CODE.replaceAll('"npx"', '"node"');
    expect(world.read(".claude.json")).toBe(
      original.replace('"numStartups": 214', '"numStartups": 215, "oauth": "new"'),
    );
  });

  it("leaves a file that it cannot read, says where, and goes on with the others", async () => {
    world.put(".cursor/mcp.json", CURSOR);
    world.put(".codex/config.toml", "[mcp_servers.a]\ncommand = \n");
    writeFileSync(world.path(".claude.json"), Buffer.from([0x7b, 0xff, 0x7d]));
    const { code, out } = await world.init({ yes: true });
    expect(code).toBe(0);
    expect(out).toContain(`${world.path(".codex/config.toml")}:2:`);
    expect(out).toContain(`${world.path(".claude.json")}: is not UTF-8`);
  });

  it("makes names from clients' files harmless before it prints or writes them", async () => {
    const name = "a\u001b[2J\n\u202e: x\nservers: {evil: {command: sh}}";
    world.put(
      ".cursor/mcp.json",
      JSON.stringify({
        mcpServers: { [name]: { command: "node", env: { A: "x\n  evil: 1" } }, "\u001b]0;t": { url: "ftp://x" } },
      }),
    );
    const { code, out, err } = await world.init({ yes: true });
    expect(code).toBe(0);
    for (const char of ["\u001b", "\u202e"]) expect(out + err).not.toContain(char);
    const { config, problems: found } = await loadConfig(world.path(`${GATE}/kidoban.yaml`));
    expect(found.filter(({ place }) => !place.file.startsWith("kidoban.lock"))).toEqual([]);
    expect([...(config?.servers.keys() ?? [])]).toEqual(["a-2j-x-servers-evil-command-sh"]);
  });

  it.each([
    [{ access: "all" }, 2, "--access all: must be one of read-only, read-write"],
    [{ approve: "nobody" }, 2, "--approve nobody"],
    [{ client: ["emacs"] }, 2, "--client emacs: must be one of claude-code"],
    [{}, 2, "give --access, --approve, --yes, or --yes for the defaults"],
    [{ client: ["codex"], yes: true }, 1, "No MCP servers found. Looked at:"],
  ])("refuses %j with code %i", async (options, code, text) => {
    world.put(".cursor/mcp.json", CURSOR);
    const answer = await world.init(options);
    expect(answer).toMatchObject({ code, err: expect.stringContaining(text) });
    expect(world.read(".cursor/mcp.json")).toBe(CURSOR);
  });

  it("refuses to wrap with a program that npx will delete", async () => {
    world.put(".cursor/mcp.json", CURSOR);
    mkdirSync(world.path(".npm/_npx"), { recursive: true });
    renameSync(world.path("app"), world.path(".npm/_npx/app"));
    symlinkSync(world.path(".npm/_npx/app/kidoban.js"), world.path("kidoban"));
    expect(await world.init({ yes: true }, { program: world.path("kidoban") })).toMatchObject({
      code: 2,
      err: expect.stringContaining("npm install -g kidoban"),
    });
  });

  it("puts back what it wrote where a client's folder cannot be written", async () => {
    if (process.getuid?.() === 0)
      return expect(readFileSync(join(world.home, "app/package.json"), "utf8")).not.toBe("");
    world.put(".cursor/mcp.json", CURSOR);
    chmodSync(world.path(".cursor"), 0o500);
    await expect(world.init({ yes: true })).rejects.toThrow("EACCES");
    chmodSync(world.path(".cursor"), 0o700);
    expect([world.files(GATE), world.read(".cursor/mcp.json")]).toEqual([{}, CURSOR]);
  });
});
