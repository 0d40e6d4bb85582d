/** The gateway's own answers to the agent, as raw JSON. What a server answered never passes through here. */

import type { Answer, Forwarded } from "./ports.ts";
import { agent as words } from "../words/agent.ts";

/** A tool result that no client takes for success (`isError`), so that its output schema is not checked either. */
export function refusal(text: string, meta?: Readonly<Record<string, unknown>>): Answer {
  return {
    kind: "result",
    text: JSON.stringify({
      content: [{ type: "text", text }],
      isError: true,
      ...(meta === undefined ? {} : { _meta: { "dev.kidoban/request": meta } }),
    }),
  };
}

/** The same bytes for a denied name as for one that never existed (P1). Code: server/tools, spec 2025-11-25. */
export function unknownTool(name: string): Answer {
  return { kind: "error", text: JSON.stringify({ code: -32602, message: words.unknownTool(name) }) };
}

/** What the server answered, or our words for why it did not. */
export function forwardedAnswer(server: string, forwarded: Forwarded): Answer {
  switch (forwarded.status) {
    case "ok":
    case "tool_error":
      return { kind: "result", text: forwarded.text ?? "{}" };
    case "rpc_error":
      return { kind: "error", text: forwarded.text ?? '{"code":-32603,"message":"no error given"}' };
    case "not_sent":
      return refusal(words.notSent(server, forwarded.detail));
    case "timeout":
    case "cancelled":
    case "unknown":
      return refusal(words.unknownOutcome(server, forwarded.detail));
  }
}

/** The stored result of an identical call, marked as not run again; every other byte as the server sent it. */
export function replayAnswer(stored: { readonly member: "result" | "error"; readonly text: string }): Answer {
  if (stored.member === "error") return { kind: "error", text: stored.text };
  const result = JSON.parse(stored.text) as { readonly _meta?: object };
  const mark = { "dev.kidoban/replayed": words.replayed };
  if (result._meta !== undefined)
    return { kind: "result", text: JSON.stringify({ ...result, _meta: { ...result._meta, ...mark } }) };
  const rest = stored.text.trimStart().slice(1).trimStart();
  return { kind: "result", text: `{"_meta":${JSON.stringify(mark)}${rest.startsWith("}") ? "" : ","}${rest}` };
}
