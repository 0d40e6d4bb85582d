/** Checkpoints stamped by a real authority, kept beside the log, and held against it: with `kidoban log` and the second verifier. */

import { execFile } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve as absolute } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readAuthorities } from "../../src/audit/certificate.ts";
import { elements, only } from "../../src/audit/der.ts";
import { run as stamp } from "../../src/cli/log-stamp.ts";
import { askAuthority } from "../../src/compose/authority.ts";
import { stampFindings } from "../../src/compose/findings-stamps.ts";
import { dueAt, keepStamped, stampNote, type StampProblem } from "../../src/compose/stamping.ts";
import { copyLog } from "../../src/log/copy.ts";
import { exportLog } from "../../src/log/export-file.ts";
import { findLog } from "../../src/log/files.ts";
import { logInZip } from "../../src/log/zip-log.ts";
import { asAuthority, authority, hasOpenssl, listening, timeOf, type Authority } from "../audit/authority.ts";
import { forgeStamp } from "../audit/forge-stamp.ts";
import { hasPython, secondOf } from "../audit/python.ts";
import { connect, giveToken, serve } from "../gateway/serve-world.ts";
import { makeWorld } from "../gateway/world.ts";
import { toItsEnd } from "../to-its-end.ts";
import { endOfFile, place, type Place } from "./fixture.ts";
import { contextOf, kidobanLog } from "./kidoban-log.ts";
import { pass } from "./samples.ts";

const HOUR_MS = 3_600_000;
const KIDOBAN = absolute(import.meta.dirname, "../../dist/kidoban.js");

let folder: string;
let clock: Authority;
let url: string;
/** One log with three stamps, to be copied and spoiled. */
let stamped: Place;
let sizes: readonly number[];
const atEnd = endOfFile();

const stampNow = async ({ state }: Place, options: { readonly tsa: string; readonly tsaCa: string }) => {
  const { context, said } = contextOf(state, { json: true });
  const code = await stamp(context, options);
  return { code, ...said() };
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kidoban-stamps-"));
  if (!hasOpenssl) return;
  clock = authority(folder, { dates: [timeOf(Date.now() - 9 * HOUR_MS), timeOf(Date.now() + 9 * HOUR_MS)] });
  url = await listening(asAuthority(clock.reply), atEnd);
  stamped = await place(atEnd);
  const taken: number[] = [];
  for (let i = 0; i < 3; i++) {
    const log = await stamped.open();
    await pass(log, `a${i}`);
    await log.close("end");
    const { out } = await stampNow(stamped, { tsa: url, tsaCa: clock.rootPath });
    taken.push((JSON.parse(out) as { size: number }).size);
  }
  sizes = taken;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Seen {
  readonly stamps?: { readonly kind: string; readonly size?: number; readonly why?: string };
}

/** Copies of the log, each spoiled, as our verifier and the second one see them. */
async function verified(spoils: readonly ((dir: string) => void)[], ca = clock.rootPath) {
  const dirs = spoils.map((spoil) => {
    const dir = join(mkdtempSync(join(folder, "copy-")), "log");
    cpSync(stamped.dir, dir, { recursive: true });
    spoil(dir);
    return dir;
  });
  const ours: (Seen & { readonly code: number })[] = [];
  for (const path of dirs) {
    const { code, out } = await kidobanLog(stamped.state, "verify", { path, tsaCa: ca }, { json: true });
    ours.push({ code, stamps: (JSON.parse(out) as Required<Seen>).stamps });
  }
  return { ours, theirs: hasPython ? secondOf(dirs, "--stamps") : [] };
}

const part = (dir: string, size: number | undefined, end: "tsr" | "checkpoint"): string =>
  join(dir, "stamps", `${size}.${end}`);

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

describe.skipIf(!hasOpenssl)("P6: time stamps of a log", () => {
  test("stand beside the log as OpenSSL takes them, for its owner alone, and are told by the newest", async () => {
    expect(readdirSync(join(stamped.dir, "stamps")).toSorted()).toEqual(
      sizes.flatMap((size) => [`${size}.checkpoint`, `${size}.tsr`]).toSorted(),
    );
    const [newest = 0, first] = [sizes.at(-1), sizes[0]];
    for (const end of ["tsr", "checkpoint"] as const)
      expect(statSync(part(stamped.dir, newest, end)).mode & 0o777).toBe(0o600);
    const files = ["-data", part(stamped.dir, first, "checkpoint"), "-in", part(stamped.dir, first, "tsr")];
    const other = toItsEnd("openssl", ["ts", "-verify", ...files, "-CAfile", clock.rootPath]);
    expect(other.stdout).toContain("OK");
    const { ours, theirs } = await verified([() => undefined]);
    const ends = { first: { size: first }, newest: { size: newest } };
    expect(ours).toMatchObject([{ code: 0, stamps: { kind: "stamped", count: 3, ...ends } }]);
    expect(ours[0]?.stamps).not.toHaveProperty("ahead");
    if (hasPython) {
      const stamps = { count: 3, newest: { size: newest }, signatures: true };
      expect(theirs).toMatchObject([{ kind: "proven", summary: { stamps } }]);
    }
    const { out } = await kidobanLog(stamped.state, "verify", { path: stamped.dir, tsaCa: clock.rootPath });
    expect(out).toMatch(new RegExp(`up to line ${newest} existed at 20.*by the authority CN=Tidings signer`));
    const ja = await kidobanLog(stamped.state, "verify", { tsaCa: clock.rootPath }, { language: "ja" });
    expect(ja.out).toContain(`台帳の ${newest} 行目まで`);
    // Nobody is believed who was not named.
    const { out: unasked, code } = await kidobanLog(stamped.state, "verify", { path: stamped.dir });
    expect([code, unasked]).toEqual([0, expect.stringContaining("not checked")]);
    expect((await stampNow(stamped, { tsa: url, tsaCa: clock.rootPath })).out).toContain("nothing-new");
  });

  test("that do not fit are faults, each with its place, to both verifiers", async () => {
    const [first, second, third] = sizes;
    const spoils: readonly (readonly [number | undefined, string, (dir: string) => void])[] = [
      [second, "imprint", (dir) => copyFileSync(part(dir, first, "tsr"), part(dir, second, "tsr"))],
      [second, "checkpoint", (dir) => copyFileSync(part(dir, first, "checkpoint"), part(dir, second, "checkpoint"))],
      [second, "note-missing", (dir) => rmSync(part(dir, second, "checkpoint"))],
      [first, "checkpoint", (dir) => flip(part(dir, first, "checkpoint"), 60)],
      [first, "malformed", (dir) => writeFileSync(part(dir, first, "tsr"), Buffer.alloc(10_000_000))],
      [
        first,
        "malformed",
        (dir) => writeFileSync(part(dir, first, "tsr"), readFileSync(part(dir, first, "tsr")).subarray(0, -9)),
      ],
      [third, "signature", (dir) => flip(part(dir, third, "tsr"), readFileSync(part(dir, third, "tsr")).length - 3)],
      [
        third,
        "signature",
        (dir) => {
          const path = part(dir, third, "tsr");
          const bytes = readFileSync(path);
          // The time within TSTInfo, a minute on.
          const at = bytes.toString("latin1").search(/20\d{12}Z/) + 11;
          bytes[at] = bytes[at] === 0x39 ? 0x38 : (bytes[at] ?? 0) + 1;
          writeFileSync(path, bytes);
        },
      ],
    ];
    const { ours, theirs } = await verified(spoils.map(([, , spoil]) => spoil));
    for (const [at, [size, why]] of spoils.entries()) {
      expect(ours[at]).toEqual({ code: 1, stamps: { kind: "fault", size, why } });
      if (hasPython)
        expect(theirs[at]).toEqual({ kind: "fault", fault: { code: "stamp", file: `stamps/${size}.tsr` } });
    }
    // Only who is told whom to believe can tell.
    const other = authority(folder);
    const stranger = await verified([() => undefined], other.rootPath);
    expect(stranger.ours).toMatchObject([{ code: 1, stamps: { size: first, why: "untrusted" } }]);
    expect((await kidobanLog(stamped.state, "verify", { tsaCa: join(folder, "none.pem") })).code).toBe(2);
  });

  test.skipIf(!hasPython)("are found changed by us wherever the second verifier finds it", async () => {
    const [size] = sizes;
    const length = readFileSync(part(stamped.dir, size, "tsr")).length;
    const places = Array.from({ length: 24 }, (_, i) => Math.floor((i * length) / 24));
    const { ours, theirs } = await verified(places.map((at) => (dir) => flip(part(dir, size, "tsr"), at)));
    const found = new Set<string | undefined>();
    for (const [i, one] of ours.entries()) {
      if (theirs[i]?.kind === "fault") expect(one.code, String(places[i])).toBe(1);
      // What it does not look at: whose the certificate is, and those above it.
      else if (one.code === 1) found.add(one.stamps?.why);
    }
    expect([...found].filter((why) => why !== "untrusted" && why !== "malformed")).toEqual([]);
    expect(theirs.filter(({ kind }) => kind === "fault").length).toBeGreaterThan(11);
  });

  test("tell of a log that was cut, or written anew with the stolen key", async () => {
    const other = await place();
    const log = await other.open({ key: stamped.key });
    await pass(log, "other");
    await log.close("end");
    const [first, , third] = sizes;
    for (const [size, why] of [
      [first, "other-history"],
      [third, "rolled-back"],
    ] as const) {
      const anew = join(mkdtempSync(join(folder, "anew-")), "log");
      cpSync(other.dir, anew, { recursive: true });
      mkdirSync(join(anew, "stamps"));
      for (const end of ["tsr", "checkpoint"] as const)
        copyFileSync(part(stamped.dir, size, end), part(anew, size, end));
      const said = await kidobanLog(other.state, "verify", { path: anew, tsaCa: clock.rootPath }, { json: true });
      expect([said.code, JSON.parse(said.out)]).toMatchObject([1, { kind: "proven", stamps: { size, why } }]);
    }
  });

  test("go along in exports, copies and packs", async () => {
    const file = join(folder, "export.jsonl");
    const found = await findLog(stamped.dir);
    const lines: string[] = [];
    for await (const line of exportLog(found)) lines.push(line);
    writeFileSync(file, lines.join(""));
    const { code, out } = await kidobanLog(
      stamped.state,
      "verify",
      { path: file, tsaCa: clock.rootPath },
      { json: true },
    );
    expect([code, JSON.parse(out)]).toMatchObject([0, { stamps: { count: 3 } }]);
    const theirs = hasPython ? secondOf([file], "--stamps") : undefined;
    if (theirs !== undefined) expect(theirs).toMatchObject([{ summary: { stamps: { count: 3, signatures: true } } }]);
    // Up to where the copy goes.
    const ledger = readFileSync(join(stamped.dir, "ledger.jsonl"), "utf8").trim().split("\n");
    const to = join(folder, "backup");
    await copyLog(stamped.dir, to, { lines: ledger.slice(0, sizes[1]), checkpoint: "", key: found.key });
    expect(readdirSync(join(to, "stamps"))).toHaveLength(4);
    const zipped = [
      "key",
      "checkpoint",
      "ledger.jsonl",
      ...readdirSync(join(stamped.dir, "stamps")).map((name) => `stamps/${name}`),
    ];
    const inZip = zipped.map((name) => ({ name: `log/${name}`, chunks: [readFileSync(join(stamped.dir, name))] }));
    expect(
      (await logInZip(inZip as unknown as Parameters<typeof logInZip>[0]))?.stamps.map(({ size }) => size),
    ).toEqual(sizes);
  });
});

const trustedRoot = () => readAuthorities(clock.root) ?? [];
const nonceOf = (request: Buffer): Buffer => elements(only(request).content)[2]?.content ?? Buffer.alloc(0);

describe.skipIf(!hasOpenssl)("P6: asking an authority", () => {
  const NOTE = Buffer.from("a checkpoint");
  const asked = async (listener: RequestListener, timeoutMs = 5000): Promise<string> => {
    const signal = new AbortController().signal;
    const answer = await askAuthority(NOTE, {
      url: await listening(listener),
      trusted: trustedRoot(),
      signal,
      timeoutMs,
    });
    return answer.kind === "failed" ? answer.problem : answer.kind;
  };

  test("takes nothing but an answer to what was asked, from where it was asked", async () => {
    expect(await asked(asAuthority(clock.reply))).toBe("stamped");
    const old = await clock.reply(Buffer.from("no request")).catch(() => Buffer.alloc(0));
    expect(await asked(asAuthority(async () => old))).toMatch(/malformed|refused/);
    const replayed = forgeStamp(NOTE, { by: clock });
    expect(await asked(asAuthority(async () => replayed))).toBe("nonce");
    expect(
      await asked(
        asAuthority(async (request) => forgeStamp(Buffer.from("other"), { by: clock, nonce: nonceOf(request) })),
      ),
    ).toBe("imprint");
    let followed = false;
    const elsewhere = await listening((_, response) => {
      followed = true;
      response.end();
    });
    expect(await asked((_, response) => void response.writeHead(307, { location: elsewhere }).end())).toBe("status");
    expect(followed).toBe(false);
    expect(await asked((_, response) => void response.writeHead(503).end())).toBe("status");
  });

  test("waits for nobody for long, and reads no more than a stamp", async () => {
    expect(await asked(() => undefined, 150)).toBe("timeout");
    // One that goes on sending is no better than one that is silent.
    expect(
      await asked((_, response) => {
        response.writeHead(200);
        const dripping = setInterval(() => response.write("x"), 20);
        response.on("close", () => clearInterval(dripping));
      }, 150),
    ).toBe("timeout");
    let sent = 0;
    const flood: RequestListener = (_, response) => {
      response.writeHead(200, { "content-length": 10_000_000 });
      const more = (): void => {
        for (let go = !response.destroyed && sent < 10_000_000; go;) {
          sent += 16_384;
          go = response.write(Buffer.alloc(16_384)) && sent < 10_000_000;
        }
      };
      response.on("drain", more);
      more();
    };
    expect(await asked(flood)).toBe("too-long");
    expect(sent).toBeLessThan(10_000_000);
    const signal = new AbortController().signal;
    const nobody = await askAuthority(NOTE, { url: "http://127.0.0.1:9/", trusted: trustedRoot(), signal });
    expect(nobody).toEqual({ kind: "failed", problem: "unreachable" });
  });

  test("keeps a stamp whose time is far from ours, tells it, and the verifier whose clock was ahead", async () => {
    const there = await place();
    const log = await there.open();
    await pass(log, "a1");
    await log.close("end");
    // The log was signed some moments before this one: of a whole number of hours one less would be told.
    const at = Date.now() - 5.5 * HOUR_MS;
    const note = readFileSync(join(there.dir, "checkpoint"));
    const tsa = await listening(
      asAuthority(async (request) => forgeStamp(note, { by: clock, nonce: nonceOf(request), at })),
    );
    const { code, out } = await stampNow(there, { tsa, tsaCa: clock.rootPath });
    expect([code, JSON.parse(out)]).toMatchObject([0, { kind: "taken" }]);
    expect(Math.abs((await stampNote(there.store)).apartMs ?? 0)).toBeGreaterThan(4 * HOUR_MS);
    const said = await kidobanLog(there.state, "verify", { tsaCa: clock.rootPath });
    expect(said.out).toMatch(/The log's own clock was 5 h ahead/);
  });
});

async function until(there: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await there())) await new Promise((resolve) => setTimeout(resolve, 5));
}

const said = (url: string): string => `log: { timestamp: { url: "${url}", ca: root.pem } }`;

describe.skipIf(!hasOpenssl)("stamps while a gate runs", () => {
  test("are taken one for each period; an authority that fails is told once and asked more and more seldom", async () => {
    const there = await place();
    const log = await there.open();
    await pass(log, "a1");
    let now = Date.now();
    let works = false;
    let questions = 0;
    const tsa = await listening((request, response) => {
      questions++;
      if (works) asAuthority(clock.reply)(request, response);
      else response.writeHead(500).end();
    });
    const ending = new AbortController();
    const told: (StampProblem | undefined)[] = [];
    const parts = { stateDir: there.state, store: there.store, now: () => now, signal: ending.signal, lookMs: 5 };
    const where = () => ({ url: tsa, ca: clock.rootPath, everyMs: 24 * HOUR_MS });
    const kept = [1, 2].map(() => keepStamped({ ...parts, place: where, told: (problem) => told.push(problem) }));
    onTestFinished(async () => {
      ending.abort();
      await Promise.all(kept);
    });
    const failing = async () => (await stampNote(there.store)).failing;
    await until(async () => (await failing())?.tries === 1);
    // Two processes, one question; nothing more before its time.
    for (let tries = 2; tries <= 4; tries++) {
      now += 60_000 * 2 ** (tries - 2) - 1;
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(questions).toBe(tries - 1);
      now += 1;
      await until(async () => (await failing())?.tries === tries);
    }
    works = true;
    now += HOUR_MS;
    await until(async () => (await stampNote(there.store)).takenAt === now);
    expect(questions).toBe(5);
    await pass(log, "a2");
    await log.close("end");
    now += 23 * HOUR_MS;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(questions).toBe(5);
    now += HOUR_MS;
    await until(async () => (await stampNote(there.store)).takenAt === now);
    expect(readdirSync(join(there.dir, "stamps"))).toHaveLength(4);
    // Each process tells both once, whoever it was that asked.
    await until(() => told.length === 4);
    expect([told.slice(0, 2), told.slice(2)]).toEqual([
      ["status", "status"],
      [undefined, undefined],
    ]);
  });

  test("`kidoban serve` has it done as was accepted, and an authority that fails stops no call (P12)", async () => {
    let works = false;
    const tsa = await listening((request, response) => {
      if (works) asAuthority(clock.reply)(request, response);
      else response.writeHead(500).end();
    });
    let elsewhere = 0;
    const other = await listening((_, response) => {
      elsewhere++;
      response.writeHead(500).end();
    });
    const world = makeWorld({ config: said(tsa), rules: "  - { id: free, effect: allow, match: [ledger/append] }" });
    onTestFinished(() => world.close());
    copyFileSync(clock.rootPath, join(world.folder, "root.pem"));
    // Not at once with the listeners of this process.
    const kidoban = (...args: string[]) =>
      new Promise<{ readonly code: number | string | null | undefined; readonly out: string }>((resolve) => {
        execFile(process.execPath, [KIDOBAN, ...args], { env: world.env }, (error, out, err) =>
          resolve({ code: error === null ? 0 : error.code, out: out + err }),
        );
      });
    const serving = await serve(world);
    try {
      await until(() => serving.said().includes("not being stamped"));
      const client = await connect("v1", serving.url, await giveToken(world, "worker"));
      await client.callTool({ name: "ledger_append", arguments: { id: "a", value: "x" } });
      expect(world.effects()).toHaveLength(1);
      await client.close();
      expect((await kidoban("check")).out).toMatch(/not been stamped for .*another HTTP status than 200/);
      // What stands on disk and nobody has accepted is nobody's authority.
      works = true;
      world.writeConfig(said(other));
      expect(await kidoban("log", "stamp")).toMatchObject({ code: 0, out: expect.stringContaining("Stamped") });
      expect(elsewhere).toBe(0);
    } finally {
      await serving.stop();
    }
    expect(serving.said().split("not being stamped")).toHaveLength(2);
    const verified = await kidoban("log", "verify", "--tsa-ca", clock.rootPath);
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining("by the authority CN=Tidings signer") });
  });

  test("nobody is asked in the name of a file that holds no authority, or of no log", async () => {
    const there = await place();
    const ca = join(there.state, "ca.pem");
    writeFileSync(ca, "nothing");
    expect(await stampNow(there, { tsa: url, tsaCa: ca })).toMatchObject({
      code: 3,
      err: expect.stringContaining("certificate"),
    });
    mkdirSync(there.dir, { recursive: true });
    expect((await stampNow(there, { tsa: url, tsaCa: clock.rootPath })).code).toBe(3);
    expect((await stampNow(there, { tsa: "ftp://x/", tsaCa: clock.rootPath })).code).toBe(2);
    const { context } = contextOf(there.state);
    expect(await stamp(context, {})).toBe(2);
    // Nor is a state made where there is none.
    const nowhere = join(there.state, "nowhere");
    expect(await stamp(contextOf(nowhere).context, { tsa: url, tsaCa: clock.rootPath })).toBe(3);
    expect(existsSync(nowhere)).toBe(false);
  });
});

const failed = (tries: number, last = 1000) => ({ failing: { since: 0, last, tries, problem: "status" as const } });

test("a stamp is due at once where there is none, after its period, and after a clock that was set back", () => {
  expect(dueAt({}, 10, 5)).toBe(5);
  expect(dueAt({ takenAt: 5 }, 10, 7)).toBe(15);
  expect(dueAt({ takenAt: 50 }, 10, 7)).toBe(7);
  expect(dueAt(failed(1), 10, 2000)).toBe(61_000);
  expect(dueAt(failed(40), 10, 2000)).toBe(1000 + HOUR_MS);
  expect(dueAt(failed(40, 9000), 10, 2000)).toBe(2000);
});

test("`kidoban check` tells of stamps that are missing, old or late, and of clocks that are apart", () => {
  const wish = { url: "http://tsa.example/", ca: "ca.pem", everyMs: HOUR_MS };
  const codes = (...facts: [boolean, Parameters<typeof stampFindings>[2]]) =>
    stampFindings(wish, ...facts, 10 * HOUR_MS).map(({ code }) => code);
  expect(stampFindings(undefined, false, {}, 0)).toEqual([]);
  expect(codes(true, {})).toEqual(["stamp-none"]);
  expect(codes(false, { takenAt: 9 * HOUR_MS })).toEqual(["stamp-ca"]);
  expect(codes(true, { takenAt: 7 * HOUR_MS })).toEqual(["stamp-old"]);
  const failing = { since: 0, last: 0, tries: 1, problem: "status" as const };
  expect(codes(true, { takenAt: 7 * HOUR_MS, failing })).toEqual(["stamp-failing"]);
  expect(codes(true, { takenAt: 9 * HOUR_MS, apartMs: -HOUR_MS })).toEqual(["stamp-clock"]);
});
