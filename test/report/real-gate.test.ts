/** A report on what a real gate recorded of a real client: the same numbers as a count of our own, and evidence that shows what was shown. */

import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findLog } from "../../src/log/files.ts";
import { gatherReport } from "../../src/compose/report/gather.ts";
import { shownText } from "../../src/report/evidence/sample.ts";
import { makeWorld, type World } from "../gateway/world.ts";
import { recount } from "./recount.mjs";
import { rawLines } from "./world.ts";

let world: World;
beforeEach(() => {
  world = makeWorld({ rules: `  - { id: never, effect: deny, match: [ledger/delete_entry] }` });
});
afterEach(() => world.close());

test("the numbers on a real gate's log are those of a count that shares no code with it", async () => {
  const client = await world.client();
  const call = (name: string, id: string) => client.callTool({ name, arguments: { id } }).catch(() => undefined);
  await call("ledger_read", "a");
  await call("ledger_read", "b");
  await call("ledger_delete_entry", "a");
  const first = call("ledger_append", "a");
  const [yes] = await world.waitFor(["pending"]);
  await world.answer(yes!, "approve");
  await first;
  const second = call("ledger_append", "b");
  const [no] = await world.waitFor(["pending"]);
  await world.answer(no!, "deny");
  await second;

  const dir = join(world.stateDir, "log");
  const log = await findLog(dir);
  const span = { from: Date.now() - 3_600_000, until: Date.now() + 1000 };
  const report = await gatherReport({
    log,
    reading: { key: log.key, ownKey: true },
    span,
    timeZone: "UTC",
    now: Date.now(),
  });
  const own = recount(rawLines(dir), report.period.from, report.period.until);
  expect(report.rests.proof.kind).toBe("proven");
  expect(report.totals).toMatchObject({ calls: own.calls, reads: own.reads, writes: own.writes, denied: own.denied });
  expect(report.totals).toMatchObject({ calls: 3, reads: 2, writes: 1, denied: 1, asked: 2, answers: 2 });
  expect(report.agents[0]?.asked).toMatchObject({ ran: 1, denied: 1 });
  // What the state keeps of the question is what the entry says was shown.
  const opened = world.entries().find((entry) => entry.kind === "request.opened" && entry["request"] === yes?.id);
  expect(shownText(yes!.view, String(opened?.["shown"]), "en")).toContain('"id": "a"');
  expect(shownText({ ...yes!.view, arguments: "{}" }, String(opened?.["shown"]), "en")).toBeUndefined();
});
