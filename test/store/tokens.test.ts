import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
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
