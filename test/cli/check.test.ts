import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sqliteDriver } from "../../src/store/driver.ts";
import { approverKeys, approvers, CONFIG, giveKey, LOCK, makeWorld, type World } from "./files-world.ts";

interface Found {
  readonly id: string;
  readonly severity: string;
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
}

const [aiko, mallory] = await approverKeys();
let world: World;
beforeEach(() => {
  world = makeWorld({ "gate/kidoban.yaml": CONFIG + approvers(aiko) });
});
afterEach(() => world.remove());

const found = async (): Promise<readonly Found[]> => (await world.json("check"))["findings"] as readonly Found[];
const idsOf = (findings: readonly Found[]): readonly string[] => findings.map(({ id }) => id);
const one = async (id: string): Promise<Found> => {
  const all = await found();
  const hit = all.find((each) => each.id === id);
  if (hit === undefined) throw new Error(`no ${id} among ${idsOf(all).join(", ")}`);
  return hit;
};
const CONFIG_FILE = "gate/kidoban.yaml";
const MANIFEST_FILE = "gate/manifests/docs-writer.yaml";
const LOCK_FILE = "gate/kidoban.lock/files.yaml";

const rule = (text: string): void => world.change(MANIFEST_FILE, "rules:\n", `rules:\n  - ${text}\n`);
const sql = async (text: string): Promise<void> => {
  const db = (await sqliteDriver()).open(join(world.stateDir, "kidoban.db"));
  try {
    db.exec(text);
  } finally {
    db.close();
  }
};
const cursor = (entry: object): void =>
  world.put(".cursor/mcp.json", JSON.stringify({ mcpServers: { "My Files": entry } }));

describe("kidoban check", () => {
  test("finds nothing but what is always to be known, passes, and makes nothing", async () => {
    const before = world.tree();
    const { code, out } = await world.kidoban("check");
    expect(code).toBe(0);
    expect(out).toContain("0 errors, 0 warnings, 2 notes");
    expect(idsOf(await found())).toEqual(["same-user", "no-state"]);
    expect(world.tree()).toEqual(before);
  });

  test("says plainly what a gate under the agents' own user does not protect against", async () => {
    expect((await one("same-user")).text).toContain("not against a hostile one that has a shell");
  });

  test("P11: tells every mistake of the files at once, with its line, and fails", async () => {
    world.change(CONFIG_FILE, "expires: 15m", "expires: soon");
    world.change(MANIFEST_FILE, "effect: deny", "effect: denny");
    expect((await world.kidoban("check")).code).toBe(1);
    expect(await found()).toMatchObject([
      { id: "bad-duration", severity: "error", file: "kidoban.yaml", line: 4 },
      { id: "wrong-value", severity: "error", file: "manifests/docs-writer.yaml", line: 7 },
      {},
      {},
    ]);
  });

  test("without a configuration it is wrong use", async () => {
    expect((await world.kidoban("check", "--config", "/nowhere/kidoban.yaml")).code).toBe(2);
  });
});

const PROMPT = `prompts:
  review:
    access: read
    definition: { name: review }
`;
const resources = (...uris: readonly string[]): string =>
  `resources:\n${uris
    .map((uri) => {
      const key = uri.includes("{") ? "uriTemplate" : "uri";
      return `  "${uri}": { access: read, reviewed: { by: aiko, on: 2026-11-21 }, definition: { ${key}: "${uri}", name: x } }\n`;
    })
    .join("")}`;

describe("of servers, check finds", () => {
  test("reads that pass on the server's word alone, as an error", async () => {
    world.change(LOCK_FILE, "reviewed: { by: aiko, on: 2026-11-21 }", "reviewed: { by: hint, on: 2026-11-21 }");
    expect(await one("unreviewed-reads")).toMatchObject({
      severity: "error",
      file: "kidoban.lock/files.yaml",
      line: 4,
      text: expect.stringContaining("1 definition: read_file"),
    });
  });

  test("writes that nobody reviewed, as a warning, since they ask anyway", async () => {
    world.put(LOCK_FILE, LOCK.replaceAll(/(access: write[^]*?) {4}reviewed: .*\n/g, "$1"));
    expect(await one("unreviewed-writes")).toMatchObject({ severity: "warning", line: 10 });
    expect(idsOf(await found())).not.toContain("unreviewed-reads");
  });

  test("a read whose own name contradicts it", async () => {
    world.put(
      LOCK_FILE,
      LOCK.replaceAll("read_file", "delete_file").replace(
        "name: delete_file",
        "name: delete_file\n      annotations: { readOnlyHint: true }",
      ),
    );
    expect(await one("read-contradicted")).toMatchObject({
      severity: "warning",
      text: expect.stringContaining('"delete"'),
    });
  });

  test("a command that is another than the reviewed one", async () => {
    world.change(CONFIG_FILE, "args: [./workspace]", "args: [/]");
    expect(await one("endpoint-changed")).toMatchObject({
      severity: "error",
      file: "kidoban.lock/files.yaml",
      line: 2,
      text: expect.stringContaining("files-server /;"),
    });
  });

  test("a package that may be another one tomorrow", async () => {
    world.change(
      CONFIG_FILE,
      "command: files-server, args: [./workspace]",
      "command: npx, args: [-y, server, ./workspace]",
    );
    world.change(LOCK_FILE, "endpoint: files-server ./workspace", "endpoint: npx -y server ./workspace");
    expect(await one("floating")).toMatchObject({ severity: "warning", file: "kidoban.yaml", line: 3 });
    world.change(CONFIG_FILE, "server, ./workspace]", "server@1.2.3, ./workspace]");
    world.change(LOCK_FILE, "-y server ./", "-y server@1.2.3 ./");
    expect(idsOf(await found())).not.toContain("floating");
  });

  test("a lock of no server, a server without a lock, a root that holds the state", async () => {
    world.put("gate/kidoban.lock/other.yaml", LOCK);
    expect(await one("lock-without-server")).toMatchObject({ file: "kidoban.lock/other.yaml", line: 2 });
    rmSync(world.path(LOCK_FILE));
    expect(await one("no-lock")).toMatchObject({ severity: "warning", file: "manifests/docs-writer.yaml" });
    world.change(CONFIG_FILE, "root: ./workspace", `root: ${world.home}`);
    expect(await one("state-inside-root")).toMatchObject({ severity: "error" });
  });

  test("two tools of which the agent sees only one", async () => {
    world.change(
      CONFIG_FILE,
      "  files: { command: files-server, args: [./workspace], root: ./workspace }",
      "  files: { command: files-server, args: [./workspace], naming: as-is, root: ./workspace }\n  twin: { command: files-server, args: [./workspace], naming: as-is }",
    );
    world.put("gate/kidoban.lock/twin.yaml", LOCK);
    world.change(
      MANIFEST_FILE,
      "files: { access: read-write }",
      "files: { access: read-write }\n  twin: { access: read-only }",
    );
    world.put("gate/kidoban.lock/files.yaml", `${LOCK}${PROMPT}`);
    world.put("gate/kidoban.lock/twin.yaml", `${LOCK}${PROMPT}`);
    expect((await found()).filter(({ id }) => id === "name-clash").map(({ text }) => text)).toEqual([
      // Of the second, writes are not seen at all.
      expect.stringContaining("several tools named read_file (files, twin)"),
      expect.stringContaining("several prompts named review (files, twin)"),
    ]);
  });

  test("a URI that two servers have or make, and which of them is asked for it", async () => {
    world.change(CONFIG_FILE, "servers:", "servers:\n  archive: { command: files-server, args: [./workspace] }");
    world.change(MANIFEST_FILE, "servers:", "servers:\n  archive: { access: read-only }");
    world.put("gate/kidoban.lock/files.yaml", `${LOCK}${resources("file:///notes", "doc://{name}")}`);
    world.put("gate/kidoban.lock/archive.yaml", `${LOCK}${resources("file:///{+path}", "doc://{name}", "old://x")}`);
    expect((await found()).filter(({ id }) => id === "uri-clash").map(({ text }) => text)).toEqual([
      "doc://{name} is claimed by more than one server that docs-writer is granted (archive, files); archive is asked for it, the others never",
      "file:///notes is claimed by more than one server that docs-writer is granted (archive, files); files is asked for it, the others never",
    ]);
    world.change(MANIFEST_FILE, "archive: { access: read-only }", "archive: { access: read-only, resources: [old:*] }");
    expect((await found()).filter(({ id }) => id === "uri-clash")).toEqual([]);
  });

  test("reads of prompts and templates that nobody reviewed, and names that speak of writing", async () => {
    world.put("gate/kidoban.lock/files.yaml", `${LOCK}${PROMPT.replaceAll("review", "delete-all")}`);
    expect(await one("read-contradicted")).toMatchObject({
      text: 'prompt:files/delete-all is locked as a read, but has "delete" in its name or arguments',
    });
    expect(await one("unreviewed-reads")).toMatchObject({
      severity: "error",
      text: expect.stringContaining("(1 definition: prompt:delete-all)"),
    });
  });
});

describe("of rules and approvers, check finds", () => {
  test("a rule that matches nothing that is granted", async () => {
    world.change(MANIFEST_FILE, "{ access: read-write }", "{ access: read-write, tools: [read_file, write_file] }");
    rule("{ id: moves, effect: ask, match: [files/move_file] }");
    expect(await one("rule-unused")).toMatchObject({
      severity: "warning",
      file: "manifests/docs-writer.yaml",
      line: 6,
    });
  });

  test("a pattern that matches nothing is told once", async () => {
    rule("{ id: none, effect: deny, match: ['files/delete_*'] }");
    const ids = idsOf(await found());
    expect(ids).toContain("match-nothing");
    expect(ids).not.toContain("rule-unused");
  });

  test("writes that a wildcard lets through", async () => {
    rule("{ id: all, effect: allow, match: ['files/*_file'] }");
    expect(await one("wildcard-allow")).toMatchObject({
      severity: "warning",
      line: 6,
      text: expect.stringContaining("files/write_file, files/move_file"),
    });
    world.change(MANIFEST_FILE, "match: ['files/*_file']", "access: read, match: ['files/*_file']");
    expect(idsOf(await found())).not.toContain("wildcard-allow");
  });

  test("writes that ask where nobody could answer", async () => {
    world.put(CONFIG_FILE, CONFIG);
    expect(await one("no-approver")).toMatchObject({ severity: "error", text: expect.stringContaining("docs-writer") });
    world.change(CONFIG_FILE, "assurance: operator", "assurance: client");
    expect(idsOf(await found())).not.toContain("no-approver");
    world.change(CONFIG_FILE, "assurance: client", "assurance: operator");
    world.change(MANIFEST_FILE, "read-write", "read-only");
    expect(idsOf(await found())).not.toContain("no-approver");
  });

  test("a quorum that nobody can meet, by number, by group and by assurance", async () => {
    rule("{ id: two, effect: ask, match: [files/move_file], approval: { need: 2 } }");
    expect(await one("quorum-unmet")).toMatchObject({ severity: "error", line: 6 });
    world.put(CONFIG_FILE, CONFIG + approvers(aiko, mallory));
    expect(idsOf(await found())).not.toContain("quorum-unmet");
    world.change(MANIFEST_FILE, "need: 2", "need: 2, from: [ops]");
    world.change(CONFIG_FILE, `"${aiko.key}" }`, `"${aiko.key}", groups: [ops] }`);
    expect((await one("quorum-unmet")).text).toContain("needs 2 approvers of ops, and has 1");
    world.change(MANIFEST_FILE, "need: 2, from: [ops]", "assurance: verified");
    expect(await one("assurance-unmet")).toMatchObject({ severity: "error", line: 6 });
  });

  test("a floor that is harder than the approvers are many", async () => {
    world.change(CONFIG_FILE, "assurance: operator", "need: 2, assurance: operator");
    expect((await one("quorum-unmet")).text).toContain("approvals needs 2 approvers, and has 1");
  });

  test("a key of one's own that is not the one the configuration names", async () => {
    giveKey(world, aiko);
    expect(idsOf(await found())).not.toContain("approver-other-key");
    world.put(".config/kidoban/aiko.key.json", mallory.file);
    expect(await one("approver-other-key")).toMatchObject({ severity: "warning", file: "kidoban.yaml", line: 6 });
  });
});

describe("of secrets and files, check finds", () => {
  beforeEach(() => {
    world.put(CONFIG_FILE, `${CONFIG}${approvers(aiko)}secrets: { TOKEN: { file: secrets/token, max_age: 30d } }\n`);
    world.put("gate/secrets/token", "not-a-real-token");
    chmodSync(world.path("gate/secrets/token"), 0o600);
  });

  test("nothing where a secret is young and private", async () => {
    expect(idsOf(await found())).toEqual(["same-user", "no-state"]);
  });

  test("P9: a secret past its max_age, one that others can read, one that is gone, and never its value", async () => {
    const path = world.path("gate/secrets/token");
    const monthsAgo = Date.now() / 1000 - 90 * 86_400;
    utimesSync(path, monthsAgo, monthsAgo);
    expect(await one("secret-old")).toMatchObject({
      severity: "error",
      file: path,
      text: expect.stringContaining("90 d old, its max_age is 30 d"),
    });
    chmodSync(path, 0o644);
    expect(await one("secret-exposed")).toMatchObject({ severity: "error", file: path });
    expect((await world.kidoban("check")).out).not.toContain("not-a-real-token");
    rmSync(path);
    expect(await one("secret-missing")).toMatchObject({ severity: "error", file: path });
  });

  test("a variable that is not set, and runs no command to find out about a secret", async () => {
    const mark = world.path("ran");
    world.change(
      CONFIG_FILE,
      "{ TOKEN: { file: secrets/token, max_age: 30d } }",
      `{ TOKEN: { env: NOWHERE_SET }, OTHER: { command: [touch, ${mark}] } }`,
    );
    expect(await one("secret-unset")).toMatchObject({ severity: "warning" });
    expect(world.tree()).not.toContain("ran");
  });

  test("a state and keys that others can read, before anything tightens them", async () => {
    await world.kidoban("accept", "--yes");
    giveKey(world, aiko);
    const keyFile = world.path(".config/kidoban/aiko.key.json");
    const pem = join(world.stateDir, "keys", "installation.pem");
    for (const path of [world.stateDir, join(world.stateDir, "kidoban.db"), pem, keyFile]) chmodSync(path, 0o755);
    const exposed = (await found()).filter(({ id }) => id === "exposed");
    expect(exposed.map(({ file }) => file)).toEqual(
      [world.stateDir, join(world.stateDir, "kidoban.db"), pem, keyFile].toSorted((a, b) => a.localeCompare(b, "en")),
    );
    expect(exposed.every(({ severity }) => severity === "error")).toBe(true);
  });

  test("a folder in which others can swap files, but for one with the sticky bit", async () => {
    const folder = world.path("gate/manifests");
    chmodSync(folder, 0o777);
    expect(await one("folder-writable")).toMatchObject({ severity: "warning", file: folder });
    chmodSync(folder, 0o1777);
    expect(idsOf(await found())).not.toContain("folder-writable");
  });
});

describe("of the state, check finds", () => {
  beforeEach(async () => {
    await world.kidoban("accept", "--yes");
  });

  test("nothing in a fresh one", async () => {
    expect(idsOf(await found())).toEqual(["same-user"]);
  });

  test("P12: a change that waits for acceptance", async () => {
    world.change(MANIFEST_FILE, "effect: deny", "effect: allow");
    expect(await one("not-accepted")).toMatchObject({ severity: "warning" });
  });

  test("P8: a stop in force", async () => {
    await world.kidoban("stop", "--agent", "docs-writer", "--reason", "odd calls");
    expect((await one("stopped")).text).toContain("in force for docs-writer (odd calls)");
  });

  test("P6: a key that is gone, another key, a damaged one; and makes no new one", async () => {
    const pem = join(world.stateDir, "keys", "installation.pem");
    const key = readFileSync(pem, "utf8");
    rmSync(pem);
    expect(await one("log-key-missing")).toMatchObject({ severity: "error", file: pem });
    expect(statSync(pem, { throwIfNoEntry: false })).toBeUndefined();
    writeFileSync(pem, key.replace(/[A-Za-z0-9]{20}/, "AAAAAAAAAAAAAAAAAAAA"), { mode: 0o600 });
    expect(await one("log-key-unusable")).toMatchObject({ severity: "error" });
    const other = makeWorld();
    await other.kidoban("accept", "--yes");
    writeFileSync(pem, readFileSync(join(other.stateDir, "keys", "installation.pem")));
    other.remove();
    expect(await one("log-other-key")).toMatchObject({ severity: "error" });
  });

  test("P6: a ledger that was changed", async () => {
    await sql(`UPDATE ledger SET line = replace(line, '"size":', '"size":1')`);
    expect(await one("log-altered")).toMatchObject({ severity: "error" });
  });

  test("P6: a store that is older than the log beside it", async () => {
    const db = join(world.stateDir, "kidoban.db");
    await sql("PRAGMA wal_checkpoint(TRUNCATE)");
    const earlier = readFileSync(db);
    await world.kidoban("stop", "--agent", "x", "--reason", "to have more lines");
    for (const end of ["", "-wal", "-shm"]) rmSync(`${db}${end}`, { force: true });
    writeFileSync(db, earlier, { mode: 0o600 });
    expect(await one("log-rolled-back")).toMatchObject({ severity: "error" });
  });

  test("a state that cannot be opened", async () => {
    // Another file, not other bytes: this very process had it open, and its SQLite may remember that.
    for (const end of ["", "-wal", "-shm"]) rmSync(join(world.stateDir, `kidoban.db${end}`), { force: true });
    writeFileSync(join(world.stateDir, "kidoban.db"), "this is no database, whatever its name says ".repeat(30));
    expect(await one("state-unusable")).toMatchObject({ severity: "error", file: world.stateDir });
  });

  test("a state that is only a link to somewhere else", async () => {
    const elsewhere = world.path("elsewhere");
    await world.kidoban("accept", "--yes");
    rmSync(world.stateDir, { recursive: true });
    world.put("elsewhere/kidoban.db", "");
    symlinkSync(elsewhere, world.stateDir);
    expect(await one("state-unusable")).toMatchObject({ severity: "error" });
  });

  test("what the last client declared, and how long a held call blocks it", async () => {
    const client = { era: "modern", protocol: "2026-07-28", name: "claude-code", version: "2.1", prompts: false };
    await world.inStore((store) => store.setNote("client/docs-writer", JSON.stringify(client)));
    expect((await one("last-client")).text).toContain(
      "the last client was claude-code 2.1 (2026-07-28); a call that waits for a human blocks it for 4 min at most",
    );
    world.change(MANIFEST_FILE, "agent: docs-writer", "agent: docs-writer\nwait: 90s");
    expect((await one("last-client")).text).toContain("for 90 s at most");
    world.change(CONFIG_FILE, "assurance: operator", "assurance: client");
    expect(await one("client-cannot-ask")).toMatchObject({ severity: "warning" });
    // What init tries a gate with is no client of an agent.
    for (const other of ['{"odd":1}', JSON.stringify({ ...client, name: "kidoban-init" })]) {
      await world.inStore((store) => store.setNote("client/docs-writer", other));
      expect(idsOf(await found())).not.toContain("last-client");
    }
  });
});

describe("of agents' clients, check finds", () => {
  test("a server behind the gate that a client also starts by itself", async () => {
    cursor({ command: "/usr/bin/files-server", args: [world.path("gate/workspace")] });
    expect(await one("reachable-directly")).toMatchObject({
      severity: "warning",
      file: world.path(".cursor/mcp.json"),
      text: expect.stringContaining('Cursor starts "My Files" by itself, which is files behind the gate'),
    });
  });

  test("the same package in another version, and the same address", async () => {
    world.change(CONFIG_FILE, "command: files-server, args: [./workspace]", "command: npx, args: [-y, server@1.2.3]");
    cursor({ command: "cmd", args: ["/c", "npx", "-y", "server@latest", "/"] });
    expect(idsOf(await found())).toContain("reachable-directly");
    world.change(
      CONFIG_FILE,
      "command: npx, args: [-y, server@1.2.3], root: ./workspace",
      "url: https://mcp.example.com/mcp",
    );
    cursor({ url: "https://mcp.example.com/mcp/" });
    expect(idsOf(await found())).toContain("reachable-directly");
  });

  test("nothing in a client that starts the gate, or something else", async () => {
    cursor({ command: "kidoban", args: ["stdio", "--config", world.config, "--agent", "docs-writer"] });
    expect(idsOf(await found())).not.toContain("reachable-directly");
    cursor({ command: "other-server", args: [] });
    expect(idsOf(await found())).not.toContain("reachable-directly");
  });

  test("a file that cannot be read, and leaves it as it is", async () => {
    world.put(".cursor/mcp.json", "{ not json");
    expect(await one("client-unreadable")).toMatchObject({ severity: "note", file: world.path(".cursor/mcp.json") });
    expect(readFileSync(world.path(".cursor/mcp.json"), "utf8")).toBe("{ not json");
    rmSync(world.path(".cursor/mcp.json"));
    mkdirSync(world.path(".cursor/mcp.json"));
    expect((await one("client-unreadable")).file).toContain("Cursor");
  });
});
