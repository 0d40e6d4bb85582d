/** Locks that are given are those that a pin writes: another one, for real, finds the same. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { makeWorld, type World } from "./gateway/world.ts";

const kept = mkdtempSync(join(tmpdir(), "kidoban-kept-"));
const worlds: World[] = [];
beforeAll(() => void vi.stubEnv("KIDOBAN_TEST_KEPT", kept));
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.close()));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(kept, { recursive: true, force: true });
});

function worldBefore(server: string, prepare: (root: string) => void = () => undefined): World {
  const world = makeWorld({ server: resolve(import.meta.dirname, server), prepare });
  worlds.push(world);
  return world;
}
const lockOf = ({ lock }: World): string => readFileSync(lock, "utf8");
/** A pin opens the state; who is given a lock has none yet. */
const hasPinned = ({ stateDir }: World): boolean => existsSync(stateDir);

test.each(["campaigns/ledger-server.mjs", "servers/all-surfaces-v1.mjs", "servers/surfaces.mjs"])(
  "a lock that was given is the one that a pin writes: %s",
  (server) => {
    const [first, second] = [worldBefore(server), worldBefore(server)];
    expect([first, second].map(hasPinned)).toEqual([true, false]);
    const given = lockOf(second);
    expect(given).toContain(second.root);
    expect(given).not.toContain(first.root);
    rmSync(second.lock);
    expect(second.kidoban("pin", "--accept-hints").status).toBe(0);
    expect(lockOf(second)).toBe(given);
  },
);

test("another server, or another file beside it, is another pin", () => {
  const odd = "campaigns/ledger-server.mjs";
  const [before, after] = ["1", "2"].map((text) =>
    worldBefore(odd, (root) => writeFileSync(join(root, "offer"), text)),
  );
  const other = worldBefore("servers/asks-v1.mjs");
  expect([before, after, other].map((world) => world && hasPinned(world))).toEqual([true, true, true]);
});
