/**
 * What a server asks of the agent's client in the middle of a call: whether it may, said and answered on record. The call
 * had its leave before, and one approval covers all of it; no answer given here is one. Knows no protocol.
 */

import { SealedError } from "../audit/log.ts";
import type { AskKind } from "../policy/manifest.ts";
import { keeps, isDurable, obstacle, type Leave } from "./leave.ts";
import type { Ability, Asked, Asking, ClientFacts, Question, QuestionAnswer } from "./ports.ts";
import type { GateState } from "./state.ts";
import type { Asker } from "./steps.ts";

/** Of one call. A server's own loop over a model takes dozens; one that never ends is no use to anybody. */
const MAX_QUESTIONS = 100;
/** JSON-RPC 2.0, "Error object". */
const METHOD_NOT_FOUND = -32601;
const INTERNAL_ERROR = -32603;

const NEEDS: Readonly<Record<AskKind, readonly Ability[]>> = {
  elicitation: ["form", "url"],
  sampling: ["sampling", "sampling-tools"],
  roots: ["roots"],
};

type Says = QuestionAnswer extends infer One ? (One extends { readonly says: infer Word } ? Word : never) : never;

interface Put {
  readonly id: string;
  readonly question: Question;
}

/** One call's questions. A class for its prototype: most calls are asked nothing, and then it costs nothing. */
export class CallQuestions implements Asking {
  readonly #gate: GateState;
  readonly #leave: Leave;
  readonly #asker: Asker;
  #count = 0;

  constructor(gate: GateState, leave: Leave, asker: Asker) {
    this.#gate = gate;
    this.#leave = leave;
    this.#asker = asker;
  }

  get era(): ClientFacts["era"] {
    return this.#asker.client.era;
  }

  get conversation(): object | undefined {
    return this.#asker.conversation;
  }

  /** Looked up each time: a change on disk that narrows holds at once (P12). */
  get abilities(): readonly Ability[] {
    const { client, ask } = this.#asker;
    if (ask === undefined || client.abilities === undefined) return [];
    const relayed = this.#gate.parts.inForce().asks(this.#leave.call.server);
    if (relayed.length === 0) return [];
    return client.abilities.filter((ability) => relayed.some((kind) => NEEDS[kind].includes(ability)));
  }

  over(elicitation: string): void {
    if (this.#gate.stops.standing === undefined) this.#asker.over?.(elicitation);
  }

  async ask(questions: readonly Question[], signal: AbortSignal): Promise<Asked> {
    try {
      return await this.#ask(questions, signal);
    } catch (error) {
      // What cannot be recorded is neither put nor passed on (P4).
      if (error instanceof SealedError) return { kind: "halt", why: "the log was sealed" };
      throw error;
    }
  }

  async #ask(questions: readonly Question[], signal: AbortSignal): Promise<Asked> {
    const before = await this.#obstacle();
    if (before !== undefined) return { kind: "halt", why: before };
    if (questions.length === 0) return { kind: "answers", answers: [] };
    if (this.#count + questions.length > MAX_QUESTIONS) {
      for (const { method } of questions) this.#refused(method, `more than ${MAX_QUESTIONS} questions in one call`);
      return { kind: "halt", why: "the server asked too often" };
    }
    const put = await this.#record(questions);
    const given = await this.#answersTo(put, signal);
    return this.#recordAnswers(put, given);
  }

  async #record(questions: readonly Question[]): Promise<readonly Put[]> {
    const { log, parts, agent } = this.#gate;
    const { id: call, call: about } = this.#leave;
    const put = questions.map((question) => ({
      id: `${call}/${++this.#count}`,
      // A server may say back what it was started with (P9).
      question: {
        ...question,
        params: parts.secrets.hide(question.params),
        ...(question.key === undefined ? {} : { key: parts.secrets.hide(question.key) }),
      },
    }));
    for (const { id, question } of put) {
      const args = log.body(question.params, keeps(this.#gate, about) && "json");
      log.record({
        kind: "question.asked",
        question: id,
        call,
        agent,
        server: about.server,
        method: question.method,
        args,
      });
    }
    await this.#recorded();
    return put;
  }

  /** Those that may not be put are answered here, each at its place. */
  async #answersTo(put: readonly Put[], signal: AbortSignal): Promise<readonly QuestionAnswer[]> {
    const { abilities } = this;
    const mayAsk = (question: Question): boolean => abilities.includes(question.needs);
    const relayed = put.map(({ question }) => question).filter(mayAsk);
    const halted = obstacle(this.#gate, this.#leave) ?? (signal.aborted ? "the call is over" : undefined);
    const answers =
      halted === undefined && relayed.length > 0 ? [...((await this.#asker.ask?.(relayed, signal)) ?? [])] : [];
    return put.map(({ question }) => {
      if (!mayAsk(question)) return { kind: "error", code: METHOD_NOT_FOUND, message: "Method not found" };
      return answers.shift() ?? { kind: "none", why: halted ?? "there is nobody to ask" };
    });
  }

  async #recordAnswers(put: readonly Put[], given: readonly QuestionAnswer[]): Promise<Asked> {
    const answers = given.map((answer) => this.#withoutSecrets(answer));
    // What happened while the client was asked: nothing more goes out then, whatever it said.
    const halted = await this.#obstacle();
    for (const [at, { id }] of put.entries()) {
      const answer = answers[at];
      if (answer !== undefined) this.#recordAnswer(id, answer, answer === given[at] ? halted : SECRET);
    }
    await this.#recorded();
    const after = obstacle(this.#gate, this.#leave);
    return after === undefined ? { kind: "answers", answers } : { kind: "halt", why: after };
  }

  #recordAnswer(question: string, answer: QuestionAnswer, refused: string | undefined): void {
    const { log } = this.#gate;
    const text = bodyOf(answer);
    log.record({
      kind: "question.answered",
      question,
      call: this.#leave.id,
      says: refused === undefined ? saysOf(answer) : "refused",
      ...(text === undefined ? {} : { result: log.body(text, keeps(this.#gate, this.#leave.call) && "json") }),
      ...detailOf(answer, refused),
    });
  }

  /** The whole answer is dropped: what a person typed into a form is nothing to cut pieces out of. */
  #withoutSecrets(answer: QuestionAnswer): QuestionAnswer {
    const text = bodyOf(answer);
    if (text === undefined || !this.#gate.parts.secrets.carries(text)) return answer;
    return { kind: "error", code: INTERNAL_ERROR, message: "The answer was not passed on" };
  }

  /** Lists that changed meanwhile are compared first: until then nobody knows whether the call still has its leave. */
  async #obstacle(): Promise<string | undefined> {
    const { servers } = this.#gate;
    const { server } = this.#leave.call;
    // One that cannot be compared is an obstacle all the same.
    if (!servers.compared(server)) await servers.ensure(server, Infinity).catch(() => undefined);
    return obstacle(this.#gate, this.#leave);
  }

  #recorded(): Promise<void> {
    const { log } = this.#gate;
    return isDurable(this.#leave) ? log.synced() : log.written();
  }

  #refused(method: string, why: string): void {
    const reason = `${this.#leave.call.server}: ${why}`;
    this.#gate.log.record({ kind: "message.refused", agent: this.#gate.agent, side: "server", method, reason });
  }
}

const SECRET = "it carries a credential of the gate's own configuration";

const saysOf = (answer: QuestionAnswer): Says | "error" | "none" =>
  answer.kind === "result" ? answer.says : answer.kind;

function bodyOf(answer: QuestionAnswer): string | undefined {
  switch (answer.kind) {
    case "result":
      return answer.text;
    case "error":
      return JSON.stringify({ code: answer.code, message: answer.message });
    case "none":
      return undefined;
  }
}

function detailOf(answer: QuestionAnswer, refused: string | undefined): { readonly detail?: string } {
  const detail = refused ?? (answer.kind === "none" ? answer.why : undefined);
  return detail === undefined ? {} : { detail };
}
