/**
 * One entry in a line for people, for terminal and console alike. What an agent, client or server said is made visible: it may
 * drive a terminal or imitate a page.
 */

import { visibleLine } from "../approval/visible.ts";
import type { EntryBody } from "../audit/entry.ts";
import { written } from "../policy/pattern.ts";
import type { en } from "../words/log.ts";
import { wordFor } from "../words/words.ts";
import type { Found } from "./found.ts";

export interface Row {
  readonly time: string;
  readonly agent: string;
  readonly what: string;
  readonly event: string;
  readonly detail: string;
  readonly tone: "plain" | "good" | "warn" | "bad";
}

type Words = typeof en;

export function rowOf({ entry, about }: Found, words: Words): Row {
  const { target, agent } = about;
  const { event, detail, what, tone = "plain" } = told(entry.body, words);
  const named = target === undefined ? (what ?? "") : written(target);
  return {
    time: localTime(Date.parse(entry.time)),
    agent: visibleLine(agent ?? ""),
    what: visibleLine(named),
    event: event ?? words.events[entry.body.kind],
    detail: visibleLine(detail),
    tone,
  };
}

interface Told {
  readonly event?: string;
  readonly detail: string;
  readonly what?: string;
  readonly tone?: Row["tone"];
}

const joined = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== "").join(" · ");

function told(body: EntryBody, words: Words): Told {
  switch (body.kind) {
    case "stream.opened":
      return { detail: joined(`${body.program} ${body.version}`, term(body.mode, words)) };
    case "stream.closed":
      return { detail: words.closing(body.reason) ?? body.reason };
    case "config.refused":
      return { detail: body.reason };
    case "bodies.pruned":
      return { what: body.stream, detail: joined(words.bodiesGone(body.count), body.rule) };
    case "streams.pruned":
      return { what: words.streamsGone(body.streams.length), detail: body.rule, tone: "warn" };
    case "retention.changed":
      return {
        what: body.digest.slice(0, 12),
        detail: joined(body.to, words.by(body.consents.map(({ approver }) => approver).join(", "))),
        tone: "warn",
      };
    case "stream.recovered":
      return {
        what: body.stream,
        detail: joined(
          words.entries(body.size),
          body.torn === 0 ? undefined : words.torn(body.torn),
          body.open.length === 0 ? undefined : words.openCalls(body.open.length),
        ),
        ...(body.open.length === 0 ? {} : { tone: "warn" }),
      };
    case "client.connected":
      return {
        detail: joined(
          words.says(joined(body.claimed.client, body.claimed.version, body.claimed.protocol)),
          term(body.mode, words),
        ),
      };
    case "server.started":
      return { what: body.server, detail: words.says(joined(body.claimed.name, body.claimed.version)) };
    case "server.ended":
      return { what: body.server, detail: body.reason, tone: "warn" };
    case "definition.quarantined":
      return { detail: "", tone: "bad" };
    case "list.served":
      return { what: body.method, detail: String(body.count) };
    case "message.refused":
      return { what: body.method ?? "", detail: body.reason, tone: "warn" };
    case "resource.watched":
      return { detail: "" };
    case "message.relayed":
      return { what: body.server, detail: body.method };
    case "question.asked":
      return { what: body.server, detail: body.method };
    case "question.answered":
      return { detail: joined(body.says, body.detail), ...(body.says === "refused" ? { tone: "warn" } : {}) };
    case "call.denied":
      return {
        what: body.asked,
        detail: joined(term(body.why?.cause, words), rules(body.why?.rules, words)),
        tone: "bad",
      };
    case "call.intent":
      return {
        detail: joined(
          term(body.why.access, words),
          rules(body.why.rules, words),
          claimed(body.claimed?.reason, words),
        ),
      };
    case "call.outcome":
      return {
        event: words.outcomes[body.status],
        detail: body.detail ?? "",
        tone:
          body.status === "ok"
            ? "good"
            : body.status === "unknown" || body.status === "timeout" || body.status === "cancelled"
              ? "bad"
              : "warn",
      };
    case "call.replayed":
    case "request.joined":
    case "task.opened":
    case "task.read":
    case "request.claimed":
      return { detail: body.request };
    case "request.opened":
      return { detail: joined(rules(body.why.rules, words), claimed(body.claimed?.reason, words)), tone: "warn" };
    case "request.answered": {
      const { statement } = body;
      const signed = "body" in statement;
      const answer = signed ? statement.body.answer : statement.answer;
      const comment = signed ? statement.body.comment : statement.comment;
      return {
        event: words.answers[answer],
        detail: joined(
          signed ? words.by(statement.body.approver) : undefined,
          term(statement.assurance, words),
          comment,
        ),
        tone: answer === "approve" ? "good" : answer === "return" ? "warn" : "bad",
      };
    }
    case "request.refused":
      return { detail: body.reason, tone: "warn" };
    case "request.closed":
      return {
        detail: joined(
          term(body.state, words),
          body.note === undefined ? undefined : (words.reason(body.note) ?? body.note),
        ),
      };
    case "request.edited":
      return { detail: joined(words.by(body.by), body.request), tone: "warn" };
    case "pass.issued":
      return { detail: joined(words.by(body.by), body.pass), tone: "warn" };
    case "pass.used":
      return { detail: joined(body.pass, words.by(body.signers.join(", "))) };
    case "pass.refused":
      return { detail: joined(body.pass, body.reason), tone: "warn" };
    case "pass.revoked":
      return { detail: joined(words.by(body.by), body.pass) };
    case "client.silent":
      return { detail: `${body.afterMs} ms`, tone: "warn" };
    case "config.accepted":
      return { what: body.digest.slice(0, 12), detail: words.by(body.by) };
    case "key.rotated":
      return { detail: body.to, tone: "warn" };
    case "config.applied":
      return { what: body.accepted.digest.slice(0, 12), detail: body.proposed?.digest.slice(0, 12) ?? "" };
    case "config.proposed":
      return { what: body.digest.slice(0, 12), detail: "" };
    case "login.added":
      return { what: body.server, detail: joined(words.by(body.by), body.issuer) };
    case "login.removed":
      return { what: body.server, detail: words.by(body.by) };
    case "lock.pinned":
      return { what: body.server, detail: words.by(body.by === "hint" ? words.terms.hint : body.by) };
    case "stop.placed":
      return { detail: joined(words.by(body.by), body.reason), tone: "bad" };
    case "stop.acknowledged":
      return { detail: body.stop };
    case "stop.lifted":
      return { detail: joined(words.by(body.approver), body.reason) };
    case "token.issued":
    case "token.revoked":
      return { what: body.token, detail: words.by(body.by) };
    case "console.entered":
      return { detail: words.by(body.by) };
    case "passkey.enrolled":
      return { what: body.approver, detail: joined(body.origin, body.key), tone: "warn" };
    case "auth.refused":
      return {
        what: body.token ?? "",
        detail: joined(body.reason, body.from, body.times === 1 ? undefined : `×${body.times}`),
        tone: "warn",
      };
    case "notification.sent":
      return { what: body.channel, detail: body.event };
    case "notification.failed":
      return { what: body.channel, detail: joined(body.event, body.problem), tone: body.final ? "bad" : "warn" };
    case "export.made":
      return { what: body.what, detail: joined(words.by(body.by), body.digest.slice(0, 12)) };
    case "report.signed":
      return { what: body.digest.slice(0, 12), detail: joined(words.by(body.approver), body.comment) };
    case "backup.made":
      return { what: body.backup.slice(0, 12), detail: words.by(body.by) };
    case "epoch.began":
      return { what: body.epoch, detail: joined(words.by(body.by), words.goesOnFrom(body.from.size)), tone: "bad" };
    case "log.read":
      return { what: body.command, detail: words.by(body.by) };
  }
}

const rules = (ids: readonly string[] | undefined, words: Words): string =>
  ids === undefined || ids.length === 0 ? "" : words.byRule(ids.join(", "));
/** A word that entries carry, in the reader's language where it has one of its own. */
const term = (word: string | undefined, { terms }: Words): string | undefined =>
  (word === undefined ? undefined : wordFor(terms, word)) ?? word;
const claimed = (reason: string | undefined, words: Words): string => (reason === undefined ? "" : words.says(reason));

const two = (n: number): string => String(n).padStart(2, "0");
/** `2026-11-21 22:10:00` where the reader is. */
export function localTime(at: number): string {
  const date = new Date(at);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
