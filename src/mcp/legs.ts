/**
 * Calls of modern clients that take more than one request (2026-07-28, basic/patterns/mrtr): what a server asks goes out
 * in a result, and the retry that answers it goes on with the call that waits here. To the gateway it is one call. What
 * waits dies with the process.
 */

import { randomBytes } from "node:crypto";
import { canonical } from "../approval/digest.ts";
import type { Answer, Question, QuestionAnswer } from "../gateway/ports.ts";
import { isObject, type JsonObject } from "../policy/json.ts";
import type { CallParts, IncomingCall } from "./agent-call.ts";
import type { Asked } from "./calls.ts";
import { modernParams, readQuestionAnswer } from "./questions.ts";

/** How long a call waits for the retry that answers its server's questions. */
const PARK_MS = 120_000;
/** How long a server may take to answer once it knows that nobody answers it. */
const LAST_WORD_MS = 10_000;
/** As many as the SDK's clients make for one call. */
const MAX_ROUNDS = 10;
/** So that a handle that is gone is told from a prompt's. */
const PREFIX = "ask.";
const OWN_KEY = /^(?!kidoban|asked-)[A-Za-z][\w.-]{0,63}$/;

interface Waiting {
  readonly key: string;
  readonly question: Question;
  readonly settle: (answer: QuestionAnswer) => void;
}

/** Calls that wait for a retry, by its handle. One for each agent: another agent's handles are not in it. */
export type Parked = Map<string, Legs>;

/** What a handle is good for: exactly the same call. */
const bindingOf = ({ kind, name, args }: Asked): string => canonical({ kind, name, args });

export class Legs {
  readonly #asked: Asked;
  readonly #parked: Parked;
  #waiting: Waiting[] = [];
  #keys = 0;
  #rounds = 0;
  /** Why nobody can be asked any more. */
  #gone: string | undefined;
  #settled: (() => Answer) | undefined;
  #done: Promise<void> = Promise.resolve();
  #wake: (() => void) | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #incoming: IncomingCall | undefined;

  constructor(asked: Asked, parked: Parked) {
    this.#asked = asked;
    this.#parked = parked;
  }

  get incoming(): IncomingCall | undefined {
    return this.#incoming;
  }

  /** `run` is the whole call; it is made once, however many requests it takes. */
  start(incoming: IncomingCall, run: () => Promise<Answer>): void {
    this.#incoming = incoming;
    const settle = (settled: () => Answer): void => {
      this.#settled = settled;
      this.#wake?.();
    };
    this.#done = run().then(
      (answer) => settle(() => answer),
      (error: unknown) =>
        settle(() => {
          throw error;
        }),
    );
  }

  /** As AgentCall has it: the questions go out with the answer to the request that is open, or to the next one. */
  ask(questions: readonly Question[], signal: AbortSignal): Promise<readonly QuestionAnswer[]> {
    return Promise.all(questions.map((question) => this.#put(question, signal)));
  }

  #put(question: Question, signal: AbortSignal): Promise<QuestionAnswer> {
    const gone = this.#gone ?? (signal.aborted ? "withdrawn" : undefined);
    if (gone !== undefined) return Promise.resolve({ kind: "none", why: gone });
    return new Promise((resolve) => {
      const settle = (answer: QuestionAnswer): void => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        signal.removeEventListener("abort", withdraw);
        resolve(answer);
      };
      const withdraw = (): void => settle({ kind: "none", why: "withdrawn" });
      const waiting = { key: this.#keyFor(question), question, settle };
      this.#waiting.push(waiting);
      signal.addEventListener("abort", withdraw, { once: true });
      this.#wake?.();
    });
  }

  /** The server's own word for it, unless it could pass for one of the gate's or for another question that is open. */
  #keyFor({ key }: Question): string {
    const isFree = key !== undefined && OWN_KEY.test(key) && this.#waiting.every((other) => other.key !== key);
    return isFree ? key : `asked-${++this.#keys}`;
  }

  /** What the open request is answered: the call's own answer, or `asks`. Throws what the call threw. */
  async next(): Promise<Answer | "asks"> {
    for (;;) {
      if (this.#settled !== undefined) return this.#settled();
      if (this.#waiting.length > 0 && this.#rounds < MAX_ROUNDS) return "asks";
      if (this.#waiting.length > 0) this.giveUp(`asked more than ${MAX_ROUNDS} times`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** The `input_required` result that puts the questions; from here on the call waits for the retry. */
  park(): string {
    const handle = PREFIX + randomBytes(16).toString("base64url");
    this.#rounds += 1;
    this.#incoming?.detach();
    this.#parked.set(handle, this);
    this.#expiry = setTimeout(() => {
      this.#parked.delete(handle);
      this.giveUp("nobody answered in time");
      // The server is told; if it then has nothing to say, nobody waits for it.
      this.#expiry = setTimeout(() => this.#incoming?.request(), LAST_WORD_MS).unref();
    }, PARK_MS).unref();
    const requests = this.#waiting.map(({ key, question }) => [
      key,
      { method: question.method, params: modernParams(question) },
    ]);
    const inputRequests: unknown = Object.fromEntries(requests);
    return JSON.stringify({ resultType: "input_required", inputRequests, requestState: handle });
  }

  /** Takes the answers of a retry; what is missing is asked again. The request is the call's open one from here on. */
  #resume(params: JsonObject, request: LegRequest): void {
    clearTimeout(this.#expiry);
    this.#incoming?.attach(request);
    const { inputResponses } = params;
    // Each that settles makes a new list, so the one that is walked over stays as it is.
    for (const { key, question, settle } of this.#waiting)
      if (isObject(inputResponses) && Object.hasOwn(inputResponses, key))
        settle(readQuestionAnswer(question, inputResponses[key]));
  }

  /** Nobody will answer: told to whoever waits now, and to whoever asks later. */
  giveUp(why: string): void {
    clearTimeout(this.#expiry);
    this.#gone = why;
    for (const { settle } of this.#waiting) settle({ kind: "none", why });
  }

  /** Cancels the call; resolves when it has ended. */
  async end(): Promise<void> {
    this.#incoming?.request();
    this.giveUp("the gate is ending");
    await this.#done;
  }

  /**
   * The call that a retry goes on with. A handle is good once and for exactly the same call: `refused` for one that was
   * used, has expired, or is of another call, which then gets no answer at all. Undefined: no handle of ours.
   */
  static resume(parked: Parked, asked: Asked, params: JsonObject, request: LegRequest): Legs | "refused" | undefined {
    const handle = params["requestState"];
    if (typeof handle !== "string" || !handle.startsWith(PREFIX)) return undefined;
    const legs = parked.get(handle);
    parked.delete(handle);
    if (legs === undefined) return "refused";
    if (bindingOf(legs.#asked) !== bindingOf(asked)) {
      legs.giveUp("its handle came with another call");
      return "refused";
    }
    legs.#resume(params, request);
    return legs;
  }
}

/** What changes with each request of one call. */
export type LegRequest = Pick<CallParts, "meta" | "client" | "way">;
