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
import type { Replies } from "./replies.ts";

/** Whoever goes on with what has come in. */
interface Host {
  serve(id: Id, method: string, params: JsonObject, facts: ClientFacts): void;
  /** Takes a message that had to wait. */
  take(message: Message): void;
  /** A legacy client is about to be told what there is, of which it is told changes from here on. */
  welcome(): void;
}

export interface OpeningParts {
  readonly gate: Gate;
  /** Kidoban's own version. */
  readonly version: string;
  readonly onRecord: OnRecord;
  readonly replies: Replies;
  readonly host: Host;
}

const NOTHING: ReadonlySet<Kind> = new Set();
const NOT_RECORDED: era.RpcError = {
  code: era.INTERNAL_ERROR,
  message: "Kidoban cannot record who connects, so it serves nobody",
};

/** No getters: see http-answer.ts. */
export class Opening {
  readonly #parts: OpeningParts;
  #settled: ClientFacts["era"] | undefined;
  #client: ClientFacts | undefined;
  #declared = NOTHING;
  #claimed: Claimed = {};
  #waiting: Message[] | undefined;

  constructor(parts: OpeningParts) {
    this.#parts = parts;
  }

  /** Undefined until something other than `server/discover` was asked. */
  settled(): ClientFacts["era"] | undefined {
    return this.#settled;
  }

  /** What a legacy client was told that there is, of which it is told changes. */
  declared(): ReadonlySet<Kind> {
    return this.#declared;
  }

  /** What the client says of itself, the same for all its calls. */
  claimed(): Claimed {
    return this.#claimed;
  }

  /** Keeps a message back while the client's connecting is being recorded; false when it need not wait. */
  holds(message: Message): boolean {
    this.#waiting?.push(message);
    return this.#waiting !== undefined;
  }

  request(id: Id, method: string, params: JsonObject): void {
    if (this.#settled === "legacy" && this.#client !== undefined)
      this.#parts.host.serve(id, method, params, this.#client);
    else this.#openingOrModern(id, method, params);
  }

  /** Runs `next` once it is on record who connected; a client that cannot be recorded is not served. */
  async #meet(facts: ClientFacts, id: Id, next: () => void): Promise<void> {
    const { onRecord, replies, host } = this.#parts;
    const waiting: Message[] = (this.#waiting = []);
    let isMet = false;
    try {
      this.#claimed = await onRecord.record(facts);
      isMet = true;
    } catch {
      replies.fail(id, NOT_RECORDED);
    }
    if (isMet) next();
    this.#waiting = undefined;
    for (const message of waiting) host.take(message);
  }

  /** A request of a client that has not settled on the legacy era. */
  #openingOrModern(id: Id, method: string, params: JsonObject): void {
    const { gate, version, onRecord, replies, host } = this.#parts;
    const meta = era.readRequestMeta(params);
    switch (meta.kind) {
      case "error":
        return replies.refuse(id, method, meta.error);
      case "facts": {
        const { facts } = meta;
        // A probe alone settles nothing: the client may still fall back to `initialize`.
        if (method !== "server/discover") this.#settled = "modern";
        const known = onRecord.claimed(facts);
        if (known !== undefined) {
          this.#claimed = known;
          return host.serve(id, method, params, facts);
        }
        void this.#meet(facts, id, () => host.serve(id, method, params, facts));
        return;
      }
      case "absent": {
        // Legacy clients may ping before they initialize.
        if (method === "ping" && this.#settled === undefined) return replies.answer(id, "{}");
        if (method !== "initialize") return replies.refuse(id, method, era.missingRequestMeta);
        if (this.#settled !== undefined)
          return replies.refuse(id, method, era.unsupportedVersion(params["protocolVersion"]));
        const kinds = gate.kinds();
        const opening = era.answerInitialize(params, version, kinds);
        void this.#meet(opening.facts, id, () => {
          this.#settled = "legacy";
          this.#client = opening.facts;
          this.#declared = kinds;
          host.welcome();
          replies.answer(id, opening.result);
        });
      }
    }
  }
}
