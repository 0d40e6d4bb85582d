/** Placing a stop, knowing when everybody has heard it, and lifting it (P8); the same for the command line and the console. */

import { randomBytes } from "node:crypto";
import type { Approver } from "../approval/approver.ts";
import { verifyResumption, type Resumption } from "../approval/resumption.ts";
import type { AcceptedConfig, LiveProcess, Stop, Store } from "../store/store.ts";
import { approversOf } from "./approvers-now.ts";
import type { State } from "./state.ts";

/** In force before it is recorded: a log that cannot be written must not keep anybody from stopping. */
export async function placeStop({ store, log }: State, facts: Omit<Stop, "id">): Promise<Stop> {
  const stop: Stop = { id: randomBytes(4).toString("hex"), ...facts };
  await store.placeStop(stop);
  const { id, placedAt: _when, ...rest } = stop;
  log.record({ kind: "stop.placed", stop: id, ...rest });
  return stop;
}

/** Live gates that have not acknowledged. */
export async function unheard(store: Store, stop: Stop): Promise<readonly LiveProcess[]> {
  const done = new Set(await store.acknowledgements(stop.id));
  // A gate of many agents names none, and may hold the one that is meant.
  const concerns = ({ agent }: LiveProcess): boolean =>
    stop.agent === undefined || agent === undefined || agent === stop.agent;
  return (await store.processes()).filter(
    (one) => one.alive && one.role === "gate" && concerns(one) && !done.has(one.id),
  );
}

/**
 * Approvers of the configurations that were accepted when the stop was placed, and of a stop of one agent those that have
 * the agent: a first acceptance needs no signature, so nobody may bring a configuration to lift a stop with. Where that
 * leaves no configuration at all, the wider set counts, since a stop that nobody can ever lift helps nobody.
 */
export async function mayLift(store: Store, { agent, placedAt }: Stop, now: number): Promise<readonly Approver[]> {
  const all = await store.acceptedConfigs();
  const since = await Promise.all(all.map(({ config }) => store.firstAcceptedAt(config)));
  const before = all.filter((_, at) => (since[at] ?? Infinity) <= placedAt);
  const has = ({ files }: AcceptedConfig): boolean => agent === undefined || files.has(`manifests/${agent}.yaml`);
  const concerned = [before.filter(has), before, all].find((some) => some.length > 0) ?? [];
  return (await Promise.all(concerned.map((each) => approversOf(each, store, now)))).flat();
}

/** `not-approver`: nobody who may lift it signed. `gone`: it holds no longer, or never did. */
export type Lifted = "lifted" | "not-approver" | "gone";

/** `approvers`: of `mayLift`. */
export async function liftStop(
  { store, log }: State,
  stop: Stop,
  signed: Resumption,
  approvers: readonly Approver[],
): Promise<Lifted> {
  const { body, ...proof } = signed;
  if (body.stop !== stop.id || !verifyResumption(signed, approvers)) return "not-approver";
  const { approver, liftedAt, reason } = body;
  // Durable before it takes effect (P4): no gate forwards anything again without an entry that says who wanted it.
  log.record({ kind: "stop.lifted", stop: stop.id, approver, liftedAt, ...proof, reason });
  await log.synced();
  return (await store.liftStop(stop.id, liftedAt)) ? "lifted" : "gone";
}
