/** Every shipped manifest against everything in the shipped locks, as one table: its diff shows who gained a right. */

import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { compileFor } from "../../src/compose/edition.ts";
import { loadConfig } from "../../src/config/load.ts";
import { itemsOf } from "../../src/policy/completion.ts";
import { written } from "../../src/policy/pattern.ts";
import { visible } from "../../src/policy/visible.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const GOLDEN = join(import.meta.dirname, "matrix.golden.txt");

test("the golden matrix of shipped manifests and locks (P1); UPDATE_GOLDEN=1 rewrites it, the diff is the review", async () => {
  const loaded = await loadConfig(join(ROOT, "kidoban.yaml"));
  expect(loaded.problems).toEqual([]);
  expect(loaded.manifests.size).toBeGreaterThan(3);
  const live = { quarantined: () => false };
  const rows: string[] = [];
  for (const [agent] of [...loaded.manifests].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const seen = new Map(
      visible(compileFor(loaded, agent), live).map((one) => [written({ ...one.item, server: one.server }), one]),
    );
    for (const [server, lock] of [...loaded.locks].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      for (const item of itemsOf(lock)) {
        const what = written({ ...item, server });
        const one = seen.get(what);
        const asks = one?.effect === "depends" && one.mayAsk ? "depends (may ask)" : (one?.effect ?? "-");
        rows.push(`${agent.padEnd(12)} ${what.padEnd(72)} ${item.access.padEnd(5)} ${asks}`);
      }
    }
  }
  const table = `${rows.join("\n")}\n`;
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(GOLDEN, table);
  expect(table).toBe(readFileSync(GOLDEN, "utf8"));
});
