/**
 * `kidoban keys rotate`: another key signs the log from now on. The old one is gone; what it signed is followed from it. A
 * person says so: with an owner's or operator's key where there are any, else at the terminal.
 */

import type { Approver } from "../approval/approver.ts";
import { prove } from "../approval/proof.ts";
import { keyText } from "../approval/signature.ts";
import type { Consent } from "../audit/retention-entry.ts";
import { ROTATION_DOMAIN, type RotationLeave } from "../audit/rotated.ts";
import { rotateKey, type ToSign } from "../compose/rotate-key.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { en, ja } from "../words/keys.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";
import type { Device } from "./terminal.ts";
import { unlockSigner, type SignerOptions } from "./unlock.ts";

export interface RotateOptions extends SignerOptions {
  /** Does not ask; the key of somebody who may is needed still. */
  readonly yes?: boolean;
}

type Words = typeof en;

export async function run(context: Context, options: RotateOptions): Promise<ExitCode> {
  const words = context.language === "ja" ? ja : en;
  let refused: Refusal | undefined;
  const done = await rotateKey(context.stateDir, context.now, async (approvers, body) => {
    const asked = await consentOf(context, approvers, body, options, words);
    if (asked === "unsigned" || !("sentence" in asked)) return asked;
    refused = asked;
    return undefined;
  });
  if (done.kind === "left") return no(context, refused?.sentence ?? words.left, refused?.code ?? EXIT.found);
  if (context.json) context.terminal.out(`${JSON.stringify(done)}\n`);
  if (done.kind === "busy") return no(context, words.busy(done.processes), EXIT.unavailable);
  if (!context.json) context.terminal.out(`${words.rotated(done.to)}\n${words.oldKey(done.from)}\n`);
  return EXIT.ok;
}

interface Refusal {
  readonly sentence: string;
  readonly code: ExitCode;
}

/** The signature of somebody who may, or why it is not done. */
async function consentOf(
  context: Context,
  approvers: readonly Approver[],
  body: ToSign,
  options: RotateOptions,
  words: Words,
): Promise<Consent | "unsigned" | Refusal> {
  const signs = approvers.length > 0;
  // Where nobody is named who could sign, a yes on the command line would be anybody's.
  const asks = options.yes !== true || !signs;
  const device = asks || options.passphraseFile === undefined ? context.terminal.device() : undefined;
  try {
    if (device === undefined && (asks || options.passphraseFile === undefined))
      return { sentence: (context.language === "ja" ? cliJa : cliEn).noTerminal, code: EXIT.usage };
    if (asks && device !== undefined && !(await confirmed(device, words)))
      return { sentence: words.left, code: EXIT.found };
    if (!signs) return "unsigned";
    const unlocked = await unlockSigner(context, options, device);
    if (unlocked.kind === "refused") return { sentence: unlocked.sentence, code: EXIT.usage };
    const { approver, key } = unlocked.signer;
    const own = keyText(key);
    if (!approvers.some((each) => each.name === approver && each.key === own))
      return { sentence: words.mayNot(approver), code: EXIT.usage };
    const leave: RotationLeave = { ...body, approver };
    return { approver, acceptedAt: body.acceptedAt, ...prove(ROTATION_DOMAIN, leave, key) };
  } finally {
    device?.close();
  }
}

/** Enter alone is no answer. */
async function confirmed(device: Device, words: Words): Promise<boolean> {
  const { isCancel, text } = await import("@clack/prompts");
  const answer = await text({ message: words.ask, input: device.input, output: device.output });
  return !isCancel(answer) && words.yes.includes((answer ?? "").trim().normalize("NFKC").toLowerCase());
}
