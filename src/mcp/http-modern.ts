/**
 * One POST of a 2026-07-28 client: stateless, so a door of its own; the client's leaving is the cancellation
 * (basic/transports/streamable-http, "Cancellation").
 */

import type { IncomingHttpHeaders } from "node:http";
import type { Gate } from "../gateway/ports.ts";
import { isObject } from "../policy/json.ts";
import { openDoor, type Door } from "./door.ts";
import * as era from "./era.ts";
import { errorText } from "./errors.ts";
import { acceptsOf } from "./http-checks.ts";
import { HttpAnswer, NONE, sendJson } from "./http-answer.ts";
import { TOO_MANY, type HttpParts, type Login, type Open, type Visit, type Visitor } from "./http-visitor.ts";
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

const MISSING_CAPABILITY = -32021;

class ModernQuestion extends HttpAnswer implements Open {
  readonly login: Login;
  readonly #visitor: Visitor;
  readonly #isStream: boolean;
  readonly #door: Door;

  constructor(parts: HttpParts, { visitor, login, request, response }: Visit, { id, method }: Question) {
    const unknown = fateOf("request", "agent", method, "modern") === "refused";
    super(response, id, acceptsOf(request.headers.accept), unknown ? 404 : 200, NONE);
    this.login = login;
    this.#visitor = visitor;
    this.#isStream = isListen(method);
    if (this.#isStream) visitor.streams += 1;
    else visitor.questions += 1;
    visitor.open.add(this);
    this.#door = openDoor({
      gate: visitor.gate,
      version: parts.version,
      now: parts.now,
      send: (message, _about, ending) => this.send(message, ending),
      crowded: () => this.crowded(),
      handles: visitor.handles,
      onRecord: visitor.onRecord,
    });
  }

  put(question: Question): void {
    this.#door.take(question);
  }

  protected override over(): void {
    if (this.#isStream) this.#visitor.streams -= 1;
    else this.#visitor.questions -= 1;
    this.#visitor.open.delete(this);
    this.#door.close();
  }

  /** What needs a capability that the client did not declare is refused with 400 (2026-07-28, basic/index, "Error Codes"). */
  protected override statusOfError(answer: string): number {
    const { error } = JSON.parse(answer) as { readonly error: { readonly code?: unknown } };
    return error.code === MISSING_CAPABILITY ? 400 : 200;
  }

  override breakOff(): void {
    // What is listened to ends with a result, by which the client knows that it was meant.
    this.#door.close();
    super.breakOff();
  }
}

const isListen = (method: string): boolean => method === "subscriptions/listen";

export function postModern(parts: HttpParts, visit: Visit, question: Question): void {
  const { visitor, request, response } = visit;
  const { id, method } = question;
  const fault = faultOf(visitor.gate, request.headers, question);
  if (fault !== undefined) {
    visitor.gate.refused("agent", method, fault.message);
    return sendJson(response, 400, errorText(id, fault));
  }
  const { limits } = visitor;
  if (isListen(method) ? visitor.streams >= limits.streams : visitor.questions >= limits.questions) {
    visitor.gate.refused("agent", method, TOO_MANY.message);
    return sendJson(response, 200, errorText(id, TOO_MANY));
  }
  new ModernQuestion(parts, visit, question).put(question);
}
