import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { digestOf, readFiles } from "../../src/config/files.ts";
import { loadConfig, parseFiles } from "../../src/config/load.ts";
import { stateInsideRoot } from "../../src/config/state-place.ts";
import { temporaryFolder, write } from "./files.ts";

// The example of the documentation, word for word.
const CONFIG = `# kidoban.yaml
kidoban: 1
servers:
  files:                                  # ids: [a-z][a-z0-9-]*; "kidoban" is reserved
    command: npx
    args: ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "./workspace"]
    root: ./workspace
  tracker:
    url: https://mcp.example.com/mcp
    headers: { Authorization: "Bearer \${secret:TRACKER_TOKEN}" }
secrets:
  TRACKER_TOKEN: { file: secrets/tracker, max_age: 90d }
approvers:
  aiko: { key: "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE", groups: [ops] }
approvals: { assurance: operator, expires: 15m, redeem: 5m }
rules:
  - { id: no-deletes, effect: deny, match: ["*/delete_*"], reason: "Deletions go through a ticket." }
`;
const MANIFEST = `# yaml-language-server: $schema=../schema/manifest.schema.json
kidoban: 1
agent: docs-writer
owner: aiko
servers:
  files:   { access: read-write }
  tracker: { access: read-only, tools: [search_*, get_*] }
wait: 45s
rules:
  - id: docs-only
    effect: deny
    match: [files/write_file, files/edit_file, "resource:files/file:///a/*"]
    when: "!within(args.path, 'docs')"
    reason: "Only docs/ may be changed."
    examples:
      - { call: files/write_file, args: { path: ../etc/passwd, content: x }, effect: deny }
  - { id: moves, effect: ask, match: [files/move_file], approval: { from: [ops], need: 2, assurance: verified } }
`;
const LOCK = `kidoban: 1
endpoint: "npx -y @modelcontextprotocol/server-filesystem@2026.8.31 ./workspace"
tools:
  read_text_file: { access: read, definition: { name: read_text_file, big: 12345678901234567890 } }
`;
const FILES = new Map([
  ["kidoban.yaml", CONFIG],
  ["manifests/docs-writer.yaml", MANIFEST],
  ["kidoban.lock/files.yaml", LOCK],
]);

function project(files: ReadonlyMap<string, string> = FILES): string {
  const folder = temporaryFolder();
  for (const [name, text] of files) write(join(folder, name), text);
  return folder;
}

describe("what people write becomes what the gate runs on", () => {
  const { config, manifests, locks, problems } = parseFiles(FILES, "/project");

  test("kidoban.yaml", () => {
    expect(problems).toEqual([]);
    expect(config).toMatchObject({ file: "/project/kidoban.yaml", folder: "/project" });
    expect(config?.servers.get("files")).toEqual({
      id: "files",
      transport: {
        kind: "stdio",
        command: "npx",
        args: ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "./workspace"],
        cwd: "/project",
        env: {},
      },
      root: "/project/workspace",
      endpoint: "npx -y @modelcontextprotocol/server-filesystem@2026.8.31 ./workspace",
      timeoutMs: 300_000,
      limits: { inFlight: 64, resultBytes: 16 * 1024 * 1024 },
      naming: "prefixed",
      recording: { record: "body", recordTools: {}, redact: [], redactTools: {} },
      place: { file: "kidoban.yaml", line: 4, column: 3 },
    });
    expect(config?.servers.get("tracker")?.transport).toEqual({
      kind: "http",
      url: "https://mcp.example.com/mcp",
      headers: { Authorization: "Bearer ${secret:TRACKER_TOKEN}" },
    });
    expect(config?.secrets.get("TRACKER_TOKEN")).toEqual({
      kind: "file",
      path: "secrets/tracker",
      maxAgeMs: 90 * 86_400_000,
    });
    expect(config?.floor).toEqual({ from: [], need: 1, assurance: "operator", expiresMs: 900_000, redeemMs: 300_000 });
    expect(config?.approvers).toMatchObject([{ name: "aiko", groups: ["ops"] }]);
    expect(config?.rules).toMatchObject([
      { id: "no-deletes", effect: "deny", match: [{ kind: "tool", server: "*", name: "delete_*" }] },
    ]);
  });

  test("a manifest", () => {
    expect(manifests.get("docs-writer")).toMatchObject({
      owner: "aiko",
      holdMs: 45_000,
      grants: [
        { server: "files", access: "read-write" },
        { server: "tracker", access: "read-only", tools: ["search_*", "get_*"] },
      ],
      rules: [
        {
          id: "docs-only",
          match: [
            { name: "write_file" },
            { name: "edit_file" },
            { kind: "resource", server: "files", name: "file:///a/*" },
          ],
          // The condition's own first character, behind the quote.
          when: { source: "!within(args.path, 'docs')", place: { line: 13, column: 12 } },
          examples: [{ call: "files/write_file", args: { path: "../etc/passwd", content: "x" }, effect: "deny" }],
        },
        { id: "moves", approval: { from: ["ops"], need: 2, assurance: "verified" } },
      ],
    });
    // Left out is left out: undefined members would look like terms.
    expect(Object.keys(manifests.get("docs-writer")?.rules[1]?.approval ?? {})).toEqual(["from", "need", "assurance"]);
  });

  test("a lock", () => {
    expect(locks.get("files")).toMatchObject({
      server: "files",
      endpoint: config?.servers.get("files")?.endpoint,
      items: [{ kind: "tool", name: "read_text_file", access: "read", destructive: false, volatile: [] }],
    });
  });

  test("read from disk or from an archive of the same bytes, it is the same", async () => {
    const folder = project();
    const loaded = await loadConfig(join(folder, "kidoban.yaml"));
    expect(loaded).toEqual(parseFiles(FILES, folder));
  });
});

const endpoint = (server: string) =>
  parseFiles(
    new Map([["kidoban.yaml", `kidoban: 1\nservers:\n  s: ${server}\nsecrets: { A: { env: A }, B: { env: B } }\n`]]),
    "/p",
  ).config?.servers.get("s")?.endpoint;

describe("an endpoint is other as soon as another server could answer", () => {
  test.each([
    ["{ command: npx, args: [a, b] }", "npx a b"],
    ["{ command: npx, args: ['a b'] }", 'npx "a b"'],
    ["{ command: npx, args: ['', '\"'] }", 'npx "" "\\""'],
    ["{ command: npx, env: { B: x, A: 'y z' } }", 'A="y z" B=x npx'],
    ["{ command: A=x, args: [npx] }", '"A=x" npx'],
    ["{ command: npx, env: { T: '${secret:A}' } }", "T=${secret:A} npx"],
    ["{ url: 'https://X.example/a/../b' }", "https://x.example/b"],
    [
      "{ url: 'https://x.example/', headers: { X-B: 1 b, Auth: 'Bearer ${secret:A}' } }",
      'https://x.example/ auth: "Bearer ${secret:A}" x-b: "1 b"',
    ],
  ])("%s", (server, wanted) => {
    expect(endpoint(server)).toBe(wanted);
  });

  test("no two different ways to start a server have one text", () => {
    const ways = [
      "{ command: npx, args: [a, b] }",
      "{ command: npx, args: ['a b'] }",
      "{ command: npx a, args: [b] }",
      "{ command: npx, args: [a, b], env: { A: b } }",
      "{ command: A=b, args: [npx, a, b] }",
      "{ command: npx, args: [a, b], env: { A: '${secret:A}' } }",
      "{ command: npx, args: [a, b], env: { A: '${secret:B}' } }",
      "{ command: npx, args: [a, b], env: { A: 'b npx' } }",
      "{ command: npx, args: [a, b, ''] }",
    ];
    expect(new Set(ways.map(endpoint))).toHaveProperty("size", ways.length);
  });
});

describe("P12: the digest of what is accepted", () => {
  test("does not depend on order and changes with every byte, name and file", () => {
    const digest = digestOf(FILES);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(digestOf(new Map([...FILES].toReversed()))).toBe(digest);
    const others = [
      new Map([...FILES, ["manifests/x.yaml", ""]]),
      new Map([...FILES].slice(1)),
      new Map([...FILES].map(([name, text]) => [name, `${text} `])),
      new Map([...FILES].map(([name, text]) => [`${name}x`, text])),
      new Map([["ab", "c"]]),
      new Map([["a", "bc"]]),
      new Map([
        ["a", "b"],
        ["c", ""],
      ]),
      new Map([
        ["a", ""],
        ["bc", ""],
      ]),
    ];
    expect(new Set([digest, ...others.map(digestOf)])).toHaveProperty("size", others.length + 1);
  });

  test("is that of the bytes on disk: a byte order mark counts", async () => {
    const folder = project();
    const before = digestOf((await readFiles(join(folder, "kidoban.yaml"))).files);
    write(join(folder, "kidoban.yaml"), `\ufeff${CONFIG}`);
    const { files } = await readFiles(join(folder, "kidoban.yaml"));
    expect(digestOf(files)).not.toBe(before);
    expect(parseFiles(files, folder).problems).toEqual([]);
  });
});

const load = (folder: string) => loadConfig(join(folder, "kidoban.yaml"));
const codes = async (folder: string) =>
  (await load(folder)).problems.map(({ code, severity, place }) => [code, severity, place.file]);

const withClient = (config: string) =>
  parseFiles(
    new Map([
      ...FILES,
      ["kidoban.yaml", config],
      ["manifests/docs-writer.yaml", MANIFEST.replace("assurance: verified", "assurance: client")],
    ]),
    "/p",
  );

describe("files", () => {
  test("without kidoban.yaml nothing starts; nothing is searched for in other folders", async () => {
    const folder = project();
    mkdirSync(join(folder, "inner"));
    await expect(load(join(folder, "inner"))).rejects.toMatchObject({ code: "missing" });
  });

  test("what is no plain file, or has no end, is refused and not waited for", async () => {
    const folder = project();
    execFileSync("mkfifo", [join(folder, "manifests/pipe.yaml")]);
    await expect(load(folder)).rejects.toMatchObject({ code: "unreadable" });
    const other = project();
    mkdirSync(join(other, "manifests/folder.yaml"));
    await expect(load(other)).rejects.toMatchObject({ code: "unreadable" });
    const endless = project();
    symlinkSync("/dev/zero", join(endless, "manifests/zero.yaml"));
    await expect(load(endless)).rejects.toMatchObject({ code: "unreadable" });
    const large = project();
    writeFileSync(join(large, "manifests/large.yaml"), "#".repeat(5 * 1024 * 1024));
    await expect(load(large)).rejects.toMatchObject({ code: "unreadable" });
  });

  test("one that every user can change is warned of", async () => {
    const folder = project();
    chmodSync(join(folder, "kidoban.yaml"), 0o666);
    expect(await codes(folder)).toEqual([["others-can-write", "warning", "kidoban.yaml"]]);
  });

  test("names that end otherwise are not silently passed over; editors' hidden files are", async () => {
    const folder = project();
    write(join(folder, "manifests/other.yml"), MANIFEST);
    write(join(folder, "manifests/.docs-writer.yaml.swp"), "x");
    write(join(folder, "manifests/README.md"), "x");
    expect(await codes(folder)).toEqual([["file-ignored", "warning", "manifests/other.yml"]]);
  });

  test("bytes that are not UTF-8 are an error, not replaced", async () => {
    const folder = project();
    writeFileSync(join(folder, "manifests/docs-writer.yaml"), Buffer.from([0x61, 0x3a, 0xff]));
    expect(await codes(folder)).toContainEqual(["not-utf8", "error", "manifests/docs-writer.yaml"]);
  });

  test("P11: a file with a mistake gives no manifest, no lock and no configuration, however small the mistake", () => {
    const broken = new Map([...FILES].map(([name, text]) => [name, `${text}\nunknown: 1\n`]));
    const { config, manifests, locks, problems } = parseFiles(broken, "/project");
    expect([config, manifests.size, locks.size]).toEqual([undefined, 0, 0]);
    expect(problems.map(({ code }) => code)).toEqual(["unknown-key", "unknown-key", "unknown-key"]);
  });

  test("a rule id may stand in kidoban.yaml and in a manifest: decisions name the file too", () => {
    const files = new Map([...FILES].map(([name, text]) => [name, text.replace("id: moves", "id: no-deletes")]));
    const { config, manifests, problems } = parseFiles(files, "/project");
    expect(problems).toEqual([]);
    expect(config?.rules.map(({ id }) => id)).toEqual(["no-deletes"]);
    expect(manifests.get("docs-writer")?.rules.map(({ id }) => id)).toEqual(["docs-only", "no-deletes"]);
  });

  test("P7: `client` suffices nowhere unless kidoban.yaml says so itself", () => {
    expect(withClient(CONFIG).problems.map(({ code }) => code)).toEqual(["client-not-allowed"]);
    expect(withClient(CONFIG.replace("assurance: operator", "assurance: client")).problems).toEqual([]);
    expect(parseFiles(new Map([["kidoban.yaml", "kidoban: 1\nservers: {}\n"]]), "/p").config?.floor.assurance).toBe(
      "operator",
    );
  });
});

const inside = async (folder: string, root: string, state: string) => {
  const { config } = parseFiles(
    new Map([["kidoban.yaml", `kidoban: 1\nservers:\n  s: { command: x, root: ${JSON.stringify(root)} }\n`]]),
    folder,
  );
  if (config === undefined) throw new Error("the configuration is wrong");
  return (await stateInsideRoot(config, state)).map(({ code, place }) => [code, place.line]);
};

const manifest = (roots: string): string =>
  `kidoban: 1\nagent: a\nservers:\n  s: { access: read-only, roots: [${roots}] }\n`;

describe("P7: no server may reach the state", () => {
  test("as its root, inside it, around it, through a link, there already or not", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "home/.local"), { recursive: true });
    symlinkSync(join(folder, "home"), join(folder, "link"));
    const state = join(folder, "home/.local/state/kidoban");
    const found = [["state-inside-root", 3]];
    for (const root of [".", "./home", "link", "./home/.local/state/kidoban", "home/.local/state/kidoban/log", "/"])
      expect(await inside(folder, root, state), root).toEqual(found);
    for (const root of ["./workspace", "home/.local/stat", "home/.local/state/kidoban2", "home/..kidoban"])
      expect(await inside(folder, root, state), root).toEqual([]);
  });

  test("as one of the roots that a manifest has told to it", async () => {
    const folder = temporaryFolder();
    const found = async (roots: string) => {
      const files = new Map([
        ["kidoban.yaml", "kidoban: 1\nservers:\n  s: { command: x }\n"],
        ["manifests/a.yaml", manifest(roots)],
      ]);
      const { config, manifests } = parseFiles(files, folder);
      if (config === undefined) throw new Error("the configuration is wrong");
      const problems = await stateInsideRoot(config, join(folder, "state"), manifests.values());
      return problems.map(({ code, place }) => [code, place.file]);
    };
    expect(await found("./work")).toEqual([]);
    expect(await found("./work, .")).toEqual([["state-inside-root", "manifests/a.yaml"]]);
  });
});
