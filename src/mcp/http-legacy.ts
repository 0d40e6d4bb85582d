/** POST, GET and DELETE of a 2025 client, all of them within a session but the first. */

import type { ServerResponse } from "node:http";
import type { RpcError } from "./era.ts";
import { errorText, invalidRequest } from "./errors.ts";
import { acceptsOf } from "./http-checks.ts";
import { HttpAnswer, NONE, openEventStream, sendJson, type HeaderList } from "./http-answer.ts";
import { TOO_MANY, type HttpParts, type Login, type Open, type Visit, type Visitor } from "./http-visitor.ts";
import type { Asked, Session, Sessions } from "./http-sessions.ts";
import { fateOf } from "./methods.ts";
import type { Id, Message } from "./read-message.ts";

export interface LegacyParts extends HttpParts {
  readonly sessions: Sessions;
}

type Question = Extract<Message, { readonly kind: "request" }>;

const SESSION = "mcp-session-id";

const cancelled = (id: Id): Message => ({
  kind: "notification",
  method: "notifications/cancelled",
  params: { requestId: id, reason: "the connection broke" },
});

/** A question at the session's door. */
class LegacyQuestion extends HttpAnswer implements Open, Asked {
  readonly login: Login;
  readonly #parts: LegacyParts;
  readonly #visitor: Visitor;
  readonly #session: Session;
  readonly #question: Question;
  #isOpen = true;

  constructor(parts: LegacyParts, visit: Visit, session: Session, question: Question, headers: HeaderList = NONE) {
    super(visit.response, question.id, acceptsOf(visit.request.headers.accept), 200, headers);
    const { visitor, login } = visit;
    this.login = login;
    this.#parts = parts;
    this.#visitor = visitor;
    this.#session = session;
    this.#question = question;
    visitor.questions += 1;
    visitor.open.add(this);
    session.questions.set(question.id, this);
  }

  put(): void {
    this.#session.door.take(this.#question);
  }

  /** Called once: with the answer when it has been sent. */
  protected settled(_answer: string | undefined): void {}

  #settle(answer: string | undefined): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#session.questions.delete(this.#question.id);
    this.#visitor.questions -= 1;
    this.#visitor.open.delete(this);
    this.#session.usedAt = this.#parts.now();
    this.settled(answer);
  }

  #cancel(): void {
    if (!this.#isOpen) return;
    this.#session.door.take(cancelled(this.#question.id));
    this.#settle(undefined);
  }

  protected override over(answer: string | undefined): void {
    if (answer !== undefined) this.#settle(answer);
    else if (this.#isOpen) {
      this.#session.door.unheard(this.#question.id);
      setTimeout(() => this.#cancel(), this.#parts.times.gone).unref();
    }
  }

  protected override late(): void {
    this.#settle(undefined);
  }

  cancelled(): void {
    this.#settle(undefined);
    this.end();
  }

  override breakOff(): void {
    this.#cancel();
    super.breakOff();
  }
}

/** The one that begins a session, whose id goes out with the answer. */
class Beginning extends LegacyQuestion {
  readonly #begun: Session;

  constructor(parts: LegacyParts, visit: Visit, session: Session, question: Question) {
    super(parts, visit, session, question, [SESSION, session.id]);
    this.#begun = session;
  }

  protected override settled(answer: string | undefined): void {
    // Nobody knows of a session whose opening was refused or never arrived.
    if (answer === undefined || !("result" in JSON.parse(answer))) void this.#begun.end();
  }
}

function begin(parts: LegacyParts, visit: Visit, question: Question): void {
  const { visitor, login, response } = visit;
  const session = parts.sessions.begin(visitor.gate, login, visitor.limits.sessions);
  if (session === undefined) return sendJson(response, 200, errorText(question.id, TOO_MANY));
  new Beginning(parts, visit, session, question).put();
}

/** The session that a request names; undefined when it has been answered why there is none. */
function sessionOf(parts: LegacyParts, { login, request, response }: Visit, id: Id | undefined): Session | undefined {
  const named = request.headers[SESSION];
  const session = typeof named === "string" ? parts.sessions.find(named, login.agent) : undefined;
  if (session === undefined) {
    if (typeof named === "string") sendJson(response, 404, errorText(id, invalidRequest("there is no such session")));
    else sendJson(response, 400, errorText(id, invalidRequest("Mcp-Session-Id is missing")));
    return undefined;
  }
  session.login = login;
  session.usedAt = parts.now();
  return session;
}

/** 202, without a body. */
export const accepted = (response: ServerResponse): void => void response.writeHead(202).end();

export function postLegacy(
  parts: LegacyParts,
  visit: Visit,
  message: Exclude<Message, { readonly kind: "refused" }>,
): void {
  const { visitor, request, response } = visit;
  const isOpening =
    message.kind === "request" && message.method === "initialize" && request.headers[SESSION] === undefined;
  if (isOpening) return begin(parts, visit, message);
  const session = sessionOf(parts, visit, message.kind === "request" ? message.id : undefined);
  if (session === undefined) return;
  switch (message.kind) {
    case "request": {
      const refuse = (status: number, error: RpcError): void => {
        visitor.gate.refused("agent", message.method, error.message);
        sendJson(response, status, errorText(message.id, error));
      };
      if (session.questions.has(message.id)) return refuse(400, invalidRequest("this id is in use"));
      if (visitor.questions >= visitor.limits.questions) return refuse(200, TOO_MANY);
      return new LegacyQuestion(parts, visit, session, message).put();
    }
    case "notification": {
      session.door.take(message);
      const id = message.params["requestId"];
      const isCancel = message.method === "notifications/cancelled";
      // Its answer will not come any more.
      if (isCancel && (typeof id === "string" || typeof id === "number")) session.questions.get(id)?.cancelled();
      if (fateOf("notification", "agent", message.method) !== "refused") return accepted(response);
      return sendJson(response, 400, errorText(undefined, invalidRequest("an unknown notification")));
    }
    case "answer":
      session.door.take(message);
      return accepted(response);
  }
}

/** The session's own stream; a later one takes over, since a broken connection may never say so. */
export function getLegacy(parts: LegacyParts, visit: Visit): void {
  const { visitor, login, request, response } = visit;
  if (!acceptsOf(request.headers.accept).events)
    return sendJson(response, 406, errorText(undefined, invalidRequest("Accept must list text/event-stream")));
  const session = sessionOf(parts, visit, undefined);
  if (session === undefined) return;
  session.stream?.end();
  if (visitor.streams >= visitor.limits.streams) return sendJson(response, 429, errorText(undefined, TOO_MANY));
  const stream = openEventStream(response, NONE, () => {
    visitor.streams -= 1;
    visitor.open.delete(opened);
    session.usedAt = parts.now();
    if (session.stream === stream) session.stream = undefined;
  });
  const opened: Open = { login, beat: stream.comment, breakOff: stream.end };
  visitor.streams += 1;
  visitor.open.add(opened);
  session.stream = stream;
}

export function deleteLegacy(parts: LegacyParts, visit: Visit): void {
  const session = sessionOf(parts, visit, undefined);
  if (session === undefined) return;
  void session.end();
  visit.response.writeHead(204).end();
}
