/**
 * Calls at the agent's door, from the client's request to its answer. What a server asks meanwhile is put to the client on
 * its connection (2025), or in the answer to the request that is open (2026).
 */

import type { Answer, ClientFacts, Gate, Question, QuestionAnswer } from "../gateway/ports.ts";
import type { LogLevel } from "../gateway/log-message.ts";
import type { Claimed } from "../audit/entry.ts";
import type { Kind } from "../policy/call.ts";
import type { JsonObject } from "../policy/json.ts";
import { Cancelling, IncomingCall, type Ways } from "./agent-call.ts";
import { CALLS, type Asked } from "./calls.ts";
import { logLevelOf } from "./client-facts.ts";
import * as era from "./era.ts";
import type { Handles } from "./handles.ts";
import { Legs } from "./legs.ts";
import { openDialogs } from "./prompt.ts";
import { readQuestionAnswer } from "./questions.ts";
import type { Id } from "./read-message.ts";
import type { ClientRequests } from "./requests.ts";
import { createdTask } from "./tasks.ts";
import type { Running } from "./running.ts";

export interface CallsParts {
  readonly gate: Gate;
  readonly running: Running;
  readonly requests: ClientRequests;
  readonly handles: Handles;
  now(): number;
  /** What the client says of itself. */
  claimed(): Claimed;
  /** What a legacy client has asked for, for all its calls. */
  logLevel(): LogLevel | undefined;
  send(message: string, about?: Id): void;
  crowded(): boolean;
  answer(id: Id, result: string): void;
  /** The JSON text of an error. */
  answerError(id: Id, error: string): void;
  refuse(id: Id, method: string, error: era.RpcError): void;
}

export interface Calls {
  call(id: Id, method: string, params: JsonObject, facts: ClientFacts): void;
  respond(id: Id, facts: ClientFacts, kind: Kind, given: Answer): void;
}

const UNKNOWN_HANDLE = era.invalidParams("requestState is not of this call, was used before, or has expired");

export function openCalls(parts: CallsParts): Calls {
  const { gate, running, requests, handles, send } = parts;
  const dialogs = openDialogs(requests, parts.now, handles.prompts);

  const respond = (id: Id, facts: ClientFacts, kind: Kind, given: Answer): void => {
    switch (given.kind) {
      case "result":
        return parts.answer(id, era.callResult(facts.era, kind, given.text));
      case "error":
        return parts.answerError(id, given.text);
      case "prompt":
        if (facts.era === "legacy" || !facts.prompts) throw new Error("this client cannot be asked in a result");
        return parts.answer(id, dialogs.inputRequired(given.handle, given.form));
      case "task":
        return parts.answer(id, createdTask(given.task));
    }
  };

  const askLegacy = async (question: Question, signal: AbortSignal, about: Id): Promise<QuestionAnswer> => {
    const reply = await requests.ask(question.method, question.params, signal, about);
    if (reply.kind === "none") return { kind: "none", why: "withdrawn, or the client has gone" };
    return reply.kind === "error" ? reply : readQuestionAnswer(question, reply.value);
  };

  // No spread here: it made a call twice as dear.
  const incomingFor = (id: Id, asked: Asked, params: JsonObject, facts: ClientFacts, ways: Ways): IncomingCall =>
    new IncomingCall({
      asked,
      meta: params["_meta"],
      client: facts,
      claimed: parts.claimed(),
      conversation: parts,
      send: (message, isOwn = true) => (isOwn ? send(message, id) : send(message)),
      crowded: parts.crowded,
      ways,
    });

  /** One request of a modern client's call: its answer, or what the server asks before there is one. */
  const leg = (id: Id, { kind }: Asked, legs: Legs, incoming: IncomingCall): void => {
    // Of this request alone: with its answer the connection may end, and the call goes on.
    const cancel = new Cancelling();
    const unlink = cancel.onRequest(() => incoming.request());
    running.start(id, cancel, async () => {
      const given = await legs.next();
      if (incoming.settling !== undefined) await incoming.settling;
      unlink();
      if (cancel.requested) return;
      if (given === "asks") parts.answer(id, legs.park());
      else respond(id, incoming.client, kind, given);
    });
  };

  const modern = (id: Id, method: string, asked: Asked, params: JsonObject, facts: ClientFacts): void => {
    const resumed = Legs.resume(handles.parked, asked, params, {
      meta: params["_meta"],
      client: facts,
      crowded: parts.crowded,
      send: (message) => send(message, id),
    });
    if (resumed === "refused") return parts.refuse(id, method, UNKNOWN_HANDLE);
    if (resumed?.incoming !== undefined) return leg(id, asked, resumed, resumed.incoming);
    const legs = facts.abilities === undefined ? undefined : new Legs(asked, handles.parked);
    const incoming = incomingFor(id, asked, params, facts, {
      prompt: undefined,
      retry: dialogs.retryOf(params),
      logLevel: logLevelOf(params["_meta"]),
      ask: legs === undefined ? undefined : (questions, signal) => legs.ask(questions, signal),
    });
    if (legs === undefined) return plain(id, asked, facts, incoming);
    legs.start(incoming, () => gate.call(incoming));
    leg(id, asked, legs, incoming);
  };

  const plain = (id: Id, { kind }: Asked, facts: ClientFacts, incoming: IncomingCall): void =>
    running.start(id, incoming, async () => {
      const given = await gate.call(incoming);
      if (incoming.settling !== undefined) await incoming.settling;
      if (!incoming.requested) respond(id, facts, kind, given);
    });

  const legacy = (id: Id, asked: Asked, params: JsonObject, facts: ClientFacts): void => {
    const incoming = incomingFor(id, asked, params, facts, {
      prompt: facts.prompts ? (form, signal) => dialogs.ask(form, signal, id) : undefined,
      retry: undefined,
      logLevel: parts.logLevel(),
      ask:
        facts.abilities === undefined
          ? undefined
          : (questions, signal) => Promise.all(questions.map((question) => askLegacy(question, signal, id))),
    });
    plain(id, asked, facts, incoming);
  };

  return {
    respond,
    call(id, method, params, facts) {
      const asked = CALLS[method]?.(params) ?? "unknown";
      if (typeof asked === "string") return parts.refuse(id, method, era.invalidParams(asked));
      return facts.era === "legacy" ? legacy(id, asked, params, facts) : modern(id, method, asked, params, facts);
    },
  };
}
