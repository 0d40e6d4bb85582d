import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BackupError, carryOut, latest, note, prepare, undo } from "../../src/clients/backup.ts";
import type { Write } from "../../src/clients/backup.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "kidoban-backup-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const NOW = Date.UTC(2026, 10, 21, 9, 0, 0);
const path = (name: string): string => join(home, name);
const backups = (): string => path("state/backups");
const read = (name: string): string => readFileSync(path(name), "utf8");
const mode = (name: string): number => statSync(path(name)).mode & 0o7777;
const put = (name: string, text: string, rights = 0o644): Write => {
  writeFileSync(path(name), text);
  chmodSync(path(name), rights);
  return { path: path(name), expected: Buffer.from(text), bytes: Buffer.from(`${text} changed`) };
};
const newFile = (name: string, text: string): Write => ({ path: path(name), bytes: Buffer.from(text) });
const noMerge = (): undefined => undefined;
const newest = () => {
  const backup = latest(backups());
  if (backup === undefined) throw new Error("no backup");
  return backup;
};
/** All that init does, without its steps. */
const change = (writes: readonly Write[], now = NOW): void => {
  const folder = prepare(backups(), writes, now);
  for (const write of writes) carryOut(write);
  note(folder, [], "done");
};

const writes = (): readonly Write[] => [
  newFile("gate/secrets/x", "s"),
  newFile("gate/kidoban.yaml", "k"),
  put("a.json", "a"),
  put("b.json", "b"),
];

describe("undoing", () => {
  it("puts every byte and mode back and removes what was created", () => {
    const odd = '\uFEFF{\r\n\t"a": 1 }  \r\n\r\n';
    change([
      put("a.json", odd, 0o640),
      put("b.toml", "b", 0o600),
      newFile("gate/secrets/x", "s"),
      newFile("gate/kidoban.yaml", "k"),
    ]);
    expect([read("a.json"), mode("a.json"), mode("b.toml")]).toEqual([`${odd} changed`, 0o640, 0o600]);
    expect([mode("gate/secrets/x"), mode("gate/secrets"), mode("gate"), mode("state/backups")]).toEqual([
      0o600, 0o700, 0o700, 0o700,
    ]);

    const answer = undo(newest(), "refuse", noMerge);
    expect(answer).toMatchObject({ kind: "undone", files: { restored: [path("a.json"), path("b.toml")], kept: [] } });
    expect([read("a.json"), mode("a.json"), read("b.toml"), mode("b.toml")]).toEqual([odd, 0o640, "b", 0o600]);
    expect(readdirSync(home).toSorted()).toEqual(["a.json", "b.toml", "state"]);
  });

  it("has nothing to undo a second time, nor where nothing was done", () => {
    expect(latest(backups())).toBeUndefined();
    change([put("a.json", "a")]);
    undo(newest(), "refuse", noMerge);
    expect(latest(backups())).toBeUndefined();
  });

  it("goes back one init at a time", () => {
    change([put("a.json", "1")]);
    change([{ path: path("a.json"), expected: Buffer.from("1 changed"), bytes: Buffer.from("2") }], NOW + 1);
    undo(newest(), "refuse", noMerge);
    expect(read("a.json")).toBe("1 changed");
    undo(newest(), "refuse", noMerge);
    expect(read("a.json")).toBe("1");
  });

  it("touches nothing where one file was changed since, unless forced", () => {
    change([put("a.json", "a"), put("b.json", "b"), newFile("gate/kidoban.yaml", "k")]);
    writeFileSync(path("b.json"), "b, edited by its client");
    expect(undo(newest(), "refuse", noMerge)).toEqual({ kind: "refused", mergeable: [], lost: [path("b.json")] });
    expect([read("a.json"), read("b.json"), read("gate/kidoban.yaml")]).toEqual([
      "a changed",
      "b, edited by its client",
      "k",
    ]);
    undo(newest(), "restore", noMerge);
    expect([read("a.json"), read("b.json")]).toEqual(["a", "b"]);
  });

  it("counts a removed file as changed", () => {
    change([put("a.json", "a")]);
    rmSync(path("a.json"));
    expect(undo(newest(), "refuse", noMerge).kind).toBe("refused");
    undo(newest(), "restore", noMerge);
    expect(read("a.json")).toBe("a");
  });

  it("keeps what was created and then edited by hand", () => {
    change([put("a.json", "a"), newFile("gate/manifests/x.yaml", "m")]);
    writeFileSync(path("gate/manifests/x.yaml"), "m, with a rule of mine");
    expect(undo(newest(), "refuse", noMerge)).toMatchObject({
      kind: "undone",
      files: { kept: [path("gate/manifests/x.yaml")] },
    });
    expect(read("gate/manifests/x.yaml")).toBe("m, with a rule of mine");
  });

  it("removes the locks that were made in between", () => {
    const folder = prepare(backups(), [newFile("gate/kidoban.yaml", "k")], NOW);
    carryOut(newFile("gate/kidoban.yaml", "k"));
    mkdirSync(path("gate/kidoban.lock"));
    writeFileSync(path("gate/kidoban.lock/a.yaml"), "lock");
    note(folder, [path("gate/kidoban.lock/a.yaml")], "done");
    undo(newest(), "refuse", noMerge);
    expect(readdirSync(home)).toEqual(["state"]);
  });

  it("refuses a backup that somebody changed, before it touches anything", () => {
    change([put("a.json", "a"), put("b.json", "b")]);
    writeFileSync(join(newest().folder, "1.bak"), "evil");
    expect(() => undo(newest(), "refuse", noMerge)).toThrow(BackupError);
    expect(read("a.json")).toBe("a changed");
    writeFileSync(join(newest().folder, "journal.json"), "{}");
    expect(() => latest(backups())).toThrow(BackupError);
  });
});

describe("a crash", () => {
  it.each([0, 1, 2, 3, 4])("after %i of the writes is undone by undo", (count) => {
    const all = writes();
    prepare(backups(), all, NOW);
    for (const write of all.slice(0, count)) carryOut(write);
    expect(newest().journal.state).toBe("started");
    undo(newest(), "refuse", noMerge);
    expect([read("a.json"), read("b.json"), readdirSync(home).toSorted()]).toEqual([
      "a",
      "b",
      ["a.json", "b.json", "state"],
    ]);
  });

  it("before the journal is whole leaves nothing to undo and nothing changed", () => {
    mkdirSync(join(backups(), "2026-11-21T09-00-00-000Z"), { recursive: true });
    writeFileSync(join(backups(), "2026-11-21T09-00-00-000Z", "0.bak"), "a");
    expect(latest(backups())).toBeUndefined();
  });
});

describe("writing", () => {
  it("keeps a symbolic link one, to a file elsewhere with its own mode", () => {
    mkdirSync(path("dotfiles"));
    put("dotfiles/mcp.json", "a", 0o644);
    symlinkSync("dotfiles/mcp.json", path("mcp.json"));
    change([{ path: path("mcp.json"), expected: Buffer.from("a"), bytes: Buffer.from("b") }]);
    expect([
      lstatSync(path("mcp.json")).isSymbolicLink(),
      read("dotfiles/mcp.json"),
      mode("dotfiles/mcp.json"),
    ]).toEqual([true, "b", 0o644]);
    undo(newest(), "refuse", noMerge);
    expect([lstatSync(path("mcp.json")).isSymbolicLink(), read("dotfiles/mcp.json")]).toEqual([true, "a"]);
  });

  it("refuses a file that is not what was read, or that should not be there", () => {
    const write = put("a.json", "a");
    writeFileSync(path("a.json"), "a, just saved by its client");
    expect(() => carryOut(write)).toThrow(expect.objectContaining({ code: "changed", path: path("a.json") }));
    put("kidoban.yaml", "mine");
    expect(() => carryOut(newFile("kidoban.yaml", "k"))).toThrow(expect.objectContaining({ code: "exists" }));
    expect([read("a.json"), read("kidoban.yaml")]).toEqual(["a, just saved by its client", "mine"]);
  });

  it("leaves no half-written file behind", () => {
    change([put("a.json", "a")]);
    expect(readdirSync(home).toSorted()).toEqual(["a.json", "state"]);
  });
});
