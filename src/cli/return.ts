/** `kidoban return ID`: sends one request back with a question (差戻し). */

import { answerOne, type AnswerOptions } from "./answer.ts";
import type { Context, ExitCode } from "./context.ts";

export const run = (context: Context, idOrCode: string, options: AnswerOptions): Promise<ExitCode> =>
  answerOne(context, idOrCode, "return", options);
