/**
 * One POST of a 2026-07-28 client: stateless, so a door of its own; the client's leaving is the cancellation
 * (basic/transports/streamable-http, "Cancellation").
 */

import type { IncomingHttpHeaders } from "node:http";
import type { Gate } from "../gateway/ports.ts";
import { isObject } from "../policy/json.ts";
import { openDoor, type Door } from "./door.ts";
import * as era from "./era.ts";
import { acceptsOf } from "./http-checks.ts";
import { errorText, NONE, openAnswer, sendJson } from "./http-answer.ts";
import { TOO_MANY, type Visit, type HttpParts, type Open } from "./http-visitor.ts";
import { fateOf } from "./methods.ts";
import { argumentMismatch, standardMismatch } from "./modern-headers.ts";
import type { Message } from "./read-message.ts";

type Question = Extract<Message, { readonly kind: "request" }>;

/** What the headers or the metadata forbid; undefined where the door may have it. */
function faultOf(gate: Gate, headers: IncomingHttpHeaders, { method, params }: Question): era.RpcError | undefined {
  const meta = params["_meta"];
  const version = isObject(meta) ? meta[era.VERSION_META] : undefined;
  const mismatch = standardMismatch(headers, method, params, version);
  if (mismatch !== undefined) return mismatch;
  const read = era.readRequestMeta(params);
  switch (read.kind) {
    case "absent":
      return era.missingRequestMeta;
    case "error":
      return read.error;
    case "facts": {
      const { name, arguments: args = {} } = params;
      const schema = method === "tools/call" && typeof name === "string" ? gate.inputSchema(name) : undefined;
      return schema === undefined || !isObject(args) ? undefined : argumentMismatch(headers, schema, args);
    }
  }
}

/** What needs a capability that the client did not declare is refused with 400 (2026-07-28, basic/index, "Error Codes"). */
function statusOfError(answer: string): number {
  const { error } = JSON.parse(answer) as { readonly error: { readonly code?: unknown } };
  return error.code === MISSING_CAPABILITY ? 400 : 200;
}
const MISSING_CAPABILITY = -32021;

export function postModern(parts: HttpParts, { visitor, login, request, response }: Visit, question: Question): void {
  const { id, method } = question;
  const fault = faultOf(visitor.gate, request.headers, question);
  if (fault !== undefined) {
    visitor.gate.refused("agent", method.slice(0, 128), fault.message);
    return sendJson(response, 400, errorText(id, fault));
  }
  const isStream = method === "subscriptions/listen";
  const { limits } = visitor;
  if (isStream ? visitor.streams >= limits.streams : visitor.questions >= limits.questions) {
    visitor.gate.refused("agent", method.slice(0, 128), TOO_MANY.message);
    return sendJson(response, 200, errorText(id, TOO_MANY));
  }
  const unknown = fateOf("request", "agent", method, "modern") === "refused";

  let door: Door | undefined;
  const opened: Open & { beat(): void } = {
    login,
    beat: () => answer.beat(),
    breakOff() {
      // What is listened to ends with a result, by which the client knows that it was meant.
      void door?.leave();
      answer.breakOff();
    },
  };
  const answer = openAnswer(response, {
    id,
    accepts: acceptsOf(request.headers.accept),
    status: unknown ? 404 : 200,
    statusOfError,
    headers: NONE,
    over() {
      if (isStream) visitor.streams -= 1;
      else visitor.questions -= 1;
      parts.open.delete(opened);
      visitor.open.delete(opened);
      void door?.leave();
    },
  });
  if (isStream) visitor.streams += 1;
  else visitor.questions += 1;
  parts.open.add(opened);
  visitor.open.add(opened);
  door = openDoor({
    gate: visitor.recordingOnce,
    version: parts.version,
    now: parts.now,
    send: (message) => answer.send(message),
    crowded: answer.crowded,
    handles: visitor.handles,
  });
  door.take(question);
}
