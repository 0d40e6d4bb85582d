/** A process that records and acknowledges as fast as it can, until it is killed. Arguments: state folder, key file. */

import { createPrivateKey } from "node:crypto";
import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { newStreamId } from "../../src/log/names.ts";
import { openLog } from "../../src/log/open.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { facts, intent, outcome } from "./samples.ts";

const [state = "", keyFile = ""] = process.argv.slice(2);
const store = await openStore(state);
const stream = newStreamId(Date.now());
await store.register({ id: stream, pid: process.pid, role: "gate", startedAt: Date.now() });
const key = createPrivateKey(readFileSync(keyFile, "utf8"));
const log = await openLog({
  dir: join(state, "log"),
  ledger: store,
  key,
  stream,
  facts,
  now: Date.now,
  redact: () => undefined,
  bodiesKey: Buffer.alloc(32, 2),
});

// Written at once: what stands in the pipe was acknowledged before the kill.
const say = (what: string): void => void writeSync(1, `${what}\n`);
say(`stream ${stream}`);
for (let i = 0; ; i++) {
  const call = `${stream}-${i}`;
  log.record({ ...intent(call), args: log.body(`{"i":${i}}`, true) });
  await (i % 5 === 0 ? log.synced() : log.written());
  say(`intent ${call}`);
  log.record(outcome(call));
  await log.written();
  say(`outcome ${call}`);
  // Lets timers run: checkpoints happen while calls go on.
  if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
}
