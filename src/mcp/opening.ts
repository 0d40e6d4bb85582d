/**
 * Who speaks at a door and in which era: the opening message decides for legacy clients, each request for modern ones.
 * Nobody is served before it is on record who connected (P4).
 */

import type { ClientFacts, Gate } from "../gateway/ports.ts";
import type { Claimed } from "../audit/entry.ts";
import type { Kind } from "../policy/call.ts";
import type { JsonObject } from "../policy/json.ts";
import * as era from "./era.ts";
import type { OnRecord } from "./on-record.ts";
import type { Id, Message } from "./read-message.ts";

export interface OpeningParts {
  readonly gate: Gate;
  /** Kidoban's own version. */
  readonly version: string;
  readonly onRecord: OnRecord;
  answer(id: Id, result: string): void;
  refuse(id: Id, method: string, error: era.RpcError): void;
  fail(id: Id, error: era.RpcError): void;
  serve(id: Id, method: string, params: JsonObject, facts: ClientFacts): void;
  /** Takes a message that had to wait. */
  take(message: Message): void;
  /** A legacy client is about to be told what there is, of which it is told changes from here on. */
  welcome(): void;
}

export interface Opening {
  /** Undefined until something other than `server/discover` was asked. */
  settled(): ClientFacts["era"] | undefined;
  /** What a legacy client was told that there is, of which it is told changes. */
  declared(): ReadonlySet<Kind>;
  /** What the client says of itself, the same for all its calls. */
  claimed(): Claimed;
  /** Keeps a message back while the client's connecting is being recorded; false when it need not wait. */
  holds(message: Message): boolean;
  request(id: Id, method: string, params: JsonObject): void;
}

export function openOpening(parts: OpeningParts): Opening {
  const { answer, refuse, serve } = parts;
  let settled: ClientFacts["era"] | undefined;
  let client: ClientFacts | undefined;
  let declared: ReadonlySet<Kind> = new Set();
  let claimed: Claimed = {};
  let waiting: Message[] | undefined;

  /** Runs `next` once it is on record who connected; a client that cannot be recorded is not served. */
  const meet = async (facts: ClientFacts, id: Id, next: () => void): Promise<void> => {
    waiting = [];
    let isMet = false;
    try {
      claimed = await parts.onRecord.record(facts);
      isMet = true;
    } catch {
      parts.fail(id, { code: era.INTERNAL_ERROR, message: "Kidoban cannot record who connects, so it serves nobody" });
    }
    if (isMet) next();
    const messages = waiting;
    waiting = undefined;
    for (const message of messages) parts.take(message);
  };

  /** A request of a client that has not settled on the legacy era. */
  const openingOrModern = (id: Id, method: string, params: JsonObject): void => {
    const meta = era.readRequestMeta(params);
    switch (meta.kind) {
      case "error":
        return refuse(id, method, meta.error);
      case "facts": {
        const { facts } = meta;
        // A probe alone settles nothing: the client may still fall back to `initialize`.
        if (method !== "server/discover") settled = "modern";
        const known = parts.onRecord.claimed(facts);
        if (known !== undefined) {
          claimed = known;
          return serve(id, method, params, facts);
        }
        void meet(facts, id, () => serve(id, method, params, facts));
        return;
      }
      case "absent": {
        // Legacy clients may ping before they initialize.
        if (method === "ping" && settled === undefined) return answer(id, "{}");
        if (method !== "initialize") return refuse(id, method, era.missingRequestMeta);
        if (settled !== undefined) return refuse(id, method, era.unsupportedVersion(params["protocolVersion"]));
        const kinds = parts.gate.kinds();
        const opening = era.answerInitialize(params, parts.version, kinds);
        void meet(opening.facts, id, () => {
          settled = "legacy";
          client = opening.facts;
          declared = kinds;
          parts.welcome();
          answer(id, opening.result);
        });
      }
    }
  };

  return {
    // No getters: see http-answer.ts.
    settled: () => settled,
    declared: () => declared,
    claimed: () => claimed,
    holds(message) {
      waiting?.push(message);
      return waiting !== undefined;
    },
    request(id, method, params) {
      if (settled === "legacy" && client !== undefined) serve(id, method, params, client);
      else openingOrModern(id, method, params);
    },
  };
}
