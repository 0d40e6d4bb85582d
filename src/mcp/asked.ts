/**
 * What one server asks, on one connection: whose call it belongs to, and the answer on its way back (2025 era). A
 * manifest's roots are told by the gate itself; all else is put to the client of the call, and what belongs to none is
 * refused.
 */

import { randomUUID } from "node:crypto";
import type { ForwardedCall, Asking, QuestionAnswer, Question } from "../gateway/ports.ts";
import type { AskKind } from "../policy/manifest.ts";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import * as era from "./era.ts";
import { invalidRequest, NOT_FOUND } from "./errors.ts";
import { fateOf } from "./methods.ts";
import { abilitiesOf, attributed, elicitationName, readQuestion, unanswered } from "./questions.ts";
import { MAX_ID_LENGTH, type Id } from "./read-message.ts";
import { parseStrict } from "./strict-json.ts";

/** What the configuration says of a server's questions. */
export interface QuestionHooks {
  asks(): readonly AskKind[];
  /** URIs of the roots that it is told of; undefined: it is told of none and none are declared. */
  roots(): readonly string[] | undefined;
  /** Records that it was told of them; `text`: the JSON text of the result. */
  rootsTold(text: string): void;
}

export interface AskedParts {
  readonly server: string;
  readonly questions?: QuestionHooks;
  send(message: string, about: { readonly method: string }): boolean;
  refused(method: string | undefined, reason: string): void;
  era(): era.Era;
}

/** One call in flight, as far as its questions are concerned. */
export interface AskingCall {
  readonly call: ForwardedCall | undefined;
  /** Aborted when it is over; made for the first question. */
  over: AbortController | undefined;
}

/** Open questions of one server; one that asks more at once is not waiting for people. */
const MAX_OPEN = 16;
/** Elicitations by URL whose end may still be told. */
const MAX_NAMED = 256;

export interface Asked {
  /** A request of the server; `only`: the question of ours on whose stream it came. */
  receive(id: Id, method: string, text: string, only: number | undefined): void;
  /** JSON text of what `roots/list` answers, on record; undefined where none are declared. */
  tellRoots(): string | undefined;
  /** It withdraws what it asked. */
  cancelled(params: JsonObject): void;
  /** An error that makes a client open URLs, said who asks; undefined where it may not pass. */
  relayUrls(error: JsonObject, asking: Asking | undefined): JsonObject | undefined;
  /** An elicitation by URL is over on its side. */
  elicited(params: JsonObject): void;
}

export function openAsked(parts: AskedParts, calls: { inFlight(only?: number): readonly AskingCall[] }): Asked {
  const open = new Map<Id, AbortController>();
  const named = new Map<string, Asking>();
  let told: string | undefined;

  const respond = (id: Id, method: string, member: "result" | "error", text: string): void =>
    void parts.send(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"${member}":${text}}`, { method });
  const fail = (id: Id, method: string, error: era.RpcError): void =>
    respond(id, method, "error", JSON.stringify(error));
  const refuse = (id: Id, method: string, error: era.RpcError, reason: string): void => {
    fail(id, method, error);
    parts.refused(method, reason);
  };

  const tellRoots = (): string | undefined => {
    const roots = parts.questions?.roots();
    if (roots === undefined) return undefined;
    const text = JSON.stringify({ roots: roots.map((uri) => ({ uri })) });
    // Recorded once for each that is different: a server that asks every second fills no log.
    if (text !== told) parts.questions?.rootsTold(text);
    told = text;
    return text;
  };

  /** By the manifest's own roots where it has any, else by the client's where that is relayed. */
  const answerRoots = (id: Id, method: string, text: string, only: number | undefined): void => {
    const own = tellRoots();
    if (own === undefined) ask(id, method, text, only);
    else respond(id, method, "result", own);
  };

  const relay = async (id: Id, method: string, question: Question, whose: Whose, asking: Asking): Promise<void> => {
    const over = (whose.call.over ??= new AbortController());
    const withdrawn = new AbortController();
    open.set(id, withdrawn);
    const asked = await asking.ask([question], AbortSignal.any([over.signal, withdrawn.signal]));
    open.delete(id);
    // Withdrawn by the server itself, it wants no answer any more (2025-11-25, basic/utilities/cancellation).
    if (withdrawn.signal.aborted) return;
    if (over.signal.aborted || asked.kind === "halt")
      return fail(id, method, { code: era.INTERNAL_ERROR, message: "The call is over, or may not go on" });
    const [answer] = asked.answers;
    if (answer !== undefined) settle(id, question, answer);
  };

  const settle = (id: Id, question: Question, answer: QuestionAnswer): void => {
    switch (answer.kind) {
      case "result":
        return respond(id, question.method, "result", answer.text);
      case "error":
        return fail(id, question.method, { code: answer.code, message: answer.message });
      case "none": {
        const text = unanswered(question);
        if (text !== undefined) return respond(id, question.method, "result", text);
        return fail(id, question.method, { code: era.INTERNAL_ERROR, message: "Nobody answered" });
      }
    }
  };

  const put = ({ needs, params }: Question, asking: Asking): void => {
    if (needs !== "url") return;
    const { elicitationId } = JSON.parse(params) as { readonly elicitationId: string };
    const oldest = named.size >= MAX_NAMED ? named.keys().next().value : undefined;
    if (oldest !== undefined) named.delete(oldest);
    named.set(elicitationId, asking);
  };

  const ask = (id: Id, method: string, text: string, only: number | undefined): void => {
    const kind = KIND_OF[method];
    if (kind === undefined || parts.questions?.asks().includes(kind) !== true)
      return refuse(id, method, NOT_FOUND, NOT_RELAYED);
    if (open.size >= MAX_OPEN) return refuse(id, method, BUSY, "too many questions at once");
    const whose = attribute(only === 0 ? undefined : only, (id) => calls.inFlight(id));
    if (typeof whose === "string") return refuse(id, method, UNATTRIBUTABLE, whose);
    const { asking } = whose.call.call ?? {};
    const able = abilitiesOf([kind]).filter((ability) => asking?.abilities.includes(ability) === true);
    if (asking === undefined || able.length === 0) return refuse(id, method, NOT_FOUND, NOT_RELAYED);
    const parsed = parseStrict(text);
    if (!parsed.ok) return refuse(id, method, UNREADABLE, `a question with ${parsed.fault.hazard} in it`);
    const { params = {} } = parsed.value as JsonObject;
    const read = readQuestion(parts.server, method, params, randomUUID);
    if (read.kind === "refused") return refuse(id, method, read.error, read.error.message);
    const { question } = read;
    // The client may have declared the method and not this way of it (client/elicitation, "Error Handling").
    if (!able.includes(question.needs)) return refuse(id, method, NOT_DECLARED, NOT_RELAYED);
    put(question, asking);
    relay(id, method, question, whose, asking).catch(() => {
      open.delete(id);
      fail(id, method, { code: era.INTERNAL_ERROR, message: "Internal error in the gate" });
    });
  };

  return {
    receive(id, method, text, only) {
      if (typeof id === "string" && id.length > MAX_ID_LENGTH) return parts.refused(method, "an id too long to answer");
      // An answer to the second would settle the first.
      if (open.has(id)) return parts.refused(method, "a second question of the same id");
      const isModern = parts.era().name === "modern";
      switch (fateOf("request", "server", method)) {
        case "relayed":
          return isModern ? refuse(id, method, NOT_FOUND, "a request of the other era") : ask(id, method, text, only);
        case "here":
          if (method === "ping") return respond(id, method, "result", "{}");
          return isModern
            ? refuse(id, method, NOT_FOUND, "a request of the other era")
            : answerRoots(id, method, text, only);
        case "governed":
        case "refused":
          return refuse(id, method, NOT_FOUND, "a request of the server");
      }
    },
    tellRoots,
    relayUrls(error, asking) {
      const { code = 0, message, data } = error;
      const list = isObject(data) ? data["elicitations"] : undefined;
      if (asking?.era !== "legacy" || !asking.abilities.includes("url") || !Array.isArray(list)) return undefined;
      const read = (list as readonly Json[]).map((one) =>
        readQuestion(parts.server, "elicitation/create", one, randomUUID),
      );
      const questions = read.flatMap((one) => (one.kind === "question" ? one.question : []));
      if (questions.length < list.length || questions.some(({ needs }) => needs !== "url")) return undefined;
      for (const question of questions) put(question, asking);
      const elicitations = questions.map(({ params }) => JSON.parse(params) as Json);
      const said = attributed(parts.server, typeof message === "string" ? message : "");
      return { code, message: said, data: { elicitations } };
    },
    cancelled({ requestId }) {
      if (typeof requestId === "string" || typeof requestId === "number") open.get(requestId)?.abort();
    },
    elicited({ elicitationId }) {
      const name = elicitationName(parts.server, typeof elicitationId === "string" ? elicitationId : "");
      const asking = named.get(name);
      named.delete(name);
      if (asking === undefined) parts.refused("notifications/elicitation/complete", "of nothing that was asked");
      else asking.over(name);
    },
  };
}

interface Whose {
  readonly call: AskingCall;
}

/**
 * The call on whose stream it came, else the only one in flight, else any where all came by one connection of one client.
 * A question of 2025 names no call, and nobody's may be answered by somebody else.
 */
function attribute(stream: number | undefined, inFlight: (only?: number) => readonly AskingCall[]): Whose | string {
  const [first, ...others] = inFlight(stream);
  if (first === undefined) return "a question outside of any call";
  const conversation = first.call?.asking?.conversation;
  const same = others.every(({ call }) => conversation !== undefined && call?.asking?.conversation === conversation);
  return same ? { call: first } : "a question that could belong to calls of several clients";
}

const KIND_OF: Readonly<Record<string, AskKind>> = {
  "elicitation/create": "elicitation",
  "sampling/createMessage": "sampling",
  "roots/list": "roots",
};
const NOT_RELAYED = "a question that is not relayed";
const NOT_DECLARED = era.invalidParams("the client did not declare it");
const BUSY: era.RpcError = { code: era.INTERNAL_ERROR, message: "Too many questions at once" };
const UNREADABLE = invalidRequest("it can be read in two ways");
const UNATTRIBUTABLE: era.RpcError = {
  code: era.INTERNAL_ERROR,
  message: "This request belongs to no call that is in flight",
};
