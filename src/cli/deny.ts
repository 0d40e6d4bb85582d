/** `kidoban deny ID`: one request. */

import { answerOne, type AnswerOptions } from "./answer.ts";
import type { Context, ExitCode } from "./context.ts";

export const run = (context: Context, idOrCode: string, options: AnswerOptions): Promise<ExitCode> =>
  answerOne(context, idOrCode, "deny", options);
