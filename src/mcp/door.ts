/**
 * The agent's door, whatever carries its messages: each goes where methods.ts says. Both eras on one connection; the
 * opening message decides. Decides nothing about calls: that is the gate's work.
 */

import type { Answer, ClientFacts, Gate } from "../gateway/ports.ts";
import type { JsonObject } from "../policy/json.ts";
import { Cancelling } from "./agent-call.ts";
import { CALLS, changingOf, LISTS } from "./calls.ts";
import { isDeclared } from "./declared.ts";
import { openCalls } from "./door-calls.ts";
import * as era from "./era.ts";
import { fateOf } from "./methods.ts";
import { openListening, type Listening } from "./listening.ts";
import { openOpening } from "./opening.ts";
import { openHandles, type Handles } from "./handles.ts";
import type { Ending } from "./http-answer.ts";
import { openOnRecord, type OnRecord } from "./on-record.ts";
import { readMessage, type Id, type Message } from "./read-message.ts";
import { openRequests } from "./requests.ts";
import { Running } from "./running.ts";
import { openSubscriptions, type Subscriptions } from "./subscriptions.ts";
import { isTaskMethod, taskResult, type TaskMethod } from "./tasks.ts";

export interface DoorParts {
  readonly gate: Gate;
  /** Kidoban's own version. */
  readonly version: string;
  /** A clock that never goes back, ms. */
  now(): number;
  /**
   * Sends one message; those of one turn leave together. `about`: the id of the client's question that it belongs to (its
   * answer, its progress, what is asked on its behalf), for what carries each question's messages on a stream of its own.
   * `ending`: it is the answer.
   */
  send(message: string, about?: Id, ending?: Ending): void;
  /** The client has not taken what was sent so far: what can be left out is. */
  crowded(): boolean;
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

export function openDoor(parts: DoorParts): Door {
  const { gate, send, crowded } = parts;
  const requests = openRequests(send);
  const handles = parts.handles ?? openHandles();
  // Made for who asks: most doors over HTTP are there for one call.
  let subscriptions: Subscriptions | undefined;
  let listening: Listening | undefined;
  const subscribing = (): Subscriptions => (subscriptions ??= openSubscriptions(gate, send));
  const listen = (): Listening =>
    (listening ??= openListening(gate, (message) => (crowded() ? undefined : send(message))));
  let left = false;

  const answer = (id: Id, result: string): void =>
    send(`{"jsonrpc":"2.0","id":${idText(id)},"result":${result}}`, id, "result");
  /** Without an id where nobody can be addressed, as the schemas of both eras have it. */
  const fail = (id: Id | undefined, error: era.RpcError): void => {
    const head = id === undefined ? "" : `"id":${idText(id)},`;
    send(`{"jsonrpc":"2.0",${head}"error":${JSON.stringify(error)}}`, id, id === undefined ? undefined : "error");
  };
  const refuse = (id: Id | undefined, method: string | undefined, error: era.RpcError): void => {
    gate.refused("agent", method?.slice(0, 128), error.message);
    fail(id, error);
  };

  const running = new Running((id) => fail(id, INTERNAL));
  // No spread here: what is copied and then added to gets shapes of its own each time, 8 µs a door.
  const calls = openCalls({
    gate,
    now: parts.now,
    send,
    crowded,
    running,
    requests,
    handles,
    claimed: () => opening.claimed(),
    logLevel: () => listening?.logLevel(),
    answer,
    answerError: (id, error) => send(`{"jsonrpc":"2.0","id":${idText(id)},"error":${error}}`, id, "error"),
    refuse,
  });

  /** From the first time on that somebody is to be told. */
  let stopWatching: (() => void) | undefined;
  const watchLists = (): void => {
    stopWatching ??= gate.onListChanged((kind) => {
      const what = changingOf(kind);
      if (opening.settled() === "legacy" && isDeclared(what, opening.declared()))
        send(`{"jsonrpc":"2.0","method":"notifications/${what}/list_changed"}`);
      subscriptions?.listChanged(what);
    });
  };

  const list = (id: Id, method: string, params: JsonObject, facts: ClientFacts): void => {
    const asked = LISTS[method];
    if (asked === undefined || params["cursor"] !== undefined)
      return refuse(id, method, era.invalidParams("unknown cursor"));
    const cancel = new Cancelling();
    running.start(id, cancel, async () => {
      const { text } = await gate.list(asked.list);
      if (!cancel.requested) answer(id, era.listResult(facts.era, asked.member, text));
    });
  };

  const watch = (id: Id, method: string, params: JsonObject, facts: ClientFacts): void => {
    const { uri } = params;
    if (typeof uri !== "string") return refuse(id, method, era.invalidParams("uri must be a string"));
    const cancel = new Cancelling();
    running.start(id, cancel, async () => {
      if (method === "resources/unsubscribe") listening?.unsubscribe(uri);
      const error = method === "resources/subscribe" ? await listen().subscribe(uri, facts) : undefined;
      if (!cancel.requested)
        calls.respond(id, facts, "resource", error === undefined ? DONE : { kind: "error", text: error });
    });
  };

  const task = (id: Id, method: TaskMethod, params: JsonObject, facts: ClientFacts): void => {
    const cancel = new Cancelling();
    running.start(id, cancel, async () => {
      const given = await taskResult(gate, method, params, facts, opening.claimed());
      if (cancel.requested) return;
      if (typeof given === "string") answer(id, given);
      else refuse(id, method, given);
    });
  };

  const serve = (id: Id, method: string, params: JsonObject, facts: ClientFacts): void => {
    if (fateOf("request", "agent", method, facts.era) === "refused")
      return refuse(id, method, { code: era.METHOD_NOT_FOUND, message: "Method not found" });
    if (Object.hasOwn(CALLS, method)) return calls.call(id, method, params, facts);
    if (Object.hasOwn(LISTS, method)) return list(id, method, params, facts);
    if (isTaskMethod(method)) return task(id, method, params, facts);
    switch (method) {
      case "ping":
        return answer(id, "{}");
      case "logging/setLevel": {
        const error = listen().setLevel(params);
        return error === undefined ? answer(id, "{}") : refuse(id, method, error);
      }
      case "resources/subscribe":
      case "resources/unsubscribe":
        return watch(id, method, params, facts);
      case "server/discover":
        return answer(id, era.answerDiscover(parts.version, gate.kinds()));
      case "subscriptions/listen":
        watchLists();
        void subscribing()
          .open(id, params, facts)
          .then(
            (error) => (error === undefined ? undefined : refuse(id, method, error)),
            () => fail(id, INTERNAL),
          );
        return;
      default:
        // `initialize` for the second time.
        return refuse(id, method, { code: era.INVALID_REQUEST, message: "Invalid request: already initialized" });
    }
  };

  const request = (id: Id, method: string, params: JsonObject): void => {
    // Not addressed: an answer under this id would settle the question that is still open.
    if (running.has(id) || subscriptions?.has(id) === true)
      return refuse(undefined, method, { code: era.INVALID_REQUEST, message: "Invalid request: this id is in use" });
    opening.request(id, method, params);
  };

  const notification = (method: string, params: JsonObject): void => {
    if (fateOf("notification", "agent", method) === "refused")
      return gate.refused("agent", method.slice(0, 128), "Method not found");
    const id = params["requestId"];
    if (method !== "notifications/cancelled" || (typeof id !== "string" && typeof id !== "number")) return;
    subscriptions?.cancel(id);
    running.cancel(id);
  };

  const take = (message: Message): void => {
    if (left || opening.holds(message)) return;
    switch (message.kind) {
      case "request":
        return request(message.id, message.method, message.params);
      case "notification":
        return notification(message.method, message.params);
      case "answer":
        if (requests.answered(message.id, message.reply)) return;
        return gate.refused("agent", undefined, "an answer to nothing that was asked");
      case "refused":
        return refuse(message.id, message.method, message.error);
    }
  };

  const opening = openOpening({
    gate,
    version: parts.version,
    onRecord: parts.onRecord ?? openOnRecord(gate, 1),
    answer,
    refuse,
    fail,
    serve,
    take,
    welcome: watchLists,
  });

  const close = (): void => {
    if (left) return;
    left = true;
    stopWatching?.();
    subscriptions?.end();
    listening?.end();
    running.cancelAll();
    requests.end();
  };

  return {
    receive: (line, utf8) => take(readMessage(line, utf8)),
    take,
    tooLong(bytes) {
      refuse(undefined, undefined, { code: era.INVALID_REQUEST, message: `Refused: a message of ${bytes} bytes` });
    },
    unheard: (id) => running.unheard(id),
    close,
    async leave() {
      if (left) return;
      close();
      // Those of other doors too are none of this one's.
      if (parts.handles === undefined) await handles.end();
      await running.ended();
    },
  };
}

const INTERNAL: era.RpcError = { code: era.INTERNAL_ERROR, message: "Internal error in the gate" };
const DONE: Answer = { kind: "result", text: "{}" };
const idText = (id: Id): string => (typeof id === "string" ? JSON.stringify(id) : String(id));
