/** POST, GET and DELETE of a 2025 client, all of them within a session but the first. */

import type { ServerResponse } from "node:http";
import * as era from "./era.ts";
import { acceptsOf } from "./http-checks.ts";
import { errorText, NONE, openAnswer, openEventStream, sendJson, type HeaderList } from "./http-answer.ts";
import { TOO_MANY, type Visit, type HttpParts, type Open } from "./http-visitor.ts";
import type { Session, Sessions } from "./http-sessions.ts";
import { fateOf } from "./methods.ts";
import type { Id, Message } from "./read-message.ts";

export interface LegacyParts extends HttpParts {
  readonly sessions: Sessions;
}

type Question = Extract<Message, { readonly kind: "request" }>;

const SESSION = "mcp-session-id";
const invalid = (what: string): era.RpcError => ({ code: era.INVALID_REQUEST, message: `Invalid request: ${what}` });

const cancelled = (id: Id): Message => ({
  kind: "notification",
  method: "notifications/cancelled",
  params: { requestId: id, reason: "the connection broke" },
});

/** Puts a question to the session's door. `over` is called once: with the answer when it has been sent. */
function ask(
  parts: LegacyParts,
  { visitor, login, request, response }: Visit,
  session: Session,
  question: Question,
  headers: HeaderList,
  over: (answer: string | undefined) => void,
): void {
  const { id } = question;
  let isOpen = true;
  const settle = (text: string | undefined): void => {
    if (!isOpen) return;
    isOpen = false;
    session.questions.delete(id);
    visitor.questions -= 1;
    visitor.open.delete(opened);
    parts.open.delete(opened);
    session.usedAt = parts.now();
    over(text);
  };
  const cancel = (): void => {
    if (!isOpen) return;
    session.door.take(cancelled(id));
    settle(undefined);
  };
  const answer = openAnswer(response, {
    id,
    accepts: acceptsOf(request.headers.accept),
    status: 200,
    headers,
    over(text) {
      if (text !== undefined) settle(text);
      else if (isOpen) {
        session.door.unheard(id);
        setTimeout(cancel, parts.times.gone).unref();
      }
    },
    late: () => settle(undefined),
  });
  const opened: Open & { beat(): void } = {
    login,
    beat: () => answer.beat(),
    breakOff() {
      cancel();
      answer.breakOff();
    },
  };
  visitor.questions += 1;
  visitor.open.add(opened);
  parts.open.add(opened);
  session.questions.set(id, {
    send: answer.send,
    breakOff: opened.breakOff,
    cancelled() {
      settle(undefined);
      answer.end();
    },
  });
  session.door.take(question);
}

function begin(parts: LegacyParts, visit: Visit, question: Question): void {
  const { visitor, login, response } = visit;
  const session = parts.sessions.begin(visitor.gate, login, visitor.limits.sessions);
  if (session === undefined) return sendJson(response, 200, errorText(question.id, TOO_MANY));
  ask(parts, visit, session, question, [SESSION, session.id], (answer) => {
    // Nobody knows of a session whose opening was refused or never arrived.
    if (answer === undefined || !("result" in JSON.parse(answer))) void session.end();
  });
}

/** The session that a request names; undefined when it has been answered why there is none. */
function sessionOf(parts: LegacyParts, { login, request, response }: Visit, id: Id | undefined): Session | undefined {
  const named = request.headers[SESSION];
  const session = typeof named === "string" ? parts.sessions.find(named, login.agent) : undefined;
  if (session === undefined) {
    if (typeof named === "string") sendJson(response, 404, errorText(id, invalid("there is no such session")));
    else sendJson(response, 400, errorText(id, invalid("Mcp-Session-Id is missing")));
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
      const refuse = (status: number, error: era.RpcError): void => {
        visitor.gate.refused("agent", message.method.slice(0, 128), error.message);
        sendJson(response, status, errorText(message.id, error));
      };
      if (session.questions.has(message.id)) return refuse(400, invalid("this id is in use"));
      if (visitor.questions >= visitor.limits.questions) return refuse(200, TOO_MANY);
      return ask(parts, visit, session, message, NONE, () => undefined);
    }
    case "notification": {
      session.door.take(message);
      const id = message.params["requestId"];
      const isCancel = message.method === "notifications/cancelled";
      // Its answer will not come any more.
      if (isCancel && (typeof id === "string" || typeof id === "number")) session.questions.get(id)?.cancelled();
      if (fateOf("notification", "agent", message.method) !== "refused") return accepted(response);
      return sendJson(response, 400, errorText(undefined, invalid("an unknown notification")));
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
    return sendJson(response, 406, errorText(undefined, invalid("Accept must list text/event-stream")));
  const session = sessionOf(parts, visit, undefined);
  if (session === undefined) return;
  session.stream?.end();
  if (visitor.streams >= visitor.limits.streams) return sendJson(response, 429, errorText(undefined, TOO_MANY));
  const stream = openEventStream(response, NONE, () => {
    visitor.streams -= 1;
    parts.open.delete(opened);
    visitor.open.delete(opened);
    session.usedAt = parts.now();
    if (session.stream === stream) session.stream = undefined;
  });
  const opened: Open & { beat(): void } = { login, beat: stream.comment, breakOff: stream.end };
  visitor.streams += 1;
  parts.open.add(opened);
  visitor.open.add(opened);
  session.stream = stream;
}

export function deleteLegacy(parts: LegacyParts, visit: Visit): void {
  const session = sessionOf(parts, visit, undefined);
  if (session === undefined) return;
  void session.end();
  visit.response.writeHead(204).end();
}
