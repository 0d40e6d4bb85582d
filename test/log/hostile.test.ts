/** A folder that somebody else filled: what is no regular file is not opened. */

import { spawnSync } from "node:child_process";
import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { verifyLog } from "../../src/audit/verify.ts";
import { findLog } from "../../src/log/files.ts";
import { en } from "../../src/words/log.ts";
import { hasPython, PROGRAM } from "../audit/python.ts";
import { place } from "./fixture.ts";
import { kidobanLog } from "./kidoban-log.ts";
import { pass } from "./samples.ts";

const NAME = `20260101-000000-${"0".repeat(16)}.jsonl`;

test.each([
  ["a pipe", (path: string) => void spawnSync("mkfifo", [path])],
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
    if (hasPython) expect(spawnSync("python3", [PROGRAM, here.dir], { timeout: 20_000 }).status).toBe(2);
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
