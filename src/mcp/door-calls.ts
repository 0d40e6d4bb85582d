/**
 * Calls at the agent's door, from the client's request to its answer. What a server asks meanwhile is put to the client on
 * its connection (2025), or in the answer to the request that is open (2026).
 */

import type { AgentCall, Answer, ClientFacts, Gate, Question, QuestionAnswer } from "../gateway/ports.ts";
import type { LogLevel } from "../gateway/log-message.ts";
import type { Kind } from "../policy/call.ts";
import type { JsonObject } from "../policy/json.ts";
import { Cancelling, IncomingCall, type Ways } from "./agent-call.ts";
import { CALLS, type Asked } from "./calls.ts";
import { logLevelOf } from "./client-facts.ts";
import * as era from "./era.ts";
import type { Handles } from "./handles.ts";
import { Legs } from "./legs.ts";
import type { Opening } from "./opening.ts";
import { askInCall, inputRequired, retryIn } from "./prompt.ts";
import { readQuestionAnswer } from "./questions.ts";
import type { Id } from "./read-message.ts";
import type { Outlet, Replies } from "./replies.ts";
import type { ClientRequests } from "./requests.ts";
import { createdTask } from "./tasks.ts";
import type { Running } from "./running.ts";

export interface CallsParts {
  readonly gate: Gate;
  readonly outlet: Outlet;
  readonly replies: Replies;
  readonly opening: Opening;
  readonly running: Running;
  readonly handles: Handles;
  now(): number;
}

/** What a legacy client can be asked, and has asked for, for all its calls. */
interface Conversation {
  /** Made when somebody is asked. */
  requests(): ClientRequests;
  logLevel(): LogLevel | undefined;
}

const UNKNOWN_HANDLE = era.invalidParams("requestState is not of this call, was used before, or has expired");

/** A class for its prototype: most doors over HTTP are there for one call. */
export class Calls {
  readonly #parts: CallsParts;
  readonly #conversation: Conversation;

  constructor(parts: CallsParts, conversation: Conversation) {
    this.#parts = parts;
    this.#conversation = conversation;
  }

  call(id: Id, method: string, params: JsonObject, facts: ClientFacts): void {
    const asked = CALLS[method]?.(params) ?? "unknown";
    if (typeof asked === "string") this.#parts.replies.refuse(id, method, era.invalidParams(asked));
    else if (facts.era === "legacy") this.#legacy(id, asked, params, facts);
    else this.#modern(id, method, asked, params, facts);
  }

  respond(id: Id, facts: ClientFacts, kind: Kind, given: Answer): void {
    const { replies, handles, now } = this.#parts;
    switch (given.kind) {
      case "result":
        return replies.answer(id, era.callResult(facts.era, kind, given.text));
      case "error":
        return replies.answerError(id, given.text);
      case "prompt":
        if (facts.era === "legacy" || !facts.prompts) throw new Error("this client cannot be asked in a result");
        return replies.answer(id, inputRequired(handles.prompts, now(), given.handle, given.form));
      case "task":
        return replies.answer(id, createdTask(given.task));
    }
  }

  // No spread here: it made a call twice as dear.
  #incoming(id: Id, asked: Asked, params: JsonObject, facts: ClientFacts, ways: Ways): IncomingCall {
    const { outlet, opening } = this.#parts;
    return new IncomingCall({
      asked,
      meta: params["_meta"],
      client: facts,
      claimed: opening.claimed(),
      conversation: this.#conversation,
      way: { outlet, id },
      ways,
    });
  }

  /** One request of a modern client's call: its answer, or what the server asks before there is one. */
  #leg(id: Id, { kind }: Asked, legs: Legs, incoming: IncomingCall): void {
    const { running, replies } = this.#parts;
    // Of this request alone: with its answer the connection may end, and the call goes on.
    const cancel = new Cancelling();
    const unlink = cancel.onRequest(() => incoming.request());
    running.start(id, cancel, async () => {
      const given = await legs.next();
      if (incoming.settling !== undefined) await incoming.settling;
      unlink();
      if (cancel.requested) return;
      if (given === "asks") replies.answer(id, legs.park());
      else this.respond(id, incoming.client, kind, given);
    });
  }

  #modern(id: Id, method: string, asked: Asked, params: JsonObject, facts: ClientFacts): void {
    const { gate, outlet, replies, handles, now } = this.#parts;
    const meta = params["_meta"];
    const resumed = Legs.resume(handles.parked, asked, params, { meta, client: facts, way: { outlet, id } });
    if (resumed === "refused") return replies.refuse(id, method, UNKNOWN_HANDLE);
    if (resumed?.incoming !== undefined) return this.#leg(id, asked, resumed, resumed.incoming);
    const legs = facts.abilities === undefined ? undefined : new Legs(asked, handles.parked);
    const incoming = this.#incoming(id, asked, params, facts, {
      prompt: undefined,
      retry: retryIn(params, handles.prompts, now),
      logLevel: logLevelOf(meta),
      ask: legs === undefined ? undefined : (questions, signal) => legs.ask(questions, signal),
    });
    if (legs === undefined) return this.#plain(id, asked, facts, incoming);
    legs.start(incoming, () => gate.call(incoming));
    return this.#leg(id, asked, legs, incoming);
  }

  #legacy(id: Id, asked: Asked, params: JsonObject, facts: ClientFacts): void {
    const conversation = this.#conversation;
    const { now } = this.#parts;
    const incoming = this.#incoming(id, asked, params, facts, {
      prompt: facts.prompts ? (form, signal) => askInCall(conversation.requests(), now, form, signal, id) : undefined,
      retry: undefined,
      logLevel: conversation.logLevel(),
      ask: facts.abilities === undefined ? undefined : asksLegacy(conversation, id),
    });
    this.#plain(id, asked, facts, incoming);
  }

  #plain(id: Id, { kind }: Asked, facts: ClientFacts, incoming: IncomingCall): void {
    this.#parts.running.start(id, incoming, async () => {
      const given = await this.#parts.gate.call(incoming);
      if (incoming.settling !== undefined) await incoming.settling;
      if (!incoming.requested) this.respond(id, facts, kind, given);
    });
  }
}

function asksLegacy(conversation: Conversation, about: Id): NonNullable<AgentCall["ask"]> {
  const ask = async (question: Question, signal: AbortSignal): Promise<QuestionAnswer> => {
    const reply = await conversation.requests().ask(question.method, question.params, signal, about);
    if (reply.kind === "none") return { kind: "none", why: "withdrawn, or the client has gone" };
    return reply.kind === "error" ? reply : readQuestionAnswer(question, reply.value);
  };
  return (questions, signal) => Promise.all(questions.map((question) => ask(question, signal)));
}
