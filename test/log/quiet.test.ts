import { afterEach, expect, test, vi } from "vitest";
import { parseLedgerLine } from "../../src/audit/leaf.ts";
import { bytesOf, linesOf, place, verifyBytes } from "./fixture.ts";

const HOUR_MS = 60 * 60_000;
afterEach(() => vi.useRealTimers());

test("P6: a day without news leaves a checkpoint, which says that the log ended here then", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const { open, dir } = await place();
  let ahead = 0;
  const log = await open({ now: () => Date.now() + ahead });
  const leaves = () => linesOf(bytesOf(dir).ledger).map(parseLedgerLine);
  await vi.waitFor(() => expect(leaves().at(-1)).toMatchObject({ state: "open", size: 1 }), { timeout: 15_000 });
  const before = leaves();
  // An hour is none.
  ahead = HOUR_MS;
  vi.advanceTimersByTime(HOUR_MS);
  ahead = 25 * HOUR_MS;
  vi.advanceTimersByTime(HOUR_MS);
  await vi.waitFor(() => expect(leaves()).toHaveLength(before.length + 1), { timeout: 15_000 });
  const last = leaves().at(-1);
  expect(last).toMatchObject({ state: "open", size: 1, root: before.at(-1)?.root });
  expect(Date.parse(last?.time ?? "") - Date.parse(before.at(-1)?.time ?? "")).toBeGreaterThan(24 * HOUR_MS);
  expect(await verifyBytes(bytesOf(dir))).toMatchObject({ kind: "proven", summary: { signedAt: last?.time } });
  await log.close("end");
  expect(await verifyBytes(bytesOf(dir))).toMatchObject({ kind: "proven" });
});
