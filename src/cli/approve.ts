/** `kidoban approve`: the live inbox; `kidoban approve ID`: one request. */

import { answerOne, type AnswerOptions } from "./answer.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { inbox } from "./inbox.ts";
import { approvalWords } from "./unlock.ts";

export async function run(context: Context, idOrCode: string | undefined, options: AnswerOptions): Promise<ExitCode> {
  if (idOrCode !== undefined) return answerOne(context, idOrCode, "approve", options);
  const device = context.terminal.device();
  if (device === undefined) {
    context.terminal.err(`kidoban: ${approvalWords(context).who.noTerminal}\n`);
    return EXIT.usage;
  }
  try {
    return await inbox(context, device, options);
  } finally {
    device.close();
  }
}
