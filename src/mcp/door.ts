/**
 * The agent's door, whatever carries its messages: each goes where methods.ts says. Both eras on one connection; the
 * opening message decides. Decides nothing about calls: that is the gate's work.
 */

import type { Answer, ClientFacts, Gate, ListKind } from "../gateway/ports.ts";
import type { LogLevel } from "../gateway/log-message.ts";
import type { JsonObject } from "../policy/json.ts";
import { Cancelling } from "./agent-call.ts";
import { CALLS, changingOf, LISTS } from "./calls.ts";
import { isDeclared } from "./declared.ts";
import { Calls } from "./door-calls.ts";
import * as era from "./era.ts";
import { invalidRequest, NOT_FOUND } from "./errors.ts";
import { fateOf } from "./methods.ts";
import { openListening, type Listening } from "./listening.ts";
import { Opening } from "./opening.ts";
import { openHandles, type Handles } from "./handles.ts";
import { openOnRecord, type OnRecord } from "./on-record.ts";
import { readMessage, type Id, type Message } from "./read-message.ts";
import { Replies, type Outlet } from "./replies.ts";
import { ClientRequests } from "./requests.ts";
import { Running } from "./running.ts";
import { openSubscriptions, type Subscriptions } from "./subscriptions.ts";
import { isTaskMethod, taskResult, type TaskMethod } from "./tasks.ts";

export interface DoorParts extends Outlet {
  readonly gate: Gate;
  /** Kidoban's own version. */
  readonly version: string;
  /** A clock that never goes back, ms. */
  now(): number;
  /** Questions put in results, where the retry that answers one may come through another door of the same agent. */
  readonly handles?: Handles;
  /** Which clients are on record, where they come through other doors too. */
  readonly onRecord?: OnRecord;
}

export interface Door {
  /** One line; `utf8`: whether its bytes were valid. */
  receive(line: string, utf8: boolean): void;
  /** One message that was read already. */
  take(message: Message): void;
  tooLong(bytes: number): void;
  /** Nobody listens for the answer to this question any more, which is no cancellation. */
  unheard(id: Id): void;
  /** The client is gone, or we are: cancels what is in flight, ends subscriptions. */
  close(): void;
  /** Closes it; resolves when nothing runs any more. */
  leave(): Promise<void>;
}

export const openDoor = (parts: DoorParts): Door => new AgentDoor(parts);

/** A class for its prototype: most doors over HTTP are there for one call. */
class AgentDoor implements Door {
  readonly #parts: DoorParts;
  readonly #replies: Replies;
  readonly #opening: Opening;
  readonly #running: Running;
  readonly #handles: Handles;
  readonly #calls: Calls;
  // Made for who asks, or is asked.
  #requests: ClientRequests | undefined;
  #subscriptions: Subscriptions | undefined;
  #listening: Listening | undefined;
  #stopWatching: (() => void) | undefined;
  #isLeft = false;

  constructor(parts: DoorParts) {
    const { gate, version } = parts;
    this.#parts = parts;
    const replies = (this.#replies = new Replies(parts, gate));
    const onRecord = parts.onRecord ?? openOnRecord(gate, 1);
    const opening = (this.#opening = new Opening({ gate, version, onRecord, replies, host: this }));
    const running = (this.#running = new Running(this));
    const handles = (this.#handles = parts.handles ?? openHandles());
    this.#calls = new Calls({ gate, outlet: parts, replies, opening, running, handles, now: parts.now }, this);
  }

  receive(line: string, utf8: boolean): void {
    this.take(readMessage(line, utf8));
  }

  take(message: Message): void {
    if (this.#isLeft || this.#opening.holds(message)) return;
    switch (message.kind) {
      case "request":
        return this.#request(message.id, message.method, message.params);
      case "notification":
        return this.#notification(message.method, message.params);
      case "answer":
        if (this.#requests?.answered(message.id, message.reply) === true) return;
        return this.#parts.gate.refused("agent", undefined, "an answer to nothing that was asked");
      case "refused":
        return this.#replies.refuse(message.id, message.method, message.error);
    }
  }

  tooLong(bytes: number): void {
    const error = { code: era.INVALID_REQUEST, message: `Refused: a message of ${bytes} bytes` };
    this.#replies.refuse(undefined, undefined, error);
  }

  unheard(id: Id): void {
    this.#running.unheard(id);
  }

  close(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#stopWatching?.();
    this.#subscriptions?.end();
    this.#listening?.end();
    this.#running.cancelAll();
    this.#requests?.end();
  }

  async leave(): Promise<void> {
    if (this.#isLeft) return;
    this.close();
    // Those of other doors too are none of this one's.
    if (this.#parts.handles === undefined) await this.#handles.end();
    await this.#running.ended();
  }

  // What the opening, the calls and what runs have of it.

  serve(id: Id, method: string, params: JsonObject, facts: ClientFacts): void {
    const replies = this.#replies;
    if (fateOf("request", "agent", method, facts.era) === "refused") return replies.refuse(id, method, NOT_FOUND);
    if (Object.hasOwn(CALLS, method)) return this.#calls.call(id, method, params, facts);
    if (Object.hasOwn(LISTS, method)) return this.#list(id, method, params, facts);
    if (isTaskMethod(method)) return this.#task(id, method, params, facts);
    switch (method) {
      case "ping":
        return replies.answer(id, "{}");
      case "logging/setLevel": {
        const error = this.#listen().setLevel(params);
        return error === undefined ? replies.answer(id, "{}") : replies.refuse(id, method, error);
      }
      case "resources/subscribe":
      case "resources/unsubscribe":
        return this.#watch(id, method, params, facts);
      case "server/discover":
        return replies.answer(id, era.answerDiscover(this.#parts.version, this.#parts.gate.kinds()));
      case "subscriptions/listen":
        return this.#subscribe(id, method, params, facts);
      default:
        // `initialize` for the second time.
        return replies.refuse(id, method, invalidRequest("already initialized"));
    }
  }

  /** From the first time on somebody is told when lists change. */
  welcome(): void {
    this.#stopWatching ??= this.#parts.gate.onListChanged((kind) => this.#listChanged(kind));
  }

  requests(): ClientRequests {
    if (this.#requests === undefined) {
      this.#requests = new ClientRequests((message, about) => this.#parts.send(message, about));
      if (this.#isLeft) this.#requests.end();
    }
    return this.#requests;
  }

  logLevel(): LogLevel | undefined {
    return this.#listening?.logLevel();
  }

  failed(id: Id): void {
    this.#replies.fail(id, INTERNAL);
  }

  #listen(): Listening {
    return (this.#listening ??= openListening(this.#parts.gate, (message) =>
      this.#parts.crowded() ? undefined : this.#parts.send(message),
    ));
  }

  #listChanged(kind: ListKind): void {
    const what = changingOf(kind);
    if (this.#opening.settled() === "legacy" && isDeclared(what, this.#opening.declared()))
      this.#parts.send(`{"jsonrpc":"2.0","method":"notifications/${what}/list_changed"}`);
    this.#subscriptions?.listChanged(what);
  }

  #list(id: Id, method: string, params: JsonObject, facts: ClientFacts): void {
    const asked = LISTS[method];
    if (asked === undefined || params["cursor"] !== undefined)
      return this.#replies.refuse(id, method, era.invalidParams("unknown cursor"));
    const cancel = new Cancelling();
    return this.#running.start(id, cancel, async () => {
      const { text } = await this.#parts.gate.list(asked.list);
      if (!cancel.requested) this.#replies.answer(id, era.listResult(facts.era, asked.member, text));
    });
  }

  #watch(id: Id, method: string, params: JsonObject, facts: ClientFacts): void {
    const { uri } = params;
    if (typeof uri !== "string") return this.#replies.refuse(id, method, era.invalidParams("uri must be a string"));
    const cancel = new Cancelling();
    return this.#running.start(id, cancel, async () => {
      if (method === "resources/unsubscribe") this.#listening?.unsubscribe(uri);
      const error = method === "resources/subscribe" ? await this.#listen().subscribe(uri, facts) : undefined;
      if (!cancel.requested)
        this.#calls.respond(id, facts, "resource", error === undefined ? DONE : { kind: "error", text: error });
    });
  }

  #task(id: Id, method: TaskMethod, params: JsonObject, facts: ClientFacts): void {
    const cancel = new Cancelling();
    this.#running.start(id, cancel, async () => {
      const given = await taskResult(this.#parts.gate, method, params, facts, this.#opening.claimed());
      if (cancel.requested) return;
      if (typeof given === "string") this.#replies.answer(id, given);
      else this.#replies.refuse(id, method, given);
    });
  }

  #subscribe(id: Id, method: string, params: JsonObject, facts: ClientFacts): void {
    this.welcome();
    this.#subscriptions ??= openSubscriptions(this.#parts.gate, (...message) => this.#parts.send(...message));
    void this.#subscriptions.open(id, params, facts).then(
      (error) => (error === undefined ? undefined : this.#replies.refuse(id, method, error)),
      () => this.failed(id),
    );
  }

  #request(id: Id, method: string, params: JsonObject): void {
    // Not addressed: an answer under this id would settle the question that is still open.
    if (this.#running.has(id) || this.#subscriptions?.has(id) === true)
      this.#replies.refuse(undefined, method, invalidRequest("this id is in use"));
    else this.#opening.request(id, method, params);
  }

  #notification(method: string, params: JsonObject): void {
    if (fateOf("notification", "agent", method) === "refused")
      return this.#parts.gate.refused("agent", method, NOT_FOUND.message);
    const id = params["requestId"];
    if (method !== "notifications/cancelled" || (typeof id !== "string" && typeof id !== "number")) return;
    this.#subscriptions?.cancel(id);
    this.#running.cancel(id);
  }
}

const INTERNAL: era.RpcError = { code: era.INTERNAL_ERROR, message: "Internal error in the gate" };
const DONE: Answer = { kind: "result", text: "{}" };
