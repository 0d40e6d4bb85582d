/** What happens seldom: each thing told by itself, up to a most, all of them counted. Pure. */

import type { EntryBody, Target } from "../audit/entry.ts";
import { rfc, type Span } from "./agent-line.ts";
import type { Happening, QuarantineLine, Some } from "./model.ts";

const MOST_TOLD = 200;
const MOST_TARGETS = 1000;
const MOST_REASONS = 100;

type Topic = "glass" | "passes" | "stops" | "logins" | "configs" | "faults";
type Told = Omit<Happening, "at" | "kind">;

export interface EventCount {
  take(body: EntryBody, at: number): void;
  some(topic: Topic): Some<Happening>;
  quarantines(): readonly QuarantineLine[];
  turnedAway(): readonly { readonly reason: string; readonly times: number }[];
}

const named = ({ kind, server, name }: Target): string => `${kind === "tool" ? "" : `${kind}:`}${server}/${name}`;

/** Where it is told, and what of it. Undefined for what is counted elsewhere or not at all. */
function topicOf(body: EntryBody): (Told & { readonly topic: Topic }) | undefined {
  switch (body.kind) {
    case "request.answered": {
      const { statement, request } = body;
      if (!("body" in statement) || statement.body.answer !== "break-glass") return undefined;
      return { topic: "glass", by: statement.body.approver, what: request, detail: statement.body.comment ?? "" };
    }
    case "pass.issued":
      return { topic: "passes", agent: body.agent, what: named(body.target), by: body.by, detail: body.pass };
    case "pass.used":
      return { topic: "passes", agent: body.agent, what: body.call, by: body.signers.join(", "), detail: body.pass };
    case "pass.refused":
      return { topic: "passes", agent: body.agent, detail: `${body.pass}: ${body.reason}` };
    case "pass.revoked":
      return { topic: "passes", agent: body.agent, by: body.by, detail: body.pass };
    case "stop.placed":
      return { topic: "stops", ...agentOf(body.agent), what: body.stop, by: body.by, detail: body.reason };
    case "stop.lifted":
      return { topic: "stops", what: body.stop, by: body.approver, detail: body.reason };
    case "token.issued":
      return { topic: "logins", agent: body.agent, what: body.token, by: body.by, detail: rfc(body.expiresAt) };
    case "token.revoked":
      return { topic: "logins", agent: body.agent, what: body.token, by: body.by };
    case "login.added":
      return { topic: "logins", ...agentOf(body.agent), what: body.server, by: body.by, detail: body.issuer };
    case "login.removed":
      return { topic: "logins", ...agentOf(body.agent), what: body.server, by: body.by };
    case "console.entered":
      return { topic: "logins", by: body.by };
    case "passkey.enrolled":
      return { topic: "logins", by: body.approver, what: body.origin, detail: body.key };
    case "config.accepted":
      return { topic: "configs", by: body.by, what: body.digest };
    case "config.proposed":
      return { topic: "configs", what: body.digest };
    case "config.refused":
      return { topic: "configs", detail: body.reason };
    case "lock.pinned":
      return { topic: "configs", what: body.server, by: body.by };
    case "key.rotated":
      return { topic: "configs" };
    case "retention.changed":
      return { topic: "configs", what: body.digest, detail: `${body.from} → ${body.to}` };
    case "bodies.pruned":
      return { topic: "configs", what: body.stream, detail: `${body.count} · ${body.rule}` };
    case "streams.pruned":
      return { topic: "configs", detail: `${body.streams.length} · ${body.rule}` };
    case "backup.made":
      return { topic: "configs", by: body.by, what: body.backup };
    case "epoch.began":
      return { topic: "configs", by: body.by, what: body.epoch, detail: body.backup };
    case "stream.recovered":
      return { topic: "faults", what: body.stream, detail: `${body.open.length}` };
    case "notification.failed":
      return body.final ? { topic: "faults", what: body.channel, detail: body.problem } : undefined;
    case "server.ended":
      return { topic: "faults", what: body.server, detail: body.reason };
    default:
      return undefined;
  }
}

const agentOf = (agent: string | undefined): { readonly agent?: string } => (agent === undefined ? {} : { agent });

interface Quarantined {
  readonly target: Target;
  times: number;
  first: number;
  last: number;
  isThere: boolean;
}

export function countEvents({ from, until }: Span): EventCount {
  const told = new Map<Topic, Happening[]>();
  const totals = new Map<Topic, number>();
  const quarantined = new Map<string, Quarantined>();
  const reasons = new Map<string, number>();

  function quarantine({ target, now }: Extract<EntryBody, { readonly kind: "definition.quarantined" }>, at: number) {
    const known = quarantined.get(named(target));
    if (known === undefined) {
      if (quarantined.size < MOST_TARGETS)
        quarantined.set(named(target), { target, times: 1, first: at, last: at, isThere: now !== null });
      return;
    }
    known.times++;
    known.first = Math.min(known.first, at);
    if (at >= known.last) [known.last, known.isThere] = [at, now !== null];
  }

  return {
    take(body, at) {
      if (at < from || at >= until) return;
      if (body.kind === "definition.quarantined") return quarantine(body, at);
      if (body.kind === "auth.refused" && (reasons.size < MOST_REASONS || reasons.has(body.reason)))
        reasons.set(body.reason, (reasons.get(body.reason) ?? 0) + body.times);
      const found = topicOf(body);
      if (found === undefined) return;
      const { topic, ...more } = found;
      totals.set(topic, (totals.get(topic) ?? 0) + 1);
      const list = told.get(topic) ?? [];
      told.set(topic, list);
      if (list.length < MOST_TOLD) list.push({ at: rfc(at), kind: body.kind, ...more });
    },
    some: (topic) => ({
      total: totals.get(topic) ?? 0,
      list: (told.get(topic) ?? []).toSorted((a, b) => (a.at < b.at ? -1 : 1)),
    }),
    quarantines: () =>
      [...quarantined.values()]
        .toSorted((a, b) => (named(a.target) < named(b.target) ? -1 : 1))
        .map(({ target, times, first, last, isThere }) => ({
          target,
          times,
          firstAt: rfc(first),
          lastAt: rfc(last),
          isThere,
        })),
    turnedAway: () => [...reasons].map(([reason, times]) => ({ reason, times })).toSorted((a, b) => b.times - a.times),
  };
}
