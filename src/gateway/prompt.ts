/** Asks through the client's own dialog, in both eras. Such an answer counts as assurance `client` and never leaves this process. */

import { randomBytes } from "node:crypto";
import type { Request } from "../approval/request.ts";
import { agent as words } from "../words/agent.ts";
import { INSTANT_MS, type AgentCall, type Answer, type PromptAnswer, type PromptForm } from "./ports.ts";
import { closed } from "./settle.ts";
import type { GateState } from "./state.ts";

/** Questions of this process that are out; a client that is asked and never answers makes them pile up. */
const MAX_PROMPTS = 1000;

/** Columns of a dialog, as good as any guess. */
const DIALOG_WIDTH = 80;

/** The same view as everywhere else. Loaded when somebody is asked: comparing texts takes a library. */
async function promptForm({ code, view }: Request): Promise<PromptForm> {
  const [{ renderView }, { en }] = await Promise.all([
    import("../approval/render.ts"),
    import("../words/approvals.ts"),
  ]);
  const shown = renderView(view, en, { color: false, width: DIALOG_WIDTH });
  return {
    message: `${words.promptTitle(view.name, view.server)} (${code})\n\n${shown}`,
    approve: words.promptApprove,
    deny: words.promptDeny,
  };
}

async function takeAnswer(gate: GateState, request: Request, answer: PromptAnswer): Promise<void> {
  if (answer.kind === "none") {
    if (answer.afterMs >= INSTANT_MS) return undefined;
    const afterMs = Math.round(answer.afterMs);
    gate.clientSilent = true;
    gate.log.record({ kind: "client.silent", agent: gate.agent, request: request.id, afterMs });
    return gate.log.written();
  }
  const said = answer.comment === undefined ? undefined : gate.parts.secrets.hide(answer.comment).toWellFormed();
  const comment = said === undefined ? {} : { comment: said };
  gate.log.record({
    kind: "request.answered",
    request: request.id,
    statement: { assurance: "client", answer: answer.kind, ...comment },
  });
  await gate.log.synced();
  if (answer.kind === "approve") gate.clientApproved.set(request.id, gate.now());
  else await closed(gate, request, "denied", said);
  gate.wake();
}

/** A legacy client is asked in mid-call, beside the other channels; whoever answers first wins. */
export async function promptLegacy(gate: GateState, request: Request, call: AgentCall): Promise<void> {
  if (call.prompt === undefined) return;
  await takeAnswer(gate, request, await call.prompt(await promptForm(request), call.signal));
}

/** A modern client's retry: the handle is single use and good for this agent, this action and its time only. */
export async function takeRetry(
  gate: GateState,
  request: Request,
  retry: NonNullable<AgentCall["retry"]>,
): Promise<void> {
  const handle = gate.prompts.get(retry.handle);
  gate.prompts.delete(retry.handle);
  const good =
    handle !== undefined &&
    handle.request === request.id &&
    handle.action === request.action &&
    gate.now() <= handle.expiresAt;
  if (!good) {
    gate.log.record({
      kind: "request.refused",
      request: request.id,
      reason: "a prompt's handle that is not of this call, used or expired",
    });
    return;
  }
  await takeAnswer(gate, request, retry.answer);
}

/** A modern client carries the question back itself (`input_required`). */
export async function promptModern(gate: GateState, request: Request): Promise<Answer> {
  const form = await promptForm(request);
  const oldest = gate.prompts.size >= MAX_PROMPTS ? gate.prompts.keys().next().value : undefined;
  if (oldest !== undefined) gate.prompts.delete(oldest);
  const handle = randomBytes(16).toString("base64url");
  gate.prompts.set(handle, {
    request: request.id,
    action: request.action,
    expiresAt: request.expiresAt,
  });
  return { kind: "prompt", handle, form };
}
