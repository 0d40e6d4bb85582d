/** What an agent's client is told of its own questions, through one door. */

import type { Gate } from "../gateway/ports.ts";
import type { RpcError } from "./era.ts";
import { errorText } from "./errors.ts";
import type { Ending } from "./http-answer.ts";
import type { Id } from "./read-message.ts";

/** The way to the client. */
export interface Outlet {
  /**
   * Sends one message; those of one turn leave together. `about`: the id of the client's question that it belongs to (its
   * answer, its progress, what is asked on its behalf), for what carries each question's messages on a stream of its own.
   * `ending`: it is the answer.
   */
  send(message: string, about?: Id, ending?: Ending): void;
  /** The client has not taken what was sent so far: what can be left out is. */
  crowded(): boolean;
}

const idText = (id: Id): string => (typeof id === "string" ? JSON.stringify(id) : String(id));

export class Replies {
  readonly #outlet: Outlet;
  readonly #gate: Gate;

  constructor(outlet: Outlet, gate: Gate) {
    this.#outlet = outlet;
    this.#gate = gate;
  }

  /** `result`: JSON text. */
  answer(id: Id, result: string): void {
    this.#outlet.send(`{"jsonrpc":"2.0","id":${idText(id)},"result":${result}}`, id, "result");
  }

  /** `error`: JSON text. */
  answerError(id: Id, error: string): void {
    this.#outlet.send(`{"jsonrpc":"2.0","id":${idText(id)},"error":${error}}`, id, "error");
  }

  fail(id: Id | undefined, error: RpcError): void {
    this.#outlet.send(errorText(id, error), id, id === undefined ? undefined : "error");
  }

  /** The same, on record. */
  refuse(id: Id | undefined, method: string | undefined, error: RpcError): void {
    this.#gate.refused("agent", method, error.message);
    this.fail(id, error);
  }
}
