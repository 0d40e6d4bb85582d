import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { passLeave, signPass } from "../../src/approval/pass.ts";
import { verifyLog } from "../../src/audit/verify.ts";
import { makeBackup, type BackedUp } from "../../src/compose/backup.ts";
import { restore, type RestoreWish } from "../../src/compose/restore.ts";
import { openState } from "../../src/compose/state.ts";
import { findLog } from "../../src/log/files.ts";
import { logReader } from "../../src/log/read.ts";
import { sqliteDriver } from "../../src/store/driver.ts";
import type { TokenRecord } from "../../src/store/store.ts";
import { person, samplePass, sampleRequest, says, T0 } from "../approval/sample.ts";
import { intent, outcome } from "../log/samples.ts";
import { toItsEnd } from "../to-its-end.ts";

const PASSPHRASE = "correct horse battery";
const aiko = person("aiko");
const token: TokenRecord = {
  id: "0123456789ab",
  config: "/c/kidoban.yaml",
  agent: "worker",
  digest: "d".repeat(64),
  issuedAt: 1000,
  expiresAt: 9e15,
};
const stopOf = (id: string) => ({ id, reason: "why", by: "aiko", placedAt: 5 });

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "kidoban-backup-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const opening = (dir: string) => openState(dir, { role: "tool", now: Date.now });
type State = Awaited<ReturnType<typeof opening>>;

async function used<T>(dir: string, step: (state: State) => Promise<T>): Promise<T> {
  const state = await opening(dir);
  try {
    return await step(state);
  } finally {
    await state.close("end");
  }
}

/** A state with an approved request, a pass, a token, a stop, and some calls. */
async function world() {
  const root = folder();
  const [dir, to] = [join(root, "state"), join(root, "backup")];
  const request = sampleRequest();
  await used(dir, async ({ store, log }) => {
    log.record({ ...intent("a"), args: log.body('{"path":"a"}', "json") });
    log.record(outcome("a"));
    await store.openRequest(request, 10);
    await store.addStatement(says(aiko, request, "approve"));
    await store.move(request.id, ["pending"], "approved", T0, { redeemUntil: 9e15 });
    await store.addPass(samplePass(), signPass(passLeave(samplePass(), "aiko", T0), aiko.key), T0);
    await store.addToken(token);
    await store.placeStop(stopOf("s1"));
  });
  return { root, dir, to, request };
}

const back = (dir: string, to: string, passphrase?: string): Promise<BackedUp> =>
  used(dir, (state) =>
    makeBackup(state, {
      stateDir: dir,
      to,
      by: "aiko",
      now: Date.now,
      ...(passphrase === undefined ? {} : { passphrase }),
    }),
  );

const restoring = (stateDir: string, from: string, more: Partial<RestoreWish> = {}) =>
  restore({ stateDir, from, by: "aiko", now: Date.now, passphrase: async () => PASSPHRASE, ...more });

async function verdictOf(dir: string) {
  const { files, key } = await findLog(join(dir, "log"));
  return verifyLog(files, key);
}

/** Everything below a folder, with digests; SQLite may move what stands in its write-ahead log at any time. */
const snapshot = (dir: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(dir, { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(join(dir, name)).isFile() && !name.includes(".db"))
      .toSorted((a, b) => (a < b ? -1 : 1))
      .map((name) => [
        name,
        createHash("sha256")
          .update(readFileSync(join(dir, name)))
          .digest("hex"),
      ]),
  );

async function sql(path: string, text: string): Promise<void> {
  const database = (await sqliteDriver()).open(path);
  database.exec(text);
  database.close();
}

const accept = (state: State, digest: string, previous?: string) =>
  state.store.accept({
    config: "/c/kidoban.yaml",
    digest,
    files: new Map(),
    acceptedAt: 1,
    by: "aiko",
    ...(previous === undefined ? {} : { previous }),
  });

/** The longest: the one of the backup itself has no signed entry yet. */
const anyStream = (to: string): string =>
  readdirSync(join(to, "log"))
    .filter((name) => /^\d.*[0-9a-f]\.jsonl$/.test(name))
    .toSorted((a, b) => statSync(join(to, "log", b)).size - statSync(join(to, "log", a)).size)[0] ?? "";

describe("a backup", () => {
  test("is made while others write, proves itself, and is on record", async () => {
    const { dir, to } = await world();
    const gate = await opening(dir);
    const writing = new AbortController();
    let calls = 0;
    const busy = (async () => {
      for (; !writing.signal.aborted; calls++) {
        gate.log.record({ ...intent(`w${calls}`), args: gate.log.body(`{"n":${calls}}`, "json") });
        gate.log.record(outcome(`w${calls}`));
        await gate.log.synced();
      }
    })();
    const made = await back(dir, to);
    writing.abort();
    await busy;
    expect(made.kind).toBe("made");
    expect(calls).toBeGreaterThan(0);
    expect(await verdictOf(to)).toMatchObject({ kind: "proven" });
    await gate.close("end");
    const backup = made.kind === "made" ? made.backup.digest : "";
    const entries = (await logReader(join(dir, "log")).next()).map(({ entry }) => entry.body);
    expect(entries).toContainEqual(expect.objectContaining({ kind: "backup.made", backup, keys: false, by: "aiko" }));
    expect(await verdictOf(dir)).toMatchObject({ kind: "proven" });
  });

  test("holds no key without the option, and with it only under the passphrase; all of it its owner's alone", async () => {
    const { root, dir, to } = await world();
    const secrets = ["installation.pem", "redaction.key", "bodies.key"].map((name) =>
      readFileSync(join(dir, "keys", name), "utf8").trim(),
    );
    const pem = secrets[0]?.split("\n")[1] ?? "";
    expect(await back(dir, to)).toMatchObject({ kind: "made" });
    const sealed = join(root, "sealed");
    expect(await back(dir, sealed, PASSPHRASE)).toMatchObject({ kind: "made" });
    expect(await back(dir, join(root, "short"), "short")).toEqual({ kind: "short-passphrase" });
    for (const place of [to, sealed]) {
      for (const name of [...snapshot(place).keys(), "kidoban.db"]) {
        const text = readFileSync(join(place, name), "latin1");
        for (const secret of [pem, ...secrets.slice(1)]) expect(text.includes(secret), name).toBe(false);
        expect(statSync(join(place, name)).mode & 0o077, name).toBe(0);
      }
    }
    expect(existsSync(join(to, "keys.sealed"))).toBe(false);
    expect(await back(dir, to)).toEqual({ kind: "not-empty" });
  });
});

describe("a restore", () => {
  test("into nothing, with the keys of the backup, goes on as the same log, in a new epoch that the log names", async () => {
    const { root, dir, to } = await world();
    await back(dir, to, PASSPHRASE);
    const fresh = join(root, "elsewhere", "state");
    const done = await restoring(fresh, to);
    expect(done).toMatchObject({
      kind: "restored",
      epoch: {
        lost: undefined,
        aside: undefined,
        ownKey: true,
        stops: 1,
        voided: { requests: 1, passes: 1, tokens: 1 },
      },
    });
    const verdict = await verdictOf(fresh);
    expect(verdict).toMatchObject({ kind: "proven", summary: { open: [] } });
    await used(fresh, async ({ log }) => void log.record(intent("later")));
    expect(await verdictOf(fresh)).toMatchObject({ kind: "proven" });
    const entry = (await logReader(join(fresh, "log")).next()).find(
      ({ entry: { body } }) => body.kind === "epoch.began",
    );
    expect(entry?.entry).toMatchObject({
      n: 1,
      body: { from: done.kind === "restored" ? done.epoch.from : undefined },
    });
    expect(statSync(fresh).mode & 0o077).toBe(0);
  });

  test("needs keys: the state's own or those of the backup, and the right passphrase", async () => {
    const { root, dir, to } = await world();
    await back(dir, to);
    expect(await restoring(join(root, "a"), to)).toEqual({ kind: "no-keys" });
    const sealed = join(root, "sealed");
    await back(dir, sealed, PASSPHRASE);
    expect(await restoring(join(root, "b"), sealed, { passphrase: async () => "wrong horse" })).toEqual({
      kind: "wrong-passphrase",
    });
    expect(await restoring(join(root, "c"), sealed, { passphrase: async () => undefined })).toEqual({
      kind: "no-passphrase",
    });
    for (const name of ["a", "b", "c"]) expect(readdirSync(join(root, name))).toEqual([]);
    rmSync(join(dir, "log"), { recursive: true });
    expect(await restoring(dir, to)).toMatchObject({ kind: "restored" });
  });

  test("waits for every process to be ended, one that only stands still included", async () => {
    const { dir, to } = await world();
    await back(dir, to);
    const gate = await opening(dir);
    expect(await restoring(dir, to)).toEqual({ kind: "living", pids: [process.pid] });
    await gate.close("end");
    expect(await restoring(dir, to)).toMatchObject({ kind: "restored" });
  });

  test("keeps what was there beside it, whole", async () => {
    const { dir, to } = await world();
    await back(dir, to);
    await used(dir, async ({ log }) => void log.record(intent("since")));
    const streams = readdirSync(join(dir, "log"));
    const done = await restoring(dir, to);
    const aside = done.kind === "restored" ? (done.epoch.aside ?? "") : "";
    expect(readdirSync(join(aside, "log"))).toEqual(streams);
    expect(await verdictOf(aside)).toMatchObject({ kind: "proven" });
    expect(done).toMatchObject({ epoch: { lost: { size: expect.any(Number) as number } } });
  });
});

describe("attack: an old backup brings nothing back (P2, P7, P8)", () => {
  test("no approval, spent since or not; not even when its row is set back by hand", async () => {
    const { dir, to, request } = await world();
    await back(dir, to);
    await used(dir, async ({ store, process: own }) => {
      await store.liftStop("s1", 6);
      expect(await store.claim(request.id, request.action, own, T0 + 5)).toBe("claimed");
      await store.finish(request.id, "succeeded", T0 + 6, { member: "result", text: "{}", at: T0 + 6 });
    });
    await restoring(dir, to);
    await used(dir, async ({ store, process: own }) => {
      expect((await store.request(request.id))?.state).toBe("invalidated");
      for (const stop of await store.stops()) await store.liftStop(stop.id, 7);
      expect(await store.claim(request.id, request.action, own, T0 + 5)).not.toBe("claimed");
    });
    await sql(join(dir, "kidoban.db"), "UPDATE requests SET state = 'approved', redeem_until = 9e15, closed_at = NULL");
    await used(dir, async ({ store, process: own }) => {
      await expect(
        store.claim(request.id, request.action, own, T0 + 5).catch((error: unknown) => error),
      ).resolves.not.toBe("claimed");
    });
  });

  test("no pass and no token, whether they were revoked since or not", async () => {
    const { dir, to } = await world();
    await back(dir, to);
    await used(dir, ({ store }) => store.revokeToken(token.id, 77));
    await restoring(dir, to);
    await used(dir, async ({ store }) => {
      expect((await store.token(token.id))?.revokedAt).toBeDefined();
      for (const stop of await store.stops()) await store.liftStop(stop.id, 7);
      const use = { id: "p1", agent: "worker", count: 2, until: T0 + 100, call: "c", now: T0 };
      expect(await store.usePass(use)).toEqual({ kind: "refused", why: "revoked" });
    });
  });

  test("every stop stays: those of the backup, those placed since, those of both", async () => {
    const { dir, to } = await world();
    await back(dir, to);
    await used(dir, async ({ store }) => {
      await store.liftStop("s1", 6);
      await store.placeStop(stopOf("s2"));
    });
    expect(await restoring(dir, to)).toMatchObject({ epoch: { stops: 2 } });
    await used(dir, async ({ store }) => {
      expect((await store.stops()).map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["s1", "s2"]);
    });
  });

  test("a stop that nobody can read is not passed over", async () => {
    const { dir, to } = await world();
    await back(dir, to);
    // Another file: a closed connection that was not collected yet may still write to the one that was there.
    for (const suffix of ["", "-wal", "-shm"]) rmSync(join(dir, `kidoban.db${suffix}`), { force: true });
    writeFileSync(join(dir, "kidoban.db"), "no database".repeat(1_000));
    expect(await restoring(dir, to)).toEqual({ kind: "unreadable" });
  });

  test("what was accepted since stays accepted, and what was accepted first elsewhere does not come in (P12)", async () => {
    const { dir, to } = await world();
    await used(dir, (state) => accept(state, "wide"));
    await back(dir, to);
    await used(dir, (state) => accept(state, "narrow", "wide"));
    await restoring(dir, to);
    await used(dir, async ({ store }) => expect(await store.acceptedDigest("/c/kidoban.yaml")).toBe("narrow"));
    // A state under the same keys that began anew, with something else accepted as it was found.
    rmSync(join(dir, "log"), { recursive: true });
    for (const suffix of ["", "-wal", "-shm"]) rmSync(join(dir, `kidoban.db${suffix}`), { force: true });
    await used(dir, (state) => accept(state, "evil"));
    await restoring(dir, to);
    await used(dir, async ({ store }) => expect(await store.acceptedDigest("/c/kidoban.yaml")).toBe("wide"));
  });

  test.each([["checkpoint"], ["ledger.jsonl"]])(
    "rights taken away since stay away with log/%s emptied: the store's own ledger decides (P12)",
    async (lost) => {
      const { dir, to } = await world();
      await used(dir, (state) => accept(state, "wide"));
      await back(dir, to);
      await used(dir, (state) => accept(state, "narrow", "wide"));
      writeFileSync(join(dir, "log", lost), "");
      expect(await restoring(dir, to)).toMatchObject({ kind: "restored" });
      await used(dir, async ({ store }) => expect(await store.acceptedDigest("/c/kidoban.yaml")).toBe("narrow"));
    },
  );

  test.each([
    ["no line", "DELETE FROM ledger"],
    ["no checkpoint", "DELETE FROM ledger_head"],
    ["fewer lines than were signed", "DELETE FROM ledger WHERE n > 1"],
    ["another line", "UPDATE ledger SET line = replace(line, '\"v\":1', '\"v\":2') WHERE n = 0"],
  ])(
    "where neither ledger tells, since the store's has %s, nothing is restored over what is accepted",
    async (_, text) => {
      const { dir, to } = await world();
      await used(dir, (state) => accept(state, "wide"));
      await back(dir, to);
      await used(dir, (state) => accept(state, "narrow", "wide"));
      writeFileSync(join(dir, "log", "checkpoint"), "");
      await sql(join(dir, "kidoban.db"), text);
      const before = snapshot(dir);
      expect(await restoring(dir, to)).toEqual({ kind: "unknown-ledger" });
      expect(snapshot(dir)).toEqual(before);
    },
  );

  test("put back by hand, without a restore, it is refused at the start", async () => {
    const { dir, to } = await world();
    await back(dir, to);
    await used(dir, async ({ log }) => void log.record(intent("since")));
    for (const suffix of ["-wal", "-shm"]) rmSync(join(dir, `kidoban.db${suffix}`), { force: true });
    cpSync(join(to, "kidoban.db"), join(dir, "kidoban.db"));
    await expect(opening(dir)).rejects.toMatchObject({ code: "rolled-back" });
  });
});

describe("attack: a backup that was tampered with is refused with the place, and nothing is touched", () => {
  test.each<readonly [string, (to: string) => unknown, object]>([
    ["a changed byte in the store", (to) => flip(join(to, "kidoban.db")), { kind: "file", file: "kidoban.db" }],
    [
      "a changed entry",
      (to) => flip(join(to, "log", anyStream(to))),
      { kind: "file", file: expect.stringMatching(/^log\/.*jsonl$/) as string },
    ],
    ["a stream taken away", (to) => rmSync(join(to, "log", anyStream(to))), { kind: "file" }],
    ["a file added", (to) => writeFileSync(join(to, "log", "more"), ""), { kind: "file", file: "log/more" }],
    [
      "a changed manifest",
      (to) => {
        const path = join(to, "manifest");
        writeFileSync(path, readFileSync(path, "utf8").replace('"bytes":', '"bytes": '));
      },
      { kind: "manifest", why: "not-signed" },
    ],
    ["no manifest", (to) => rmSync(join(to, "manifest")), { kind: "manifest", why: "no-manifest" }],
    [
      "a checkpoint of something else",
      (to) => appendFileSync(join(to, "log", "checkpoint"), "x"),
      { kind: "file", file: "log/checkpoint" },
    ],
  ])("%s", async (_, tamper, fault) => {
    const { dir, to } = await world();
    await back(dir, to);
    tamper(to);
    const before = snapshot(dir);
    expect(await restoring(dir, to)).toEqual({ kind: "fault", fault: expect.objectContaining(fault) as object });
    expect(snapshot(dir)).toEqual(before);
  });

  test.each<readonly [string, (to: string, elsewhere: string) => string]>([
    [
      "an entry file that is a link to the same bytes elsewhere",
      (to, elsewhere) => linked(to, join("log", anyStream(to)), elsewhere),
    ],
    ["a store that is a link", (to, elsewhere) => linked(to, "kidoban.db", elsewhere)],
    [
      "a log that is a link to a folder elsewhere",
      (to, elsewhere) => {
        linked(to, "log", elsewhere);
        return "log/";
      },
    ],
    [
      "a link beside what is in the manifest",
      (to) => {
        symlinkSync("/etc/hostname", join(to, "log", "more"));
        return "log/more";
      },
    ],
    [
      "a pipe in the place of a file, at which nobody waits",
      (to) => {
        const name = anyStream(to);
        rmSync(join(to, "log", name));
        execFileSync("mkfifo", [join(to, "log", name)]);
        return `log/${name}`;
      },
    ],
  ])("%s is none of the backup's files", async (_, tamper) => {
    const { root, dir, to } = await world();
    await back(dir, to);
    const file = tamper(to, join(root, "elsewhere"));
    const before = snapshot(dir);
    expect(await restoring(dir, to)).toEqual({
      kind: "fault",
      fault: { kind: "file", file: expect.stringContaining(file) as string },
    });
    expect(snapshot(dir)).toEqual(before);
  });

  test("what is restored is what was checked: files that change after they were read change nothing", async () => {
    const { dir, to } = await world();
    await back(dir, to, PASSPHRASE);
    const stream = anyStream(to);
    const bytes = readFileSync(join(to, "log", stream));
    rmSync(join(dir, "keys"), { recursive: true });
    // The keys are asked for when everything has been checked.
    const passphrase = async (): Promise<string> => {
      flip(join(to, "log", stream));
      flip(join(to, "kidoban.db"));
      writeFileSync(join(to, "log", "more"), "more");
      return PASSPHRASE;
    };
    expect(await restoring(dir, to, { passphrase })).toMatchObject({ kind: "restored" });
    expect(readFileSync(join(dir, "log", stream)).subarray(0, bytes.length)).toEqual(bytes);
    expect(existsSync(join(dir, "log", "more"))).toBe(false);
    expect(await verdictOf(dir)).toMatchObject({ kind: "proven" });
  });

  test("whole, under another key: refused by the key of the state, or by one kept elsewhere", async () => {
    const [{ root, dir, to }, other] = [await world(), await world()];
    await back(other.dir, other.to, PASSPHRASE);
    expect(await restoring(dir, other.to)).toEqual({ kind: "other-log" });
    await back(dir, to);
    const key = readFileSync(join(to, "log", "key"), "utf8").trim();
    expect(await restoring(join(root, "fresh"), other.to, { key })).toEqual({ kind: "other-log" });
  });
});

/** Puts a link in the place of a file or folder, which goes on standing elsewhere. Gives its name. */
function linked(to: string, name: string, elsewhere: string): string {
  renameSync(join(to, name), elsewhere);
  symlinkSync(elsewhere, join(to, name));
  return name;
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

describe("a restore that does not come to its end", () => {
  test("leaves a state that nobody opens, and the next one takes it back first", async () => {
    const { dir, to } = await world();
    await back(dir, to);
    await used(dir, ({ store }) => store.placeStop(stopOf("s2")));
    // As it stands when the machine stops between the two renames of the log and of the store.
    mkdirSync(join(dir, "before-x"));
    mkdirSync(join(dir, "restoring-x"));
    const had = ["log", "kidoban.db", "kidoban.db-wal", "kidoban.db-shm", "live"].filter((name) =>
      existsSync(join(dir, name)),
    );
    writeFileSync(join(dir, "restoring"), JSON.stringify({ draft: "restoring-x", aside: "before-x", had }), {
      mode: 0o600,
    });
    cpSync(join(dir, "log"), join(dir, "before-x", "log"), { recursive: true });
    rmSync(join(dir, "log"), { recursive: true });
    await expect(opening(dir)).rejects.toMatchObject({ code: "open" });
    const done = await restoring(dir, to);
    expect(done).toMatchObject({ kind: "restored" });
    expect(readdirSync(dir).filter((name) => name.startsWith("restoring"))).toEqual([]);
    expect(await verdictOf(dir)).toMatchObject({ kind: "proven" });
  });
});

test("killed before any of its steps, a restore, a backup or a tidying leaves the old state or the new one, and goes through again", () => {
  const program = join(import.meta.dirname, "../campaigns/restore.mjs");
  const { stdout } = toItsEnd(process.execPath, [program, "--every", "70", "--seed", "81"]);
  expect(stdout).toContain("no fault");
});
