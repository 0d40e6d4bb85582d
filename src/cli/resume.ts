/** `kidoban resume [stop]`: lifts a stop. A stop needs no key, lifting it an approver's signature (P8). */

import { signResumption, verifyResumption, type Resumption } from "../approval/resumption.ts";
import { visibleLine } from "../approval/visible.ts";
import { openState, type State } from "../compose/state.ts";
import type { Approver } from "../approval/approver.ts";
import type { AcceptedConfig, Stop, Store } from "../store/store.ts";
import { en, ja } from "../words/stop.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { approversOf } from "./desk.ts";
import { unlockSigner, type SignerOptions } from "./unlock.ts";

export interface ResumeOptions extends SignerOptions {
  readonly reason: string;
}

type Words = typeof en;

const stopText = ({ id, agent, reason, by, placedAt }: Stop, words: Words): string =>
  words.standing(
    id,
    agent === undefined ? words.everybody : words.agent(visibleLine(agent)),
    visibleLine(reason),
    visibleLine(by),
    new Date(placedAt).toISOString(),
  );

/** The stop that is meant, or the sentence that says why none is. */
function chosen(stops: readonly Stop[], id: string | undefined, words: Words): Stop | string {
  if (id !== undefined) return stops.find((stop) => stop.id === id) ?? words.unknown(visibleLine(id));
  const [only, ...others] = stops;
  if (only === undefined) return words.none;
  return others.length === 0 ? only : words.several(stops.map((stop) => `  ${stopText(stop, words)}`).join("\n"));
}

export async function run(context: Context, id: string | undefined, options: ResumeOptions): Promise<ExitCode> {
  const words = context.language === "ja" ? ja : en;
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  try {
    const stop = chosen(await state.store.stops(), id, words);
    if (typeof stop === "string") return no(context, stop, EXIT.found);
    return await lift(context, state, stop, options, words);
  } finally {
    await state.close("resumed");
  }
}

function no({ terminal }: Context, sentence: string, code: ExitCode): ExitCode {
  terminal.err(`kidoban: ${sentence}\n`);
  return code;
}

/**
 * Approvers of the configurations that were accepted when the stop was placed, and of a stop of one agent those that have
 * the agent: a first acceptance needs no signature, so nobody may bring a configuration to lift a stop with. Where that
 * leaves no configuration at all, the wider set counts, since a stop that nobody can ever lift helps nobody.
 */
async function mayLift(store: Store, { agent, placedAt }: Stop): Promise<readonly Approver[]> {
  const all = await store.acceptedConfigs();
  const since = await Promise.all(all.map(({ config }) => store.firstAcceptedAt(config)));
  const before = all.filter((_, at) => (since[at] ?? Infinity) <= placedAt);
  const has = ({ files }: AcceptedConfig): boolean => agent === undefined || files.has(`manifests/${agent}.yaml`);
  const concerned = [before.filter(has), before, all].find((some) => some.length > 0) ?? [];
  return (await Promise.all(concerned.map(approversOf))).flat();
}

async function lift(
  context: Context,
  state: State,
  stop: Stop,
  options: ResumeOptions,
  words: Words,
): Promise<ExitCode> {
  const { terminal } = context;
  const approvers = await mayLift(state.store, stop);
  if (approvers.length === 0) return no(context, words.noApprover, EXIT.usage);
  if (!context.json) terminal.out(`${stopText(stop, words)}\n`);
  const signed = await sign(context, stop, options);
  if (typeof signed === "string") return no(context, signed, EXIT.usage);
  if (!verifyResumption(signed, approvers)) {
    return no(context, words.notApprover(signed.body.approver), EXIT.usage);
  }
  const { approver, liftedAt, reason } = signed.body;
  const { key, signature } = signed;
  // Durable before it takes effect (P4): no gate forwards anything again without an entry that says who wanted it.
  state.log.record({ kind: "stop.lifted", stop: stop.id, approver, liftedAt, key, signature, reason });
  await state.log.synced();
  if (!(await state.store.liftStop(stop.id, liftedAt))) return no(context, words.unknown(stop.id), EXIT.found);
  terminal.out(
    context.json
      ? `${JSON.stringify({ stop: stop.id, agent: stop.agent, approver, liftedAt })}\n`
      : `${words.lifted(stop.id, approver)}\n`,
  );
  return EXIT.ok;
}

/** Or the sentence that says why nothing was signed. */
async function sign(context: Context, stop: Stop, options: ResumeOptions): Promise<Resumption | string> {
  const device = options.passphraseFile === undefined ? context.terminal.device() : undefined;
  try {
    const unlocked = await unlockSigner(context, options, device);
    if (unlocked.kind === "refused") return unlocked.sentence;
    const { approver, key } = unlocked.signer;
    return signResumption({ v: 1, stop: stop.id, reason: options.reason, approver, liftedAt: context.now() }, key);
  } finally {
    device?.close();
  }
}
