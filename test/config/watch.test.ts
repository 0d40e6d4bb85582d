import { mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { watchFiles } from "../../src/config/watch.ts";
import { temporaryFolder, write } from "./files.ts";

function watching(...paths: string[]) {
  let count = 0;
  const end = watchFiles(paths, () => count++);
  onTestFinished(end);
  return { count: () => count, end };
}
const seen = (watched: { count(): number }, count: number) =>
  expect.poll(() => watched.count(), { timeout: 10_000 }).toBe(count);

test("P12: a change is told, in place, by renaming over it, by deleting it and by bringing it back", async () => {
  const path = write(join(temporaryFolder(), "kidoban.yaml"), "a: 1\n");
  const watched = watching(path);
  await sleep(20);
  writeFileSync(path, "a: 2\n");
  await seen(watched, 1);
  writeFileSync(`${path}.tmp`, "a: 3\n");
  renameSync(`${path}.tmp`, path);
  await seen(watched, 2);
  // Again, because a watch on the file itself would now look at the old inode.
  writeFileSync(path, "a: 4\n");
  await seen(watched, 3);
  rmSync(path);
  await seen(watched, 4);
  writeFileSync(path, "a: 5\n");
  await seen(watched, 5);
});

test("P12: a file of the same size whose time was set back is a change all the same", async () => {
  const path = write(join(temporaryFolder(), "kidoban.yaml"), "a: 1\n");
  const { atimeMs, mtimeMs } = statSync(path);
  const watched = watching(path);
  await sleep(20);
  writeFileSync(path, "a: 2\n");
  utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
  await seen(watched, 1);
});

test("files in a folder are watched, also in one that is not there yet", async () => {
  const folder = temporaryFolder();
  const watched = watching(join(folder, "manifests"));
  await sleep(50);
  mkdirSync(join(folder, "manifests"));
  writeFileSync(join(folder, "manifests/a.yaml"), "a: 1\n");
  await expect.poll(() => watched.count(), { timeout: 10_000 }).toBeGreaterThan(0);
  const before = watched.count();
  writeFileSync(join(folder, "manifests/b.yaml"), "b: 1\n");
  await seen(watched, before + 1);
});

test("many writes in one go are one change, other files and an ended watch none", async () => {
  const folder = temporaryFolder();
  const path = write(join(folder, "kidoban.yaml"), "a: 1\n");
  const watched = watching(path);
  await sleep(50);
  for (let i = 0; i < 50; i++) writeFileSync(path, `a: ${i}\n`);
  writeFileSync(join(folder, "other"), "x");
  await seen(watched, 1);
  watched.end();
  writeFileSync(path, "a: the end\n");
  await sleep(1300);
  expect(watched.count()).toBe(1);
});
