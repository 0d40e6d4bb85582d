/** `kidoban resume [stop]`: lifts a stop. A stop needs no key, lifting it an approver's signature (P8). */

import { signResumption, type Resumption } from "../approval/resumption.ts";
import { visibleLine } from "../approval/visible.ts";
import { openState, type State } from "../compose/state.ts";
import { liftStop, mayLift } from "../compose/stops.ts";
import type { Stop } from "../store/store.ts";
import { en, ja } from "../words/stop.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";
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

async function lift(
  context: Context,
  state: State,
  stop: Stop,
  options: ResumeOptions,
  words: Words,
): Promise<ExitCode> {
  const { terminal } = context;
  const approvers = await mayLift(state.store, stop, context.now());
  if (approvers.length === 0) return no(context, words.noApprover, EXIT.usage);
  if (!context.json) terminal.out(`${stopText(stop, words)}\n`);
  const signed = await sign(context, stop, options);
  if (typeof signed === "string") return no(context, signed, EXIT.usage);
  const { approver, liftedAt } = signed.body;
  switch (await liftStop(state, stop, signed, approvers)) {
    case "not-approver":
      return no(context, words.notApprover(approver), EXIT.usage);
    case "gone":
      return no(context, words.unknown(stop.id), EXIT.found);
    case "lifted":
      break;
  }
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
