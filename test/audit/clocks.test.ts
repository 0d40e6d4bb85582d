/** What came into force first, whatever the clocks of the processes said: both verifiers go by the ledger. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { archiveText } from "../../src/audit/archive.ts";
import type { EntryBody } from "../../src/audit/entry.ts";
import { filesDigest } from "../../src/audit/files-digest.ts";
import type { AuditLog } from "../../src/audit/log.ts";
import { DEFAULT_RETENTION } from "../../src/audit/retention.ts";
import { verifyLog } from "../../src/audit/verify.ts";
import { openState } from "../../src/compose/state.ts";
import { findLog } from "../../src/log/files.ts";
import { bytesOf } from "../log/fixture.ts";
import { hasPython, second } from "./python.ts";

const HOUR_MS = 3_600_000;
const config = "/k.yaml";

/** The text of a configuration's archive and the digest of the configuration. */
function archive(text: string) {
  const files = [["kidoban.yaml", text]] as const;
  const digest = filesDigest(files);
  const floor = { from: [], need: 1, assurance: "operator", expiresMs: 1, redeemMs: 1 } as const;
  const nothing = { approvers: [], rules: [], servers: [], manifests: [], locks: [], recordings: [] };
  const whole = archiveText({ v: 1, config, digest, files, floor, ...nothing, retention: DEFAULT_RETENTION });
  return { digest, whole };
}
const [ours, another] = [archive("ours"), archive("another")];
type Say = (log: AuditLog) => EntryBody;
const accepted =
  ({ digest }: typeof ours): Say =>
  () => ({ kind: "config.accepted", digest, by: "first start", first: true, config });
const applied =
  ({ digest, whole }: typeof ours): Say =>
  (log) => ({ kind: "config.applied", config, accepted: { digest, archive: log.archive(whole) } });

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "kidoban-clocks-"))));
afterEach(() => rmSync(dir, { recursive: true }));

/** One process from its start to its end, by a clock that is off by so much. */
async function process_(offMs: number, ...entries: readonly Say[]): Promise<void> {
  const state = await openState(join(dir, "state"), { role: "tool", now: () => Date.now() + offMs });
  for (const say of entries) state.log.record(say(state.log));
  await state.log.synced();
  await state.close("end");
}

async function judged(): Promise<readonly unknown[]> {
  const log = join(dir, "state", "log");
  const { files, key } = await findLog(log);
  const verdict = await verifyLog(files, key);
  const first = verdict.kind === "fault" ? verdict.fault.code : verdict.kind;
  if (!hasPython) return [first];
  const [told] = second(dir, [bytesOf(log)]);
  return [...new Set([first, told?.fault?.code ?? told?.kind])];
}

test("P6: a clock that was set back puts nothing into force before what was accepted first", async () => {
  await process_(0, accepted(ours), applied(ours));
  await process_(-HOUR_MS, applied(ours));
  await process_(0, applied(ours));
  expect(await judged()).toEqual(["proven"]);
});

test("P12: nothing is accepted without anybody by a clock that pretends that it came first", async () => {
  await process_(0, accepted(ours), applied(ours));
  await process_(-HOUR_MS, accepted(another), applied(another));
  expect(await judged()).toEqual(["acceptance"]);
});

test("P12: nor by one that has another process apply it before it was accepted at all", async () => {
  await process_(0, accepted(ours), applied(ours));
  await process_(-HOUR_MS, applied(ours));
  await process_(-2 * HOUR_MS, accepted(another), applied(another));
  expect(await judged()).toEqual(["acceptance"]);
});
