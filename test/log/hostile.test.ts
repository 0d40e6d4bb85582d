/** A folder that somebody else filled: what is no regular file is not opened. */

import {
  appendFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { verifyLog, type Verdict } from "../../src/audit/verify.ts";
import { findLog } from "../../src/log/files.ts";
import { compressedFile, entriesFile, newStreamId } from "../../src/log/names.ts";
import { en } from "../../src/words/log.ts";
import { hasPython, PROGRAM, python } from "../audit/python.ts";
import { toItsEnd } from "../to-its-end.ts";
import { place } from "./fixture.ts";
import { kidobanLog } from "./kidoban-log.ts";
import { pass } from "./samples.ts";

const NAME = `20260101-000000-${"0".repeat(16)}.jsonl`;

test.each([
  ["a pipe", (path: string) => void toItsEnd("mkfifo", [path])],
  ["a link to what never ends", (path: string) => symlinkSync("/dev/zero", path)],
  ["a folder", (path: string) => mkdirSync(path)],
])("P6: is refused before anything is read, by both verifiers: %s in place of a file", async (_, make) => {
  const here = await place();
  const log = await here.open();
  await pass(log, "a");
  await log.close("end");
  for (const name of [NAME, `${NAME}.gz`, join("configs", `${"0".repeat(64)}.json`)]) {
    mkdirSync(join(here.dir, "configs"), { recursive: true });
    make(join(here.dir, name));
    await expect(findLog(here.dir)).rejects.toMatchObject({ code: "format", path: join(here.dir, name) });
    if (hasPython) expect(python([PROGRAM, here.dir], { timeout: 20_000 }).status).toBe(2);
    rmSync(join(here.dir, name), { recursive: true });
  }
  await expect(findLog(here.dir)).resolves.toMatchObject({ key: expect.any(String) as string });
});

test("P6: thousands of empty files beside a log are told at once, in plain words; some few are let be", async () => {
  const here = await place();
  const log = await here.open();
  await pass(log, "a");
  await log.close("end");
  const empty = (n: number): string => join(here.dir, `20260101-000000-${n.toString(16).padStart(16, "0")}.jsonl`);
  for (let n = 0; n < 900; n++) writeFileSync(empty(n), "");
  const { files, key } = await findLog(here.dir);
  expect(files.streams).toHaveLength(901);
  expect(await verifyLog(files, key)).toMatchObject({ kind: "proven" });
  // Links to one file: as many names, made in a moment.
  for (let n = 900; n < 4_000; n++) linkSync(empty(n % 900), empty(n));
  await expect(findLog(here.dir)).rejects.toMatchObject({ code: "crowded", path: here.dir });
  const { code, err } = await kidobanLog(here.state, "verify", {});
  expect([code, err]).toEqual([2, `kidoban: ${en.crowded(here.dir)}\n`]);
});

const GIB = 2 ** 30;
const PROBE = String.raw`
import resource, runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
`;

/** What both say, neither of them holding the whole of a file. */
async function verdictOf(dir: string): Promise<Verdict> {
  const before = process.memoryUsage.rss();
  const { files, key } = await findLog(dir);
  const ours = await verifyLog(files, key);
  expect(process.memoryUsage.rss() - before).toBeLessThan(600 * 2 ** 20);
  if (hasPython && ours.kind === "fault") {
    const second = python(["-c", PROBE, PROGRAM, dir, "--json"]);
    const { code, file, line } = ours.fault;
    expect(JSON.parse(second.stdout)).toMatchObject({ kind: "fault", fault: { code, file, line } });
    expect(Number(second.stderr) * 1024).toBeLessThan(600 * 2 ** 20);
  }
  return ours;
}

/** A copy of a log with one stream that has ended and one whose process lived: nobody else writes to it. */
async function standing(): Promise<{ readonly dir: string; readonly ended: string; readonly open: string }> {
  const here = await place();
  const log = await here.open();
  await pass(log, "a");
  await log.close("end");
  const live = await here.open({ stream: newStreamId(Date.now() + 1000) });
  await pass(live, "b");
  const dir = join(here.state, "copy");
  cpSync(here.dir, dir, { recursive: true });
  await live.close("end");
  return { dir, ended: join(dir, entriesFile(log.stream)), open: join(dir, entriesFile(live.stream)) };
}

test("P6: a file without end is no longer read than what was written, by both verifiers", async () => {
  const { dir, ended, open } = await standing();
  const grown = async (path: string, bytes: number): Promise<Verdict> => {
    const { size } = statSync(path);
    truncateSync(path, size + bytes);
    const verdict = await verdictOf(dir);
    truncateSync(path, size);
    return verdict;
  };
  expect(await grown(ended, 100 * 2 ** 20)).toMatchObject({ kind: "fault", fault: { code: "after-end" } });
  // A write that was torn may have any bytes, but not so many.
  expect(await grown(open, GIB + 1)).toMatchObject({ kind: "fault", fault: { code: "tail-changed" } });
  expect(await grown(join(dir, "ledger.jsonl"), 5 * GIB)).toMatchObject({
    kind: "fault",
    fault: { code: "ledger-line", file: "ledger" },
  });
  const line = Buffer.alloc(65 * 2 ** 20, "x");
  line[line.length - 1] = 10;
  const { size } = statSync(open);
  appendFileSync(open, line);
  expect(await verdictOf(dir)).toMatchObject({ kind: "fault", fault: { code: "line-malformed" } });
  truncateSync(open, size);
  expect(await verdictOf(dir)).toMatchObject({ kind: "proven" });
});

const hole = (path: string): void => {
  writeFileSync(path, "");
  truncateSync(path, 5 * GIB);
};

test("P6: holes of many gigabytes in place of files are found and not filled, by both verifiers", async () => {
  const { dir, ended } = await standing();
  const strange = join(dir, NAME);
  for (const path of [strange, `${strange}.gz`]) {
    hole(path);
    expect(await verdictOf(dir)).toMatchObject({ kind: "fault", fault: { code: "stream-unknown" } });
    rmSync(path);
  }
  renameSync(ended, `${ended}.kept`);
  for (const path of [ended, compressedFile(ended.slice(0, -".jsonl".length))]) {
    hole(path);
    expect(await verdictOf(dir)).toMatchObject({ kind: "fault", fault: { code: "line-malformed", line: 1 } });
    rmSync(path);
  }
  renameSync(`${ended}.kept`, ended);
  for (const name of ["checkpoint", "key", "rotations"]) {
    const path = join(dir, name);
    const isThere = name !== "rotations";
    if (isThere) renameSync(path, `${path}.kept`);
    hole(path);
    await expect(findLog(dir)).rejects.toMatchObject({ code: "format", path });
    if (hasPython) expect(python([PROGRAM, dir]).status).toBe(2);
    rmSync(path);
    if (isThere) renameSync(`${path}.kept`, path);
  }
});
