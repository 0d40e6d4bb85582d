/** Answers one request named on the command line: shows it in full, asks, unlocks, signs. */

import pc from "picocolors";
import { readCode } from "../approval/action.ts";
import { answer, type OnDesk } from "../approval/desk.ts";
import { renderView } from "../approval/render.ts";
import type { AnswerWord, Remarks } from "../approval/statement.ts";
import { visibleText } from "../approval/visible.ts";
import { answeredText, closedText, needsPasskey, standingLines, type Around } from "./answer-text.ts";
import { askLine } from "./ask-line.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { openDesk, type OpenDesk } from "./desk.ts";
import { forgetTyped, keyAfterReading } from "./keys.ts";
import type { Device } from "./terminal.ts";
import { approvalWords, signerName, unlockSigner, type SignerOptions } from "./unlock.ts";

export interface AnswerOptions extends SignerOptions {
  readonly comment?: string;
  readonly ticket?: string;
  /** In whose place. */
  readonly for?: string;
}

/** What the person gives as an answer, with what they say beside it. */
interface Meant {
  readonly word: AnswerWord;
  readonly remarks: Remarks;
}

const remarksOf = ({ comment, ticket, for: standsFor }: AnswerOptions): Remarks => ({
  ...(comment === undefined ? {} : { comment }),
  ...(ticket === undefined ? {} : { ticket }),
  ...(standsFor === undefined ? {} : { standsFor }),
});

/** The code typed by hand, under what it does and whom it passes over. */
async function glassBroken(
  context: Context,
  shown: OnDesk,
  comment: string,
  around: Around,
  device: Device,
): Promise<boolean> {
  const { glass } = approvalWords(context);
  const { red, bold } = pc.createColors(context.env.color);
  const { turn: _turn, ...rest } = around;
  const passed = standingLines(shown, approvalWords(context), context.language, rest).slice(1);
  const lines = ["", red(bold(glass.title)), glass.does, ...passed.map((line) => `  ${line}`), glass.loud];
  device.output.write(`${[...lines, glass.reason(visibleText(comment)), ""].join("\n")}\n`);
  await forgetTyped(device);
  const typed = await askLine(device, glass.type(shown.request.code));
  return typed !== undefined && readCode(typed) === shown.request.code;
}

/** What the person wants after having read it; undefined leaves it open. */
async function confirmed(
  context: Context,
  shown: OnDesk,
  { word: wanted, remarks }: Meant,
  around: Around,
  device: Device,
): Promise<Meant | undefined> {
  const words = approvalWords(context);
  switch (wanted) {
    // To deny and to ask back take one step: nothing can go wrong by it that cannot be asked again.
    case "deny":
    case "return":
      return { word: wanted, remarks };
    case "break-glass":
      return (await glassBroken(context, shown, remarks.comment ?? "", around, device))
        ? { word: wanted, remarks }
        : undefined;
    case "approve": {
      device.output.write(`\n${words.ask.confirm}\n`);
      const key = await keyAfterReading(device);
      if (key === "a") return { word: "approve", remarks };
      if (key === "d") return { word: "deny", remarks };
      if (key !== "r") return undefined;
      const comment = await askLine(device, words.inbox.question, remarks.comment);
      return comment === undefined ? undefined : { word: "return", remarks: { ...remarks, comment } };
    }
  }
}

async function answerShown(
  context: Context,
  { desk, consoles }: OpenDesk,
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
  const name = await signerName(context, options);
  const turn = name === undefined ? undefined : await desk.turn(shown.request, name);
  const around: Around = { consoles: await consoles(), ...(turn === undefined ? {} : { turn }) };
  const text = `${view}\n${standingLines(shown, words, language, around).join("\n")}\n`;
  if (device !== undefined) device.output.write(text);
  else if (!context.json) terminal.out(text);
  if (wanted === "break-glass" && turn?.breakGlass === false)
    return refuse(context, words.answered.refused["may-not-break"], EXIT.found);

  const meant: Meant = { word: wanted, remarks: remarksOf(options) };
  const given = device === undefined ? meant : await confirmed(context, shown, meant, around, device);
  if (given === undefined) {
    terminal.err(`${words.ask.left}\n`);
    return EXIT.found;
  }
  // A script is told by the desk, which records it; nobody at a terminal types a passphrase in vain.
  if (device !== undefined && needsPasskey(shown) && (given.word === "approve" || given.word === "break-glass"))
    return refuse(context, words.answered.refused["weak-proof"], EXIT.found);
  const unlocked = await unlockSigner(context, options, device);
  if (unlocked.kind === "refused") {
    return refuse(context, unlocked.sentence, EXIT.usage);
  }
  const answered = await answer(desk, shown.request, given.word, unlocked.signer, context.now(), given.remarks);
  const { id, code } = shown.request;
  if (context.json)
    terminal.out(`${JSON.stringify({ request: id, code, answer: given.word, ...resultOf(answered) })}\n`);
  else (answered.kind === "counted" ? terminal.out : terminal.err)(`${answeredText(answered, words, language)}\n`);
  return answered.kind === "counted" ? EXIT.ok : EXIT.found;
}

const resultOf = (answered: Awaited<ReturnType<typeof answer>>): Readonly<Record<string, unknown>> =>
  answered.kind === "refused" ? { refused: answered.why } : { standing: answered.standing };

function refuse({ terminal }: Context, sentence: string, code: ExitCode): ExitCode {
  terminal.err(`kidoban: ${sentence}\n`);
  return code;
}

async function answerNamed(
  context: Context,
  open: OpenDesk,
  idOrCode: string,
  wanted: AnswerWord,
  options: AnswerOptions,
  device: Device | undefined,
): Promise<ExitCode> {
  const words = approvalWords(context);
  const shown = await open.desk.show(idOrCode);
  switch (shown.kind) {
    case "missing":
      return refuse(context, words.answered.refused["no-such-request"], EXIT.found);
    case "altered":
      return refuse(context, words.answered.refused.altered, EXIT.found);
    case "found": {
      const { state } = shown.request;
      if (state !== "pending" && state !== "approved")
        return refuse(context, closedText(shown.request, words), EXIT.found);
      return answerShown(context, open, shown, wanted, options, device);
    }
  }
}

/** With a passphrase file nobody is asked anything, but to break the glass; without one there has to be a terminal (P7). */
export async function answerOne(
  context: Context,
  idOrCode: string,
  wanted: AnswerWord,
  options: AnswerOptions,
): Promise<ExitCode> {
  const needsDevice = options.passphraseFile === undefined || wanted === "break-glass";
  const device = needsDevice ? context.terminal.device() : undefined;
  if (device === undefined && needsDevice) {
    return refuse(context, approvalWords(context).who.noTerminal, EXIT.usage);
  }
  try {
    const open = await openDesk(context);
    try {
      return await answerNamed(context, open, idOrCode, wanted, options, device);
    } finally {
      await open.close();
    }
  } finally {
    device?.close();
  }
}
