/** States, backups and what must hold of them after a kill, for `restore.mjs`, which bundles it. */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { verifyLog } from "../../src/audit/verify.ts";
import { checkBackup, makeBackup } from "../../src/compose/backup.ts";
import { restore } from "../../src/compose/restore.ts";
import { openState, type State } from "../../src/compose/state.ts";
import { tidy } from "../../src/compose/tidy.ts";
import { findLog } from "../../src/log/files.ts";
import { StoreError } from "../../src/store/store.ts";
import { passLeave, signPass } from "../../src/approval/pass.ts";
import { person, samplePass, sampleRequest, T0 } from "../approval/sample.ts";
import { intent } from "../log/samples.ts";

export type What = "restore" | "backup" | "tidy";

const DAY = 86_400_000;
const stateIn = (root: string): string => join(root, "state");
const backupIn = (root: string): string => join(root, "backup");
const opening = (root: string, now = Date.now) => openState(stateIn(root), { role: "tool", now });

async function used<T>(root: string, step: (state: State) => Promise<T>, now?: () => number): Promise<T> {
  const state = await opening(root, now);
  try {
    return await step(state);
  } finally {
    await state.close("end");
  }
}

function call({ log }: State, id: string): void {
  log.record({ ...intent(id), args: log.body(`{"path":"${id}"}`, "json") });
  log.record({ kind: "call.outcome", call: id, status: "ok", result: log.body(`{"text":"${id}"}`, "json") });
}

/** A state with a backup of before: what was approved and stopped since is in the state alone. */
export async function prepare(root: string): Promise<void> {
  const aiko = person("aiko");
  // Of long ago: what `tidy` removes and compresses.
  let now = Date.now() - 2_300 * DAY;
  for (let n = 0; n < 2; n++, now += 30 * DAY)
    await used(
      root,
      async (state) => call(state, `old${n}`),
      () => now++,
    );
  await used(root, async (state) => {
    call(state, "a");
    await state.store.placeStop({ id: "s1", reason: "why", by: "aiko", placedAt: 5 });
    await state.store.addPass(samplePass(), signPass(passLeave(samplePass(), "aiko", T0), aiko.key), T0);
    const made = await makeBackup(state, { stateDir: stateIn(root), to: backupIn(root), by: "aiko", now: Date.now });
    if (made.kind !== "made") throw new Error(`no backup: ${made.kind}`);
  });
  await used(root, async (state) => {
    call(state, "b");
    await state.store.placeStop({ id: "s2", reason: "why", by: "aiko", placedAt: 6 });
    const old = sampleRequest({ id: "old-request", openedAt: 1, expiresAt: 2 });
    await state.store.openRequest(old, 10);
    await state.store.move(old.id, ["pending"], "denied", Date.now() - 2_300 * DAY, { note: "no" });
  });
}

const restoring = (root: string) =>
  restore({
    stateDir: stateIn(root),
    from: backupIn(root),
    by: "aiko",
    now: Date.now,
    passphrase: async () => undefined,
  });

const backingUp = (root: string, to: string) =>
  used(root, (state) => makeBackup(state, { stateDir: stateIn(root), to, by: "aiko", now: Date.now }));

const tidying = (root: string) =>
  used(root, (state) =>
    tidy({ state, stateDir: stateIn(root), now: Date.now, pauseMs: 0, prunes: true, byClock: true }),
  );

/** What is killed at one of its steps. */
export async function act(what: What, root: string): Promise<void> {
  if (what === "restore") await restoring(root);
  else if (what === "backup") await backingUp(root, join(root, "second"));
  else await tidying(root);
}

/** What a state is: the one that was there, or the restored one. */
async function standing(root: string): Promise<{ readonly isNew: boolean; readonly wrong: readonly string[] }> {
  const facts = await used(root, async ({ store }) => ({
    stops: (await store.stops()).map(({ id }) => id).join(),
    isNew: (await store.note("epoch")) !== undefined,
    open: (await store.passes({})).filter(({ revokedAt }) => revokedAt === undefined).length,
    request: await store.request("old-request"),
  }));
  const wrong: string[] = [];
  if (facts.stops !== "s1,s2") wrong.push(`stops: ${facts.stops}`);
  if (facts.isNew !== (facts.open === 0))
    wrong.push(`half of two states: new ${facts.isNew}, ${facts.open} passes hold`);
  if (facts.isNew && facts.request !== undefined) wrong.push("a request of after the backup");
  return { isNew: facts.isNew, wrong: [...wrong, ...(await unproven(root))] };
}

async function unproven(root: string): Promise<readonly string[]> {
  const { files, key } = await findLog(join(stateIn(root), "log"));
  const verdict = await verifyLog(files, key, { now: Date.now() });
  return verdict.kind === "proven" ? [] : [`the log: ${JSON.stringify(verdict.fault)}`];
}

export interface After {
  /** What the state was right after the kill; `closed`: it opens for nobody until the restore is done again. */
  readonly as: "old" | "new" | "closed";
  readonly wrong: readonly string[];
}

/** `look`: opens the state before the command is run again. */
export async function after(what: What, root: string, look: boolean): Promise<After> {
  const wrong: string[] = [];
  let as: After["as"] = "old";
  if (look)
    try {
      const found = await standing(root);
      if (found.isNew) as = "new";
      wrong.push(...found.wrong);
      if (what !== "restore" && found.isNew) wrong.push("restored by itself");
    } catch (error) {
      if (!(what === "restore" && error instanceof StoreError && error.code === "open")) throw error;
      as = "closed";
    }
  if (what === "restore") wrong.push(...(await restoredAgain(root)));
  else if (what === "backup") wrong.push(...(await backedUpAgain(root)));
  else wrong.push(...(await tidiedAgain(root)));
  return { as, wrong };
}

async function restoredAgain(root: string): Promise<readonly string[]> {
  const again = await restoring(root);
  if (again.kind !== "restored") return [`the second restore: ${JSON.stringify(again)}`];
  const { isNew, wrong } = await standing(root);
  const names = readdirSync(stateIn(root));
  return [
    ...wrong,
    ...(isNew ? [] : ["the second restore left the old state"]),
    ...(names.some((name) => name.startsWith("restoring")) ? [`left over: ${names.join(" ")}`] : []),
    // What was there first is still somewhere, whole.
    ...(names.some((name) => name.startsWith("before-") && existsSync(join(stateIn(root), name, "kidoban.db")))
      ? []
      : ["what was there is gone"]),
  ];
}

async function backedUpAgain(root: string): Promise<readonly string[]> {
  const { key } = await findLog(join(stateIn(root), "log"));
  const first = existsSync(join(root, "second")) ? await checkBackup(join(root, "second"), key) : undefined;
  const isWhole = first?.kind === "sound";
  const again = await backingUp(root, join(root, "third"));
  const wrong =
    isWhole || first === undefined || first.kind === "fault"
      ? []
      : [`a backup that is neither: ${JSON.stringify(first)}`];
  return again.kind === "made" ? wrong : [...wrong, `the second backup: ${JSON.stringify(again)}`];
}

async function tidiedAgain(root: string): Promise<readonly string[]> {
  const again = await tidying(root);
  const log = readdirSync(join(stateIn(root), "log"));
  const { store } = await opening(root);
  const request = await store.request("old-request");
  await store.close();
  return [
    ...(again === undefined || again.damaged.length > 0 ? [`tidied again: ${JSON.stringify(again)}`] : []),
    ...(log.some((name) => name.startsWith(".draft")) ? ["a draft is left"] : []),
    ...(log.some((name) => /^20(19|20)/.test(name)) ? [`streams of long ago are left: ${log.join(" ")}`] : []),
    ...(request === undefined ? [] : ["a request of long ago is left"]),
    ...(await unproven(root)),
  ];
}
