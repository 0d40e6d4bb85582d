import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ledgerLine } from "../../src/audit/leaf.ts";
import type { LedgerLeaf } from "../../src/audit/log.ts";
import { openDatabase } from "../../src/store/database.ts";
import { keepsCommits, sqliteDriver } from "../../src/store/driver.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { watchStore } from "../../src/store/watch.ts";
import { temporaryFolder } from "./processes.ts";

let folder: ReturnType<typeof temporaryFolder>;

beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** Runs SQL on the file behind the store's back, with the same library. */
async function meddle(path: string, sql: string): Promise<void> {
  const connection = (await sqliteDriver()).open(join(path, "kidoban.db"));
  connection.exec(sql);
  connection.close();
}

describe("the state folder", () => {
  it("is this user's alone, with all its files (P9)", async () => {
    const path = join(folder.path, "state");
    const store = await openStore(path);
    await store.register({ id: "p1", pid: 1, role: "tool", startedAt: 1 });
    await store.setNote("a", "b");
    expect(mode(path)).toBe("700");
    expect(mode(join(path, "live"))).toBe("700");
    const files = [...readdirSync(path), ...readdirSync(join(path, "live")).map((name) => join("live", name))];
    expect(files).toEqual(expect.arrayContaining(["kidoban.db", "kidoban.db-wal", "kidoban.db-shm", "live/p1.db"]));
    for (const file of files.filter((name) => name !== "live")) expect(mode(join(path, file)), file).toBe("600");
    await store.close();
  });

  it("is tightened when it was loose", async () => {
    const path = join(folder.path, "state");
    mkdirSync(path, { mode: 0o755 });
    writeFileSync(join(path, "kidoban.db"), "", { mode: 0o644 });
    await (await openStore(path)).close();
    expect(mode(path)).toBe("700");
    expect(mode(join(path, "kidoban.db"))).toBe("600");
  });

  it("is refused when it is a file or a link to elsewhere", async () => {
    const file = join(folder.path, "file");
    writeFileSync(file, "");
    await expect(openStore(file)).rejects.toMatchObject({ code: "open" });
    const link = join(folder.path, "link");
    mkdirSync(join(folder.path, "elsewhere"));
    symlinkSync(join(folder.path, "elsewhere"), link);
    await expect(openStore(link)).rejects.toMatchObject({ code: "open" });
  });

  it("that cannot be written is an error with a code, not a crash", async () => {
    const path = join(folder.path, "state");
    mkdirSync(join(path, "kidoban.db"), { recursive: true });
    chmodSync(path, 0o700);
    await expect(openStore(path)).rejects.toMatchObject({ code: "open" });
  });
});

describe("the database file", () => {
  it("of a newer Kidoban is refused and left as it is", async () => {
    await (await openStore(folder.path)).close();
    await meddle(folder.path, "PRAGMA user_version = 999");
    await expect(openStore(folder.path)).rejects.toMatchObject({ code: "newer" });
  });

  it("that is none is refused", async () => {
    writeFileSync(join(folder.path, "kidoban.db"), "This is no database.\n".repeat(200));
    await expect(openStore(folder.path)).rejects.toMatchObject({ code: "corrupt" });
  });

  it("commits durably: write-ahead log, synchronous FULL (P4)", async () => {
    const database = await openDatabase(await sqliteDriver(), join(folder.path, "kidoban.db"), () => undefined);
    expect(database.get("PRAGMA synchronous")).toEqual({ synchronous: 2 });
    expect(database.get("PRAGMA journal_mode")).toEqual({ journal_mode: "wal" });
    database.close();
  });

  it("refuses to bind a text with a NUL, which one of the libraries would cut", async () => {
    const database = await openDatabase(await sqliteDriver(), join(folder.path, "kidoban.db"), () => undefined);
    expect(() => database.get("SELECT ? AS text", "a\0b")).toThrow(TypeError);
    database.close();
  });
});

describe("which SQLite", () => {
  it.each([
    ["3.44.5", false],
    ["3.44.6", true],
    ["3.45.1", false],
    ["3.47.2", false],
    ["3.50.4", false],
    ["3.50.7", true],
    ["3.51.2", false],
    ["3.51.3", true],
    ["3.53.0", true],
    ["4.0.0", true],
    ["", false],
  ])("%s keeps what several processes commit: %s", (version, sound) => {
    expect(keepsCommits(version)).toBe(sound);
  });

  it("the one in use does", async () => {
    expect(keepsCommits((await sqliteDriver()).version)).toBe(true);
  });
});

const config = (digest: string, path = "/a/kidoban.yaml", previous?: string) => ({
  config: path,
  digest,
  files: new Map([
    ["kidoban.yaml", `kidoban: 1 # ${digest}\0\n`],
    ["manifests/a.yaml", ""],
  ]),
  acceptedAt: 5,
  by: "aiko",
  ...(previous === undefined ? {} : { previous }),
});

describe("small things", () => {
  it("accepted configurations: the last one of each, whole, after a restart (P12)", async () => {
    let store = await openStore(folder.path);
    expect(await store.accepted("/a/kidoban.yaml")).toBeUndefined();
    const again = config("aa", "/a/kidoban.yaml", "bb");
    await store.accept(config("aa"));
    await store.accept(config("bb", "/a/kidoban.yaml", "aa"));
    await store.accept(again);
    await store.accept(config("cc", "/b/kidoban.yaml"));
    await store.close();
    store = await openStore(folder.path);
    expect(await store.accepted("/a/kidoban.yaml")).toEqual(again);
    expect(await store.accepted("/b/kidoban.yaml")).toEqual(config("cc", "/b/kidoban.yaml"));
    expect(await store.acceptedConfigs()).toEqual([again, config("cc", "/b/kidoban.yaml")]);
    await store.close();
  });

  it("of two that accept from one starting point only the first does; what came since is told in order (P12)", async () => {
    const store = await openStore(folder.path);
    const [one, two] = [config("bb", "/a/kidoban.yaml", "aa"), config("cc", "/a/kidoban.yaml", "bb")];
    expect(await store.accept(config("aa"))).toBe(true);
    expect(await store.accept(one)).toBe(true);
    for (const late of [config("dd", "/a/kidoban.yaml", "aa"), config("dd")])
      expect(await store.accept(late)).toBe(false);
    expect(await store.accept(two)).toBe(true);
    await store.accept(config("aa", "/b/kidoban.yaml"));
    expect(await store.acceptedSince("/a/kidoban.yaml", "aa")).toEqual([one, two]);
    expect(await store.acceptedSince("/a/kidoban.yaml", "cc")).toEqual([]);
    expect(await store.acceptedSince("/a/kidoban.yaml", "never")).toEqual([]);
    await store.close();
  });

  it("notes: the last value", async () => {
    const store = await openStore(folder.path);
    expect(await store.note("client/a")).toBeUndefined();
    await store.setNote("client/a", "1");
    await store.setNote("client/a", "2\0");
    expect(await store.note("client/a")).toBe("2\0");
    await store.close();
  });

  it("stops: those that hold, and who acknowledged, after a restart (P8)", async () => {
    let store = await openStore(folder.path);
    const all = { id: "s1", reason: "r\0", by: "aiko", placedAt: 1 };
    const one = { id: "s2", agent: "a", reason: "r", by: "aiko", placedAt: 2 };
    await store.placeStop(all);
    await store.placeStop(one);
    await store.acknowledgeStop("s1", "p2");
    await store.acknowledgeStop("s1", "p1");
    await store.acknowledgeStop("s1", "p1");
    await store.close();
    store = await openStore(folder.path);
    expect(await store.stops()).toEqual([all, one]);
    expect(await store.acknowledgements("s1")).toEqual(["p1", "p2"]);
    expect(await store.liftStop("s1", 3)).toBe(true);
    expect(await store.liftStop("s1", 4)).toBe(false);
    expect(await store.liftStop("s9", 4)).toBe(false);
    expect(await store.stops()).toEqual([one]);
    await store.close();
  });
});

const leaf = (stream: string, size: number): LedgerLeaf => ({
  stream,
  size,
  root: "ab".repeat(32),
  state: "open",
  time: "2026-11-21T00:00:00.000Z",
});

const failing = () => {
  throw new Error("no key");
};

describe("the ledger (P6)", () => {
  it("is signed over all lines in order, the new ones included", async () => {
    const store = await openStore(folder.path);
    const seen: (readonly string[])[] = [];
    const sign = (lines: readonly string[]) => {
      seen.push(lines);
      return `checkpoint of ${lines.length}\n`;
    };
    expect(await store.readLedger()).toEqual({ lines: [], checkpoint: undefined });
    expect(await store.appendLedger([leaf("a", 1), leaf("b", 1)], sign)).toBe(2);
    expect(await store.appendLedger([leaf("a", 2)], sign)).toBe(3);
    const lines = [leaf("a", 1), leaf("b", 1), leaf("a", 2)].map(ledgerLine);
    expect(seen).toEqual([lines.slice(0, 2), lines]);
    expect(await store.readLedger()).toEqual({ lines, checkpoint: "checkpoint of 3\n" });
    expect(await store.ledgerSize()).toBe(3);
    await store.close();
  });

  it("gives only the lines from a number on to be signed: none where the ledger is shorter than that", async () => {
    const store = await openStore(folder.path);
    const seen: unknown[] = [];
    const sign = (lines: readonly string[], first?: number) => {
      seen.push([lines, first]);
      return "checkpoint";
    };
    await store.appendLedger([leaf("a", 1), leaf("b", 1)], sign);
    expect(await store.appendLedger([leaf("a", 2)], sign, 1)).toBe(3);
    expect(await store.appendLedger([leaf("a", 3), leaf("a", 4)], sign, 4)).toBe(5);
    expect(await store.appendLedger([leaf("a", 5)], sign, 9)).toBe(6);
    const lines = [leaf("a", 1), leaf("b", 1), leaf("a", 2), leaf("a", 3), leaf("a", 4)].map(ledgerLine);
    expect(seen).toEqual([
      [lines.slice(0, 2), 0],
      [lines.slice(1, 3), 1],
      [lines.slice(4), 4],
      [[], 9],
    ]);
    await store.close();
  });

  it("keeps nothing of an append that could not be signed", async () => {
    const store = await openStore(folder.path);
    await store.appendLedger([leaf("a", 1)], () => "first");
    await expect(store.appendLedger([leaf("a", 2)], failing)).rejects.toThrow("no key");
    expect(await store.readLedger()).toEqual({ lines: [ledgerLine(leaf("a", 1))], checkpoint: "first" });
    await store.appendLedger([leaf("a", 3)], (lines) => String(lines.length));
    expect(await store.readLedger()).toMatchObject({ checkpoint: "2" });
    await store.close();
  });
});

/** Resolves when the watch tells of a change for the first time. */
const told = (watch: (changed: () => void) => () => void): Promise<void> =>
  new Promise((resolve) => {
    const end = watch(() => {
      end();
      resolve();
    });
  });

describe("watching", () => {
  it("tells of another connection's change and of one's own, and of nothing after its end", async () => {
    const one = await openStore(folder.path);
    const other = await openStore(folder.path);
    const foreign = told(one.watch);
    await other.setNote("k", "1");
    await foreign;
    const own = told(one.watch);
    await one.setNote("k", "2");
    await own;
    let count = 0;
    const end = one.watch(() => count++);
    end();
    await one.setNote("k", "3");
    await new Promise((resolve) => setImmediate(resolve));
    expect(count).toBe(0);
    await one.close();
    await other.close();
  });

  it("needs no file to watch: the poll is enough", async () => {
    const store = await openStore(folder.path);
    const database = await openDatabase(await sqliteDriver(), join(folder.path, "kidoban.db"), () => undefined);
    const watch = watchStore(database, join(folder.path, "nowhere"));
    // The poll keeps no process alive, so this one needs a reason to live meanwhile.
    const alive = setInterval(() => undefined, 1000);
    const changed = told(watch.add);
    await store.setNote("k", "1");
    await changed;
    clearInterval(alive);
    watch.close();
    database.close();
    await store.close();
  });
});
