/**
 * Proves who approved: each statement by the signature in it, against the question as it was put, and each use of an
 * approval by the statements there are, counted by the approvers of the archived configuration that was in force. Where a
 * log has none, whose the keys were and in which groups is presumed. Keeps a small fact of each request that people were
 * asked, until all streams have been read. Pure.
 */

import type { Approver } from "../approval/approver.ts";
import { provenByKey } from "../approval/proof.ts";
import type { Statement } from "../approval/statement.ts";
import { count, distinct, isBarred, type Vote } from "../approval/tally.ts";
import type { Obligation } from "../policy/call.ts";
import { quorum } from "../approval/quorum.ts";
import { isDemanding } from "../policy/narrower.ts";
import { isProofFor } from "../policy/settle.ts";
import type { Grounds } from "./grounds.ts";
import type { Entry, EntryBody } from "./entry.ts";
import type { Fault, FaultCode } from "./fault.ts";
import { obligationsOf } from "./obligations.ts";
import { passProof } from "./passes.ts";

interface At {
  readonly stream: string;
  readonly line: number;
}

/** A question, as its answers must name it. */
interface Question {
  readonly nonce: string;
  readonly action: string;
  readonly shown: string;
  readonly expiresAt: number;
  /** Undefined for what is none: then nothing meets it. */
  readonly obligations: readonly Obligation[] | undefined;
}

interface Given extends At {
  readonly vote: Vote;
  readonly statement: Statement;
  readonly word: Statement["body"]["answer"];
  /** What it names of its question. */
  readonly question: Omit<Question, "obligations">;
}

interface Asked {
  question?: Question;
  /** By a human in front of the agent's client, who signs nothing. */
  byClient: boolean;
  readonly given: Given[];
  claim?: At & { readonly at: number; readonly call: string };
  /** What was sent by it. */
  sent?: At & { readonly action: string | undefined };
}

/** A checkpoint that a statement names. */
interface Seen extends At {
  readonly size: number;
  readonly root: string;
}

export interface AnswerProof {
  /** Gives what is wrong with this entry by itself, if anything. */
  take(entry: Entry, stream: string, line: number): FaultCode | undefined;
  /** Until when all is there, ms. `isLive`: some stream may still grow, so that its newest moment is not. */
  settledUntil(isLive: boolean): number;
  /** What does not fit together of what was written until then. */
  end(settledUntil: number, grounds: (call: string) => Grounds | undefined): Fault | undefined;
  /** One for each size of the ledger, ascending. */
  seen(): readonly Seen[];
  facts(): { readonly statements: number; readonly passkeys: number };
}

/** What was written within it may answer to what is not read yet. */
const MOMENT_MS = 60_000;

const groupsIn = (obligations: readonly Obligation[]): readonly string[] => [
  ...new Set(
    obligations.flatMap(({ from, later = [], escalate = [], breakGlass = [] }) => [
      ...from,
      ...later.flatMap((stage) => stage.from),
      ...escalate.flatMap(({ to }) => to),
      ...breakGlass,
    ]),
  ),
];

const somebody = (name: string, key?: string): Approver => ({
  name,
  groups: [],
  ...(key === undefined ? {} : { key }),
});

function givenBy(statement: Statement, at: At): Given {
  const { body, assurance, key } = statement;
  const { approver, standsFor, answeredAt, ticket, answer: word, nonce, action, shown, expiresAt } = body;
  const self = somebody(approver, key);
  const seat = standsFor === undefined ? self : somebody(standsFor);
  const vote = { approver: self, seat, at: answeredAt, assurance, ...(ticket === undefined ? {} : { ticket }) };
  return { ...at, vote, statement, word, question: { nonce, action, shown, expiresAt } };
}

const isAbout = ({ question }: Given, { nonce, action, shown, expiresAt }: Question): boolean =>
  question.nonce === nonce &&
  question.action === action &&
  question.shown === shown &&
  question.expiresAt === expiresAt;

/** Whether the answers can have sufficed, had everybody been in every group. */
function isMet({ question, byClient, given }: Asked, now: number): boolean {
  const obligations = question?.obligations;
  if (question === undefined || obligations === undefined) return false;
  if (byClient && obligations.every((one) => one.assurance === "client" && one.need === 1 && one.from.length === 0))
    return true;
  const groups = groupsIn(obligations);
  const opened = question.expiresAt - Math.min(...obligations.map(({ expiresMs }) => expiresMs));
  const said = (word: Given["word"]): readonly Vote[] =>
    given
      .filter((each) => each.word === word)
      .map(({ vote }) => ({ ...vote, approver: { ...vote.approver, groups }, seat: { ...vote.seat, groups } }))
      .filter(({ at }) => opened - MOMENT_MS <= at && at <= Math.min(question.expiresAt, now + MOMENT_MS));
  const approvals = distinct(said("approve").toSorted((a, b) => a.at - b.at));
  const isBroken = said("break-glass").some((vote) =>
    obligations.every(
      (each) => each.breakGlass !== undefined && isProofFor(vote.assurance, each.assurance) && !isBarred(each, vote),
    ),
  );
  return (
    obligations.length > 0 &&
    (isBroken || obligations.every((each) => count(each, approvals, opened, now).missing === undefined))
  );
}

/** Whether those whose keys counted then gave answers enough, and whether what they were asked was demanding enough. */
function strangers(
  id: string,
  { question, byClient, given }: Asked,
  claim: { readonly at: number },
  grounds: Grounds | undefined,
): "claim-approvers" | "demands" | undefined {
  const obligations = question?.obligations;
  if (grounds === undefined || question === undefined || obligations === undefined) return undefined;
  if (grounds.demanded !== undefined && !isDemanding(obligations, grounds.demanded)) return "demands";
  if (byClient && given.length === 0) return undefined;
  const statements = given.map(({ statement }) => statement);
  const verdict = quorum({ id, ...question, obligations }, statements, grounds.approvers, claim.at);
  // From then on an answer may be a later one: a denial that came after the use takes nothing back.
  const before = statements.filter(({ body }) => body.answeredAt <= claim.at);
  const isMetThen =
    verdict.state === "met" ||
    quorum({ id, ...question, obligations }, before, grounds.approvers, claim.at).state === "met";
  return isMetThen ? undefined : "claim-approvers";
}

export function answerProof(): AnswerProof {
  const requests = new Map<string, Asked>();
  const seen = new Map<number, Seen>();
  const passes = passProof();
  let [statements, passkeys] = [0, 0];
  let newest = "";

  function askedOf(request: string): Asked {
    const known = requests.get(request);
    if (known !== undefined) return known;
    const asked: Asked = { byClient: false, given: [] };
    requests.set(request, asked);
    return asked;
  }

  function answered(
    { request, statement }: Extract<EntryBody, { readonly kind: "request.answered" }>,
    at: At,
  ): FaultCode | undefined {
    if (!("body" in statement)) {
      if (statement.answer === "approve") askedOf(request).byClient = true;
      return undefined;
    }
    if (statement.body.request !== request) return "statement";
    if (provenByKey("kidoban-statement/v1", statement.body, statement) !== statement.assurance) return "statement";
    statements++;
    if (statement.passkey !== undefined) passkeys++;
    askedOf(request).given.push(givenBy(statement, at));
    const { seen: named } = statement.body;
    if (named === undefined) return undefined;
    const before = seen.get(named.size);
    if (before !== undefined) return before.root === named.root ? undefined : "statement-seen";
    seen.set(named.size, { ...named, ...at });
    return undefined;
  }

  return {
    take({ body, time }, stream, line) {
      // Times are written in one way, so that texts compare as times do.
      if (time > newest) newest = time;
      switch (body.kind) {
        case "request.opened":
        case "request.edited": {
          const { nonce, action, shown, expiresAt } = body;
          const asked = askedOf(body.request);
          if (asked.question !== undefined) return "request-twice";
          asked.question = { nonce, action, shown, expiresAt, obligations: obligationsOf(body.obligations) };
          return undefined;
        }
        case "request.answered":
          return answered(body, { stream, line });
        case "request.claimed": {
          const asked = askedOf(body.request);
          if (asked.claim !== undefined) return "claim-twice";
          asked.claim = { stream, line, at: Date.parse(time), call: body.call };
          return undefined;
        }
        case "call.intent":
          if (body.request !== undefined) askedOf(body.request).sent = { stream, line, action: body.action };
          return undefined;
        default:
          return passes.take(body, time, stream, line);
      }
    },
    settledUntil: (isLive) => (isLive ? Date.parse(newest) - MOMENT_MS : Infinity),
    end(settledUntil, grounds) {
      for (const [request, asked] of requests) {
        const { question, given, claim, sent } = asked;
        const stranger = given.find((each) => question !== undefined && !isAbout(each, question));
        if (stranger !== undefined)
          return { code: "statement", file: stranger.stream, line: stranger.line, found: request };
        if (claim === undefined || claim.at > settledUntil) continue;
        if (!isMet(asked, claim.at))
          return { code: "claim-unanswered", file: claim.stream, line: claim.line, found: request };
        // P3: what was sent is what was asked about.
        if (sent !== undefined && sent.action !== question?.action)
          return { code: "action", file: sent.stream, line: sent.line, found: request };
        const wrong = strangers(request, asked, claim, grounds(claim.call));
        if (wrong !== undefined) return { code: wrong, file: claim.stream, line: claim.line, found: request };
      }
      return passes.end(settledUntil, grounds);
    },
    seen: () => [...seen.values()].toSorted((a, b) => a.size - b.size),
    facts: () => ({ statements, passkeys }),
  };
}
