/** `kidoban break-glass ID`: approves one request alone, in an emergency. Only at a terminal, and only with its code typed. */

import { answerOne, type AnswerOptions } from "./answer.ts";
import type { Context, ExitCode } from "./context.ts";

export const run = (context: Context, idOrCode: string, options: AnswerOptions): Promise<ExitCode> =>
  answerOne(context, idOrCode, "break-glass", options);
