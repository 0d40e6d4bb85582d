/** `kidoban accept`: shows what a change of configuration makes possible, and brings it into force (P12). */

import { signAcceptance } from "../approval/acceptance.ts";
import { accept, proposalOf, type Leave, type Proposal } from "../compose/proposal.ts";
import { openState, type State } from "../compose/state.ts";
import { en, ja } from "../words/accept.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { proposalJson, proposalText } from "./accept-show.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";
import type { Device } from "./terminal.ts";
import { unlockSigner, type SignerOptions } from "./unlock.ts";

export interface AcceptOptions extends SignerOptions {
  /** Does not ask; a signature that is needed is needed still. */
  readonly yes?: boolean;
}

type Words = typeof en;

export async function run(context: Context, options: AcceptOptions): Promise<ExitCode> {
  const { terminal, configPath } = context;
  const words = context.language === "ja" ? ja : en;
  if (configPath === undefined) {
    return no(context, (context.language === "ja" ? cliJa : cliEn).noConfig, EXIT.usage);
  }
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  try {
    const proposal = await proposalOf(configPath, state.store);
    if (proposal.digest === proposal.previous) {
      terminal.out(context.json ? told(proposal, { accepted: false, waits: false }) : `${words.same}\n`);
      return EXIT.ok;
    }
    if (!context.json) terminal.out(proposalText(proposal, words));
    else if (options.yes !== true) {
      // One value on stdout and no question: what waits, as a finding.
      terminal.out(told(proposal, { accepted: false, waits: true }));
      return EXIT.found;
    }
    return await acceptShown(context, state, proposal, options, words);
  } finally {
    await state.close("configuration looked at");
  }
}

const told = (proposal: Proposal, facts: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify({ ...facts, ...proposalJson(proposal) })}\n`;

async function acceptShown(
  context: Context,
  state: State,
  proposal: Proposal,
  options: AcceptOptions,
  words: Words,
): Promise<ExitCode> {
  const { terminal } = context;
  const asks = options.yes !== true;
  const types = proposal.approvers.length > 0 && options.passphraseFile === undefined;
  const device = asks || types ? terminal.device() : undefined;
  try {
    if (asks && device === undefined) {
      return no(context, (context.language === "ja" ? cliJa : cliEn).noTerminal, EXIT.usage);
    }
    if (asks && device !== undefined && !(await confirmed(device, words))) {
      terminal.err(`${words.left}\n`);
      return EXIT.found;
    }
    const leave = await leaveFor(context, proposal, options, device);
    if (typeof leave === "string") return no(context, leave, EXIT.usage);
    return await bringIntoForce(context, state, proposal, leave, words);
  } finally {
    device?.close();
  }
}

async function bringIntoForce(
  context: Context,
  state: State,
  proposal: Proposal,
  leave: Leave,
  words: Words,
): Promise<ExitCode> {
  const by = "body" in leave ? leave.body.approver : leave.by;
  const answer = await accept(state, proposal, leave);
  switch (answer.kind) {
    case "not-approver":
      return no(context, words.notApprover(by), EXIT.usage);
    case "overtaken":
      return no(context, words.overtaken, EXIT.found);
    case "needs-two":
      return no(context, words.needsTwo, EXIT.usage);
    case "needs-another":
      context.terminal.out(
        context.json ? told(proposal, { accepted: false, waits: true, by }) : `${words.needsAnother(by)}\n`,
      );
      return EXIT.found;
    case "accepted":
      context.terminal.out(
        context.json ? told(proposal, { accepted: true, waits: false, by }) : `${words.accepted(by)}\n`,
      );
      return EXIT.ok;
  }
}

/** Enter alone is no answer. */
async function confirmed(device: Device, words: Words): Promise<boolean> {
  const { isCancel, text } = await import("@clack/prompts");
  const answer = await text({ message: words.ask, input: device.input, output: device.output });
  return !isCancel(answer) && words.yes.includes((answer ?? "").trim().normalize("NFKC").toLowerCase());
}

/** A signature where one is needed; or the sentence that says why there is none. */
async function leaveFor(
  context: Context,
  { config, digest, previous, acceptableFrom, approvers }: Proposal,
  options: AcceptOptions,
  device: Device | undefined,
): Promise<Leave | string> {
  const at = Math.max(context.now(), acceptableFrom);
  if (approvers.length === 0 || previous === undefined) {
    return { by: context.env.user, at };
  }
  const unlocked = await unlockSigner(context, options, device);
  if (unlocked.kind === "refused") return unlocked.sentence;
  const { approver, key } = unlocked.signer;
  return signAcceptance({ v: 1, config, previous, digest, approver, acceptedAt: at }, key);
}
