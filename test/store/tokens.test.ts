import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commitNumber } from "../../src/store/commits.ts";
import { sqliteDriver } from "../../src/store/driver.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store, TokenRecord } from "../../src/store/store.ts";

let folder: string;
let gate: Store;
let terminal: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kidoban-tokens-"));
  [gate, terminal] = [await openStore(folder), await openStore(folder)];
});
afterEach(async () => {
  await Promise.all([gate.close(), terminal.close()]);
  rmSync(folder, { recursive: true });
});

const record: TokenRecord = {
  id: "0123456789ab",
  config: "/c/kidoban.yaml",
  agent: "worker",
  digest: "d".repeat(64),
  issuedAt: 1000,
  expiresAt: 5000,
};

test("a token that another process revokes or ends is so for the very next request (P7)", async () => {
  expect(await gate.token(record.id)).toBeUndefined();
  await terminal.addToken(record);
  expect(await gate.token(record.id)).toEqual(record);
  expect(await terminal.endToken(record.id, 3000)).toBe(true);
  expect((await gate.token(record.id))?.expiresAt).toBe(3000);
  expect(await terminal.revokeToken(record.id, 2000)).toBe(true);
  expect((await gate.token(record.id))?.revokedAt).toBe(2000);
});

test("a token that this process itself revokes or ends is so at once", async () => {
  await gate.addToken(record);
  expect(await gate.token(record.id)).toEqual(record);
  await gate.endToken(record.id, 3000);
  expect((await gate.token(record.id))?.expiresAt).toBe(3000);
  await gate.revokeToken(record.id, 2000);
  expect((await gate.token(record.id))?.revokedAt).toBe(2000);
});

test("an end is brought forward only, and what is revoked stays so", async () => {
  await gate.addToken(record);
  expect(await gate.endToken(record.id, 9000)).toBe(false);
  expect(await gate.revokeToken(record.id, 2000)).toBe(true);
  expect([await gate.revokeToken(record.id, 3000), await gate.endToken(record.id, 1500)]).toEqual([false, false]);
  expect(await terminal.tokens()).toEqual([{ ...record, revokedAt: 2000 }]);
  expect(await gate.revokeToken("unknown", 1)).toBe(false);
});

test("the number of commits is another one for the very next request, whoever has committed (P7)", async () => {
  const seen = new Set([gate.commits()]);
  const grows = async (store: Store, step: (store: Store) => Promise<unknown>): Promise<void> => {
    await step(store);
    const told = gate.commits();
    expect(seen.has(told)).toBe(false);
    expect(gate.commits()).toBe(told);
    seen.add(told);
  };
  for (let round = 0; round < 200; round++) {
    const store = round % 3 === 0 ? gate : terminal;
    const id = String(round).padStart(12, "0");
    await grows(store, () => store.addToken({ ...record, id }));
    // A checkpoint that empties the write-ahead log: from here on it is written from its beginning again.
    if (round % 20 === 0) await emptyAhead(folder);
    await grows(store, () => store.revokeToken(id, round));
    // Who never asked before sees it all the same.
    expect((await gate.token(id))?.revokedAt).toBe(round);
  }
});

test("the number of commits stays while others read, and while somebody writes and has not committed", async () => {
  await gate.addToken(record);
  const before = gate.commits();
  await terminal.token(record.id);
  expect(gate.commits()).toBe(before);
  const other = (await sqliteDriver()).open(join(folder, "kidoban.db"));
  other.exec("BEGIN IMMEDIATE; UPDATE tokens SET revoked_at = 7");
  expect([gate.commits(), (await gate.token(record.id))?.revokedAt]).toEqual([before, undefined]);
  other.exec("COMMIT");
  expect([gate.commits() === before, (await gate.token(record.id))?.revokedAt]).toEqual([false, 7]);
  other.close();
});

test("where commits cannot be told their number is never the same, so that every row is read", async () => {
  const missing = commitNumber(join(folder, "none-shm"));
  expect([missing() === missing(), missing()]).toEqual([false, Number.NaN]);
  const short = join(folder, "short-shm");
  writeFileSync(short, Buffer.alloc(95, 1));
  expect(commitNumber(short)()).toBe(Number.NaN);
  // As SQLite leaves it while nobody has set it up.
  writeFileSync(short, Buffer.alloc(32_768));
  expect(commitNumber(short)()).toBe(Number.NaN);
});

/** By a connection of its own, as `kidoban log tidy` has. */
async function emptyAhead(of: string): Promise<void> {
  const other = (await sqliteDriver()).open(join(of, "kidoban.db"));
  other.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  other.close();
}
