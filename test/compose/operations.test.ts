/** What goes wrong inside is told to the operator's file, not to the agent's side. */

import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeWorld, type World } from "../gateway/world.ts";

let world: World;
afterEach(() => world.close());

test("a configuration broken while the gate runs is told in a 0600 file, and stderr names no line of it (P7)", async () => {
  world = makeWorld();
  const client = await world.client();
  await client.listTools();
  writeFileSync(join(world.folder, "manifests", "worker.yaml"), "kidoban: 1\nagent: worker\nservrs: {}\n");
  const path = join(world.stateDir, "operations.log");
  await expect.poll(() => existsSync(path) && readFileSync(path, "utf8")).toContain("manifests/worker.yaml:3:1");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await expect.poll(() => client.said()).toContain("stays in force");
  expect(client.said()).not.toContain("servrs");
});
