/**
 * The agent's door, whatever carries its messages: one strict parse, then each message goes where methods.ts says.
 * Both eras on one connection; the opening message decides. Decides nothing about calls: that is the gate's work.
 */

import { isUtf8 } from "node:buffer";
import type { Answer, ClientFacts, Gate, PromptAnswer, PromptForm } from "../gateway/ports.ts";
import type { Claimed } from "../audit/entry.ts";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import { agentCall, cancelling, type Cancelling, type DoorCall } from "./agent-call.ts";
import * as era from "./era.ts";
import { MAX_ID_LENGTH } from "./lane.ts";
import { fateOf } from "./methods.ts";
import { inputRequired, promptRequest, readAnswer, readRetry } from "./prompt.ts";
import { parseStrict } from "./strict-json.ts";

export interface DoorParts {
  readonly gate: Gate;
  /** Kidoban's own version. */
  readonly version: string;
  /** A clock that never goes back, ms. */
  now(): number;
  /** Sends one message; those of one turn leave together. */
  send(message: string): void;
}

export interface Door {
  receive(line: Buffer): void;
  tooLong(bytes: number): void;
  /** The client is gone, or we are: cancels what is in flight, ends subscriptions; resolves when nothing runs any more. */
  leave(): Promise<void>;
}

/** As JSON text; undefined where nobody can be addressed (the schemas of both eras leave the id out then). */
type IdText = string | undefined;

interface Running {
  readonly cancel: Cancelling;
  done: Promise<void> | undefined;
}

const MAX_SUBSCRIPTIONS = 16;
const MAX_HANDLES = 1000;
const LEVELS = new Set(["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]);

export function openDoor(parts: DoorParts): Door {
  const { gate } = parts;
  /** Undefined until something other than `server/discover` was asked. */
  let settled: ClientFacts["era"] | undefined;
  let client: ClientFacts | undefined;
  let claimed: Claimed = {};
  /** Lines that arrived while the client's connecting was being recorded. */
  let waiting: Buffer[] | undefined;
  let left = false;
  let lastPrompt = 0;
  const running = new Map<string | number, Running>();
  const prompts = new Map<number, (result: Json | undefined) => void>();
  /** Questions put to a modern client, by handle: when. Only this process takes their answers. */
  const handles = new Map<string, number>();
  /** Subscriptions of a modern client, by the id of their request. */
  const listening = new Map<string | number, string>();

  const answer = (id: IdText, result: string): void => {
    parts.send(`{"jsonrpc":"2.0","id":${id},"result":${result}}`);
  };
  const fail = (id: IdText, error: era.RpcError): void => {
    const head = id === undefined ? "" : `"id":${id},`;
    parts.send(`{"jsonrpc":"2.0",${head}"error":${JSON.stringify(error)}}`);
  };
  const refuse = (id: IdText, method: string | undefined, error: era.RpcError): void => {
    gate.refused("agent", method?.slice(0, 128), error.message);
    fail(id, error);
  };

  const stopWatching = gate.onListChanged(() => {
    if (settled === "legacy") parts.send('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}');
    for (const id of listening.values()) {
      parts.send(
        `{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{${era.subscriptionMeta(id)}}}`,
      );
    }
  });

  /** Runs `next` once it is on record who connected; a client that cannot be recorded is not served (P4). */
  const meet = async (facts: ClientFacts, id: IdText, next: () => void): Promise<void> => {
    waiting = [];
    try {
      await gate.connected(facts);
      client = facts;
      claimed = claimedBy(facts);
    } catch {
      fail(id, { code: era.INTERNAL_ERROR, message: "Kidoban cannot record who connects, so it serves nobody" });
    }
    if (client === facts) next();
    const lines = waiting;
    waiting = undefined;
    for (const line of lines) receive(line);
  };
  const known = (facts: ClientFacts): boolean => client !== undefined && sameClient(client, facts);

  /** Runs one question to its end; a cancelled one is not answered any more. */
  const run = (id: string | number, idText: string, cancel: Cancelling, work: () => Promise<void>): void => {
    const toItsEnd = async (): Promise<void> => {
      try {
        await work();
      } catch {
        if (!cancel.requested) fail(idText, { code: era.INTERNAL_ERROR, message: "Internal error in the gate" });
      }
      if (running.get(id) === entry) running.delete(id);
    };
    const entry: Running = { cancel, done: undefined };
    running.set(id, entry);
    entry.done = toItsEnd();
  };

  const prompt = (form: PromptForm, signal: AbortSignal): Promise<PromptAnswer> =>
    new Promise((resolve) => {
      const asked = parts.now();
      const id = ++lastPrompt;
      const settle = (result: Json | undefined): void => {
        prompts.delete(id);
        signal.removeEventListener("abort", withdraw);
        resolve(readAnswer(result, parts.now() - asked));
      };
      const withdraw = (): void => {
        const params = `{"requestId":${id},"reason":"no longer needed"}`;
        parts.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`);
        settle(undefined);
      };
      if (left || signal.aborted) return settle(undefined);
      prompts.set(id, settle);
      signal.addEventListener("abort", withdraw, { once: true });
      parts.send(promptRequest(id, form));
    });

  const retryOf = (params: JsonObject): DoorCall["retry"] => {
    const handle = params["requestState"];
    if (typeof handle !== "string") return undefined;
    const asked = handles.get(handle);
    handles.delete(handle);
    // A handle of another process, or used before: an answer that says neither yes nor no.
    const afterMs = asked === undefined ? 0 : parts.now() - asked;
    return { handle, answer: readRetry(params["inputResponses"], afterMs) };
  };

  const respond = (idText: string, facts: ClientFacts, given: Answer): void => {
    switch (given.kind) {
      case "result":
        return answer(idText, era.callResult(facts.era, given.text));
      case "error":
        return parts.send(`{"jsonrpc":"2.0","id":${idText},"error":${given.text}}`);
      case "prompt": {
        if (facts.era !== "modern" || !facts.prompts) throw new Error("this client cannot be prompted in a result");
        const oldest = handles.size >= MAX_HANDLES ? handles.keys().next().value : undefined;
        if (oldest !== undefined) handles.delete(oldest);
        handles.set(given.handle, parts.now());
        return answer(idText, inputRequired(given.handle, given.form));
      }
    }
  };

  const callTool = (id: string | number, idText: string, params: JsonObject, facts: ClientFacts): void => {
    const { name, arguments: given = {} } = params;
    const invalid = (what: string): void =>
      refuse(idText, "tools/call", { code: era.INVALID_PARAMS, message: `Invalid params: ${what}` });
    if (typeof name !== "string") return invalid("name must be a string");
    if (!isObject(given)) return invalid("arguments must be an object");
    // Re-exposed tools carry no `execution`, so nobody may ask for a task.
    if (params["task"] !== undefined) return invalid("tools are not run as tasks here");
    const cancel = cancelling();
    const call = agentCall({
      name,
      args: given,
      meta: params["_meta"],
      client: facts,
      claimed,
      cancel,
      send: parts.send,
      prompt: facts.era === "legacy" && facts.prompts ? prompt : undefined,
      retry: facts.era === "modern" ? retryOf(params) : undefined,
    });
    run(id, idText, cancel, async () => {
      const given = await gate.call(call);
      if (call.settling !== undefined) await call.settling;
      if (!cancel.requested) respond(idText, facts, given);
    });
  };

  const listTools = (id: string | number, idText: string, params: JsonObject, facts: ClientFacts): void => {
    if (params["cursor"] !== undefined)
      return refuse(idText, "tools/list", { code: era.INVALID_PARAMS, message: "Invalid params: unknown cursor" });
    const cancel = cancelling();
    run(id, idText, cancel, async () => {
      const list = await gate.tools();
      if (!cancel.requested) answer(idText, era.listResult(facts.era, "tools", list.text));
    });
  };

  const listen = (id: string | number, idText: string, params: JsonObject): void => {
    const wanted = params["notifications"];
    if (!isObject(wanted))
      return refuse(idText, "subscriptions/listen", {
        code: era.INVALID_PARAMS,
        message: "Invalid params: notifications must be an object",
      });
    if (listening.size >= MAX_SUBSCRIPTIONS)
      return refuse(idText, "subscriptions/listen", { code: era.INTERNAL_ERROR, message: "Too many subscriptions" });
    const tools = wanted["toolsListChanged"] === true;
    if (tools) listening.set(id, idText);
    const honoured = tools ? '{"toolsListChanged":true}' : "{}";
    parts.send(
      `{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":${honoured},${era.subscriptionMeta(idText)}}}`,
    );
  };

  const setLevel = (idText: string, params: JsonObject): void => {
    const { level } = params;
    if (typeof level === "string" && LEVELS.has(level)) return answer(idText, "{}");
    refuse(idText, "logging/setLevel", { code: era.INVALID_PARAMS, message: "Invalid params: unknown level" });
  };

  const serve = (id: string | number, idText: string, method: string, params: JsonObject, facts: ClientFacts): void => {
    if (fateOf("request", "agent", method, facts.era) === "refused")
      return refuse(idText, method, { code: era.METHOD_NOT_FOUND, message: "Method not found" });
    switch (method) {
      case "tools/call":
        return callTool(id, idText, params, facts);
      case "tools/list":
        return listTools(id, idText, params, facts);
      case "ping":
        return answer(idText, "{}");
      case "logging/setLevel":
        return setLevel(idText, params);
      case "server/discover":
        return answer(idText, era.answerDiscover(parts.version));
      case "subscriptions/listen":
        return listen(id, idText, params);
      default:
        // `initialize` for the second time.
        return refuse(idText, method, { code: era.INVALID_REQUEST, message: "Invalid request: already initialized" });
    }
  };

  const request = (id: string | number, method: string, params: JsonObject): void => {
    const idText = typeof id === "string" ? JSON.stringify(id) : String(id);
    if (running.has(id) || listening.has(id))
      // Not addressed: an answer under this id would settle the question that is still open.
      return refuse(undefined, method, { code: era.INVALID_REQUEST, message: "Invalid request: this id is in use" });
    if (settled === "legacy" && client !== undefined) return serve(id, idText, method, params, client);

    const meta = era.readRequestMeta(params);
    switch (meta.kind) {
      case "error":
        return refuse(idText, method, meta.error);
      case "facts":
        // A probe alone settles nothing: the client may still fall back to `initialize`.
        if (method !== "server/discover") settled = "modern";
        if (known(meta.facts)) return serve(id, idText, method, params, meta.facts);
        void meet(meta.facts, idText, () => serve(id, idText, method, params, meta.facts));
        return;
      case "absent":
        if (method === "initialize" && settled === undefined) {
          const opening = era.answerInitialize(params, parts.version);
          void meet(opening.facts, idText, () => {
            settled = "legacy";
            answer(idText, opening.result);
          });
          return;
        }
        if (method === "initialize")
          return refuse(idText, method, era.unsupportedVersion(String(params["protocolVersion"]).slice(0, 32)));
        // Legacy clients may ping before they initialize.
        if (method === "ping" && settled === undefined) return answer(idText, "{}");
        return refuse(idText, method, era.missingRequestMeta);
    }
  };

  const notification = (method: string, params: JsonObject): void => {
    if (fateOf("notification", "agent", method) === "refused")
      return gate.refused("agent", method.slice(0, 128), "Method not found");
    if (method !== "notifications/cancelled") return;
    const id = params["requestId"];
    if (typeof id !== "string" && typeof id !== "number") return;
    listening.delete(id);
    running.get(id)?.cancel.request();
    running.delete(id);
  };

  const receive = (line: Buffer): void => {
    if (left) return;
    if (waiting !== undefined) {
      waiting.push(line);
      return;
    }
    if (!isUtf8(line)) return refuse(undefined, undefined, { code: era.PARSE_ERROR, message: "Not UTF-8" });
    const parsed = parseStrict(line.toString());
    if (!parsed.ok) {
      const partial = isObject(parsed.partial) ? parsed.partial : {};
      const { id, method } = partial;
      const { hazard, at } = parsed.fault;
      return refuse(isId(id) ? JSON.stringify(id) : undefined, typeof method === "string" ? method : undefined, {
        code: hazard === "syntax" ? era.PARSE_ERROR : era.INVALID_REQUEST,
        message: `Refused JSON: ${hazard} at ${at}`,
      });
    }
    const message = parsed.value;
    const invalid = (what: string): void =>
      refuse(undefined, undefined, { code: era.INVALID_REQUEST, message: `Invalid request: ${what}` });
    if (!isObject(message)) return invalid(Array.isArray(message) ? "batches are not taken" : "not an object");
    const { id, method, params = {} } = message;
    if (message["jsonrpc"] !== "2.0") return invalid("not JSON-RPC 2.0");
    if (method === undefined) {
      const waitingPrompt = typeof id === "number" ? prompts.get(id) : undefined;
      if (waitingPrompt === undefined) return gate.refused("agent", undefined, "an answer to nothing that was asked");
      return waitingPrompt(message["error"] === undefined ? message["result"] : undefined);
    }
    if (typeof method !== "string") return invalid("method must be a string");
    if (message["result"] !== undefined || message["error"] !== undefined) return invalid("a method beside a result");
    if (id === undefined) return notification(method, isObject(params) ? params : {});
    if (!isId(id)) return invalid("an id must be a string or an integer");
    if (!isObject(params))
      return refuse(JSON.stringify(id), method, {
        code: era.INVALID_PARAMS,
        message: "Invalid params: not an object",
      });
    request(id, method, params);
  };

  return {
    receive,
    tooLong(bytes) {
      refuse(undefined, undefined, { code: era.INVALID_REQUEST, message: `Refused: a message of ${bytes} bytes` });
    },
    async leave() {
      if (left) return;
      left = true;
      stopWatching();
      for (const id of listening.values()) answer(id, `{"resultType":"complete",${era.subscriptionMeta(id)}}`);
      listening.clear();
      const open = [...running.values()];
      for (const entry of open) entry.cancel.request();
      for (const settle of prompts.values()) settle(undefined);
      await Promise.all(open.map((entry) => entry.done));
    },
  };
}

/** Both eras: a string or an integer, never null (schema, `RequestId`). */
const isId = (id: Json | undefined): id is string | number =>
  typeof id === "string" ? id.length <= MAX_ID_LENGTH : Number.isSafeInteger(id);

const sameClient = (one: ClientFacts, other: ClientFacts): boolean =>
  one.era === other.era &&
  one.protocol === other.protocol &&
  one.name === other.name &&
  one.version === other.version &&
  one.prompts === other.prompts;

const claimedBy = (facts: ClientFacts): Claimed => ({
  ...(facts.name === undefined ? {} : { client: facts.name }),
  ...(facts.version === undefined ? {} : { version: facts.version }),
  protocol: facts.protocol,
});
