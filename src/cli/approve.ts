/** `kidoban approve`: the live inbox, or with `--json` what waits, for scripts; `kidoban approve ID`: one request. */

import { answerOne, type AnswerOptions } from "./answer.ts";
import { openDesk } from "./desk.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { inbox } from "./inbox.ts";
import { approvalWords } from "./unlock.ts";

/** What waits for an answer, oldest first; an altered request is named and not shown. */
async function listed(context: Context): Promise<ExitCode> {
  const { desk, close } = await openDesk(context);
  try {
    const requests = (await desk.list()).map((one) => {
      if (one.kind === "altered") return { id: one.id, code: one.code, altered: true };
      const { id, code, agent, server, name, state, openedAt, expiresAt, view } = one.request;
      return { id, code, agent, server, name, state, openedAt, expiresAt, view };
    });
    context.terminal.out(`${JSON.stringify({ requests })}\n`);
    return EXIT.ok;
  } finally {
    await close();
  }
}

export async function run(context: Context, idOrCode: string | undefined, options: AnswerOptions): Promise<ExitCode> {
  if (idOrCode !== undefined) return answerOne(context, idOrCode, "approve", options);
  if (context.json) return listed(context);
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
