/** What a server says unasked, and whom it concerns: a call in flight, whoever listens, or nobody. */

import type { ForwardedCall } from "../gateway/ports.ts";
import type { LogMessage } from "../gateway/log-message.ts";
import type { Json, JsonObject } from "../policy/json.ts";
import { openBucket } from "./bucket.ts";
import { subscriptionOf } from "./era.ts";
import { fateOf } from "./methods.ts";
import { logMessage, progressOf } from "./params.ts";

/** What an agent may hear: a flood of it would be one for the agent and for the log. One sort takes no other's place. */
const HEARD = ["notifications/message", "notifications/resources/updated"] as const;
const BURST = 200;
const PER_SECOND = 100;

const LIST_CHANGES: ReadonlySet<string> = new Set([
  "notifications/tools/list_changed",
  "notifications/resources/list_changed",
  "notifications/prompts/list_changed",
]);

export interface UnaskedParts {
  /** Records a message that goes no further; already rate-limited. */
  refused(method: string | undefined, reason: string): void;
  /** The server says that one of its lists changed. */
  listChanged(): void;
  /** The server says that a resource was updated. */
  updated(uri: string): void;
  /** A log message that belongs to no call in flight. */
  logged(message: LogMessage): void;
  /** Which server a message is of. */
  readonly server: string;
  /** Takes configured secrets out of a text that a person or an agent may read. */
  hide(text: string): string;
}

export interface InFlight {
  /** The call that a message belongs to: the one whose stream it came on, or the only one there is. */
  callOf(only: number | undefined): ForwardedCall | undefined;
  progressOf(token: number): ForwardedCall["progress"];
  acknowledged(id: number, honoured: Json | undefined): void;
  /** The server withdraws a question of its own. */
  withdrawn(params: JsonObject): void;
  /** An elicitation by URL is over on the server's side. */
  elicited(params: JsonObject): void;
}

/** Gives what takes one notification; `only`: the question on whose own stream it came. */
export function openUnasked(parts: UnaskedParts, inFlight: InFlight) {
  const heard = new Map<string, ReturnType<typeof openBucket>>(
    HEARD.map((method) => [method, openBucket(BURST, PER_SECOND)]),
  );

  const progress = (method: string, params: JsonObject): void => {
    const token = params["progressToken"];
    const said = progressOf(params, parts.hide);
    const tell = typeof token === "number" ? inFlight.progressOf(token) : undefined;
    if (tell === undefined || said === undefined) parts.refused(method, "progress of no call");
    else tell(said);
  };

  const log = (method: string, params: JsonObject, only: number | undefined): void => {
    const message = logMessage(parts.server, params, parts.hide);
    const call = inFlight.callOf(only);
    if (message === undefined) parts.refused(method, "a malformed log message");
    else if (call?.log === undefined) parts.logged(message);
    else call.log(message);
  };

  return (method: string, params: JsonObject, only: number | undefined): void => {
    if (heard.get(method)?.take(performance.now()) === false) return parts.refused(method, "too many of them");
    const { uri } = params;
    if (method === "notifications/progress") progress(method, params);
    else if (method === "notifications/message") log(method, params, only);
    else if (method === "notifications/resources/updated" && typeof uri === "string") parts.updated(uri);
    else if (method === "notifications/subscriptions/acknowledged")
      inFlight.acknowledged(Number(subscriptionOf(params)), params["notifications"]);
    else if (method === "notifications/cancelled") inFlight.withdrawn(params);
    else if (method === "notifications/elicitation/complete") inFlight.elicited(params);
    else if (LIST_CHANGES.has(method)) parts.listChanged();
    else if (fateOf("notification", "server", method) !== "here") parts.refused(method, "not relayed");
  };
}
