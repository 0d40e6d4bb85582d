import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sqliteDriver } from "../../src/store/driver.ts";
import { acceptedWorld, approverKeys } from "./files-world.ts";

const [aiko] = await approverKeys();

test("attack: rows taken out of the index hide nothing from `kidoban log`, which says so (P6)", async () => {
  const world = await acceptedWorld(aiko);
  onTestFinished(() => world.remove());
  const stop = await world.json("stop", "--reason", "odd calls");
  const list = () => world.kidoban("log", "--kind", "stop.placed", "--json");
  const { out, err } = await list();
  expect([out, err]).toEqual([expect.stringContaining(String(stop["stop"])), ""]);
  const database = (await sqliteDriver()).open(join(world.stateDir, "index.db"));
  database.exec("DELETE FROM entries WHERE facet IN (SELECT id FROM facets WHERE facet LIKE '%stop.placed%')");
  database.close();
  const after = await list();
  expect(after.out).toBe(out);
  expect(after.err).toContain("made anew");
});
