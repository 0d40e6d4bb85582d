import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { exclusively } from "../../src/store/exclusive.ts";
import { startChild, temporaryFolder } from "./processes.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

it("one step at a time, within a process too, whatever one of them throws", async () => {
  const path = join(folder.path, "own", "x.lock");
  let running = 0;
  let most = 0;
  const steps = Array.from({ length: 5 }, (_, n) =>
    exclusively(path, 10_000, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      if (n === 2) throw new Error("the third");
      return n;
    }).catch((error: Error) => error.message),
  );
  expect(await Promise.all(steps)).toEqual([0, 1, "the third", 3, 4]);
  expect(most).toBe(1);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it("what another process holds is busy, and free the moment that process is killed", async () => {
  const path = join(folder.path, "y.lock");
  const child = await startChild(folder.path);
  await child.call("hold", path);
  await expect(exclusively(path, 50, () => Promise.resolve())).rejects.toMatchObject({ code: "busy" });
  child.kill("SIGKILL");
  await child.ended();
  expect(await exclusively(path, 0, () => Promise.resolve("mine"))).toBe("mine");
});
