/** Answers one request named on the command line: shows it in full, asks, unlocks, signs. */

import { answer, type Desk, type OnDesk } from "../approval/desk.ts";
import { renderView } from "../approval/render.ts";
import type { AnswerWord, Remarks } from "../approval/statement.ts";
import { answeredText, closedText, standingLines } from "./answer-text.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { openDesk } from "./desk.ts";
import { keyAfterReading } from "./keys.ts";
import type { Device } from "./terminal.ts";
import { approvalWords, unlockSigner, type SignerOptions } from "./unlock.ts";

export interface AnswerOptions extends SignerOptions {
  readonly comment?: string;
}

/** What the person wants after having read it; undefined leaves it open. */
async function confirmed(device: Device, wanted: AnswerWord, prompt: string): Promise<AnswerWord | undefined> {
  // To deny takes one step: nothing can go wrong by it that cannot be asked again.
  if (wanted === "deny") return "deny";
  device.output.write(`\n${prompt}\n`);
  const key = await keyAfterReading(device);
  return key === "a" ? "approve" : key === "d" ? "deny" : undefined;
}

async function answerShown(
  context: Context,
  desk: Desk,
  shown: OnDesk,
  wanted: AnswerWord,
  options: AnswerOptions,
  device: Device | undefined,
): Promise<ExitCode> {
  const { terminal, language } = context;
  const words = approvalWords(context);
  const view = renderView(shown.request.view, words, {
    color: device === undefined ? terminal.color : context.env.color,
    width: device?.output.columns || terminal.columns,
  });
  const text = `${view}\n${standingLines(shown, words, language).join("\n")}\n`;
  if (device !== undefined) device.output.write(text);
  else if (!context.json) terminal.out(text);

  const word = device === undefined ? wanted : await confirmed(device, wanted, words.ask.confirm);
  if (word === undefined) {
    terminal.err(`${words.ask.left}\n`);
    return EXIT.found;
  }
  const unlocked = await unlockSigner(context, options, device);
  if (unlocked.kind === "refused") {
    return refuse(context, unlocked.sentence, EXIT.usage);
  }
  const answered = await answer(desk, shown.request, word, unlocked.signer, context.now(), remarksOf(options.comment));
  const { id, code } = shown.request;
  if (context.json) terminal.out(`${JSON.stringify({ request: id, code, answer: word, ...resultOf(answered) })}\n`);
  else (answered.kind === "counted" ? terminal.out : terminal.err)(`${answeredText(answered, words, language)}\n`);
  return answered.kind === "counted" ? EXIT.ok : EXIT.found;
}

const remarksOf = (comment: string | undefined): Remarks => (comment === undefined ? {} : { comment });

const resultOf = (answered: Awaited<ReturnType<typeof answer>>): Readonly<Record<string, unknown>> =>
  answered.kind === "refused" ? { refused: answered.why } : { standing: answered.standing };

function refuse({ terminal }: Context, sentence: string, code: ExitCode): ExitCode {
  terminal.err(`kidoban: ${sentence}\n`);
  return code;
}

async function answerNamed(
  context: Context,
  desk: Desk,
  idOrCode: string,
  wanted: AnswerWord,
  options: AnswerOptions,
  device: Device | undefined,
): Promise<ExitCode> {
  const words = approvalWords(context);
  const shown = await desk.show(idOrCode);
  switch (shown.kind) {
    case "missing":
      return refuse(context, words.answered.refused["no-such-request"], EXIT.found);
    case "altered":
      return refuse(context, words.answered.refused.altered, EXIT.found);
    case "found": {
      const { state } = shown.request;
      if (state !== "pending" && state !== "approved")
        return refuse(context, closedText(shown.request, words), EXIT.found);
      return answerShown(context, desk, shown, wanted, options, device);
    }
  }
}

/** With a passphrase file nobody is asked anything; without one there has to be a terminal (P7). */
export async function answerOne(
  context: Context,
  idOrCode: string,
  wanted: AnswerWord,
  options: AnswerOptions,
): Promise<ExitCode> {
  const device = options.passphraseFile === undefined ? context.terminal.device() : undefined;
  if (device === undefined && options.passphraseFile === undefined) {
    return refuse(context, approvalWords(context).who.noTerminal, EXIT.usage);
  }
  try {
    const { desk, close } = await openDesk(context);
    try {
      return await answerNamed(context, desk, idOrCode, wanted, options, device);
    } finally {
      await close();
    }
  } finally {
    device?.close();
  }
}
