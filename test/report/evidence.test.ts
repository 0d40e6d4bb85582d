/** A pack of evidence: whole by every program that reads it, and found out wherever it was changed. */

import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { draw } from "../../src/report/evidence/draw.ts";
import { crc32 } from "../../src/log/crc32.ts";
import { keepStamp } from "../../src/log/stamps.ts";
import { python } from "../audit/python.ts";
import { person } from "../approval/sample.ts";
import { authority, hasOpenssl, type Authority } from "../audit/authority.ts";
import { forgeStamp } from "../audit/forge-stamp.ts";
import { toItsEnd } from "../to-its-end.ts";
import { accepted, DAY, dice, fiveWeeks, makeWorld, rawLines, type World } from "./world.ts";

const NOW = Date.parse("2026-11-22T09:00:00Z");
let world: World;
let zip: string;
let key: string;
/** Has stamped the log. */
let root: Authority | undefined;
const period = ["--from", "2026-11-15", "--to", "2026-11-22", "--time-zone", "Asia/Tokyo"];

function unpacked(path: string): string {
  const folder = mkdtempSync(join(world.home, "unpacked-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const done = python([
    "-c",
    "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])",
    path,
    folder,
  ]);
  expect(done.stderr).toBe("");
  return folder;
}

beforeAll(async () => {
  world = makeWorld(() => NOW);
  const people = { aiko: person("aiko", "ops"), ben: person("ben", "ops") };
  await accepted(world, [people.aiko, people.ben], NOW - 3 * DAY);
  await fiveWeeks(world, people, NOW - 60_000, 1);
  if (hasOpenssl) {
    root = authority(world.home);
    const note = readFileSync(join(world.log, "checkpoint"), "utf8");
    keepStamp(world.log, Number(note.split("\n")[1]), note, forgeStamp(Buffer.from(note, "utf8"), { by: root }));
  }
  zip = join(world.home, "evidence.zip");
  key = readFileSync(join(world.log, "key"), "utf8").trim();
  const made = await world.kidoban(["evidence", ...period, "--sample", "8", "--seed", "4711", "--out", zip]);
  expect(made.err).toContain("8 drawn");
});
afterAll(() => world.remove());

describe("a pack of evidence", () => {
  test("holds by our own check, with a key from elsewhere (P6)", async () => {
    const said = await world.kidoban(["evidence", "check", zip, "--key", key]);
    expect(said.out).toContain("The pack holds");
    expect(said.out).not.toContain("The key was the one in the pack");
    expect(said.code).toBe(0);
    const strange = await world.kidoban([
      "evidence",
      "check",
      zip,
      "--key",
      `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`,
    ]);
    expect(strange.code).not.toBe(0);
  });

  test("is a log to `kidoban log verify` as it is, and to the second verifier when unpacked", async () => {
    const own = await world.kidoban(["log", "verify", zip, "--key", key]);
    expect(own.out).toContain("The log is proven");
    const folder = unpacked(zip);
    const other = python([join(folder, "verify-log.py"), join(folder, "log"), "--key", key]);
    expect(other.stdout).toContain("PROVEN");
    if (root !== undefined) {
      const stamped = await world.kidoban(["log", "verify", zip, "--key", key, "--tsa-ca", root.rootPath]);
      expect(stamped.out).toContain("by the authority O=Tidings");
      const second = python([join(folder, "verify-log.py"), join(folder, "log"), "--key", key, "--stamps"]);
      expect(second.stdout).toContain("1 time stamp fits");
    }
    const sums = toItsEnd("sha256sum", ["-c", "--quiet", "files.sha256"], { cwd: folder });
    expect(sums.stderr + sums.stdout).toBe("");
    expect(sums.status).toBe(0);
  });

  test("has the complete population, counted apart from raw lines", () => {
    const folder = unpacked(zip);
    const items = JSON.parse(readFileSync(join(folder, "population.json"), "utf8")) as { id: string; kind: string }[];
    const [from, until] = [Date.parse("2026-11-14T15:00:00Z"), Date.parse("2026-11-21T15:00:00Z")];
    const own = rawLines(join(folder, "log"))
      .map(
        (line) =>
          JSON.parse(line) as { kind: string; time: string; why?: { access: string }; request?: string; call: string },
      )
      .filter(({ time }) => Date.parse(time) >= from && Date.parse(time) < until)
      .filter(
        ({ kind, why, request }) =>
          kind === "request.opened" || (kind === "call.intent" && why?.access === "write" && request === undefined),
      )
      .map(({ kind, request, call }) => (kind === "request.opened" ? request : call));
    expect(own.length).toBeGreaterThan(50);
    expect(items.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      own.toSorted((a, b) => ((a ?? "") < (b ?? "") ? -1 : 1)),
    );
    const csv = readFileSync(join(folder, "population.csv"), "utf8");
    expect(csv.startsWith("\uFEFFid,kind,at,")).toBe(true);
    expect(csv.split("\r\n")).toHaveLength(items.length + 2);
  });

  test("has of each sample its entries, its answers with gesture and group, and proofs that hold offline", async () => {
    const folder = unpacked(zip);
    const about = JSON.parse(readFileSync(join(folder, "evidence.json"), "utf8")) as { sample: { ids: string[] } };
    const population = JSON.parse(readFileSync(join(folder, "population.json"), "utf8")) as { id: string }[];
    expect(about.sample.ids).toEqual(
      draw(
        population.map(({ id }) => id),
        "4711",
        8,
      ),
    );
    const samples = readdirSync(join(folder, "samples"));
    expect(samples.map((name) => name.slice(4))).toEqual(about.sample.ids);
    const lines = new Set(rawLines(join(folder, "log")));
    let proofs = 0;
    for (const name of samples) {
      const own = join(folder, "samples", name);
      const entries = readFileSync(join(own, "entries.jsonl"), "utf8").trimEnd().split("\n");
      for (const entry of entries) expect(lines.has(/"entry":(.*)\}$/.exec(entry)?.[1] ?? "")).toBe(true);
      for (const proof of readdirSync(join(own, "proofs"))) {
        const said = await world.kidoban(["log", "check", join(own, "proofs", proof), "--key", key]);
        expect(said.code).toBe(0);
        proofs++;
      }
      const bodies = JSON.parse(readFileSync(join(own, "bodies.json"), "utf8")) as { state: string }[];
      expect(bodies.map(({ state }) => state)).toContain("kept");
      const item = JSON.parse(readFileSync(join(own, "item.json"), "utf8")) as { kind: string; answers: unknown[] };
      const answers = JSON.parse(readFileSync(join(own, "answers.json"), "utf8")) as {
        fits: boolean;
        gesture: { kind: string };
      }[];
      expect(answers).toHaveLength(item.answers.length);
      for (const answer of answers) expect(answer).toMatchObject({ fits: true, gesture: { kind: "approver-key" } });
    }
    expect(proofs).toBeGreaterThan(15);
  });

  test("is on record, and made again from the same log it draws the same sample", async () => {
    const digest = toItsEnd("sha256sum", [zip]).stdout.slice(0, 64);
    expect(rawLines(world.log).some((line) => line.includes(`"what":"evidence","digest":"${digest}"`))).toBe(true);
    const again = join(world.home, "again.zip");
    await world.kidoban(["evidence", ...period, "--sample", "8", "--seed", "4711", "--out", again]);
    const [a, b] = [unpacked(zip), unpacked(again)];
    for (const name of ["population.csv", "population.json"])
      expect(readFileSync(join(a, name))).toEqual(readFileSync(join(b, name)));
    expect(readdirSync(join(a, "samples"))).toEqual(readdirSync(join(b, "samples")));
  });

  test("is not written over a file, and not without a period", async () => {
    expect((await world.kidoban(["evidence", ...period, "--out", zip])).err).toContain("is there already");
    expect((await world.kidoban(["evidence", "--out", join(world.home, "x.zip")])).err).toContain("--period");
    expect(
      (await world.kidoban(["evidence", "--period", "2026-Q5", "--out", join(world.home, "x.zip")], "ja")).err,
    ).toContain("期間ではありません");
  });
});

const spoiled = (): string => {
  const path = join(mkdtempSync(join(world.home, "spoiled-")), "evidence.zip");
  onTestFinished(() => rmSync(dirname(path), { recursive: true, force: true }));
  copyFileSync(zip, path);
  return path;
};

/** The pack made anew by Python with one file changed and the list of digests made to fit. */
function remade(name: string, change: (text: string) => string): string {
  const folder = unpacked(zip);
  writeFileSync(join(folder, name), change(readFileSync(join(folder, name), "utf8")));
  const path = spoiled();
  const done = python([
    "-c",
    `
import hashlib, sys, zipfile
old, folder, new = sys.argv[1:]
names = [i.filename for i in zipfile.ZipFile(old).infolist() if i.filename != "files.sha256"]
with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as out:
    listed = ""
    for name in names:
        data = open(f"{folder}/{name}", "rb").read()
        listed += hashlib.sha256(data).hexdigest() + "  " + name + "\\n"
        out.writestr(name, data)
    out.writestr("files.sha256", listed)
`,
    zip,
    folder,
    path,
  ]);
  expect(done.stderr).toBe("");
  return path;
}

describe("an attack on a pack", () => {
  test("by a flipped byte anywhere is found (P6)", async () => {
    const bytes = readFileSync(zip);
    const roll = dice(7);
    const path = spoiled();
    for (let n = 0; n < 12; n++) {
      const at = Math.floor(roll() * bytes.length);
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 0x20;
      writeFileSync(path, copy);
      const said = await world.kidoban(["evidence", "check", path, "--key", key]);
      const same = python([
        "-c",
        "import sys, zipfile, hashlib; a, b = (zipfile.ZipFile(p) for p in sys.argv[1:]); sys.exit(0 if {i.filename: a.read(i) for i in a.infolist()} == {i.filename: b.read(i) for i in b.infolist()} else 1)",
        zip,
        path,
      ]);
      // A byte of a date or version in the zip's own frame changes no file.
      if (same.status !== 0) expect(said.code, `byte ${at}`).not.toBe(0);
    }
  });

  test.each([
    [
      "a write taken out of the population",
      "population.json",
      (text: string) => JSON.stringify((JSON.parse(text) as unknown[]).slice(1), null, 2) + "\n",
      "population",
    ],
    ["a sample that was chosen", "evidence.json", (text: string) => text.replace('"4711"', '"4712"'), "sample"],
  ])("by %s is found although the list fits", async (_, name, change, code) => {
    const said = await world.kidoban(["evidence", "check", remade(name, change), "--key", key, "--json"]);
    expect(JSON.parse(said.out)).toMatchObject({ kind: "fault", code });
  });

  test("by a changed entry in the log is found by both verifiers, and so is another log with its own key", async () => {
    const stream =
      readdirSync(world.log).find(
        (name) =>
          /^\d.*[0-9a-f]{16}\.jsonl$/.test(name) &&
          readFileSync(join(world.log, name), "utf8").includes('"status":"timeout"'),
      ) ?? "";
    const path = remade(`log/${stream}`, (text) => text.replace('"status":"timeout"', '"status":"ok"'));
    const said = await world.kidoban(["evidence", "check", path, "--key", key, "--json"]);
    expect(JSON.parse(said.out)).toMatchObject({ kind: "fault", code: "log" });
    const folder = unpacked(path);
    expect(python([join(folder, "verify-log.py"), join(folder, "log"), "--key", key]).status).toBe(1);
  });
});

test("the checksum of zip files is that of the check value", () => {
  expect(crc32(Buffer.from("123456789"))).toBe(0xcbf4_3926);
});
