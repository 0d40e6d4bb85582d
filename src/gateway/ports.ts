/**
 * The gateway's two sides as it sees them: the agent's client in front, the servers behind. mcp/ provides both.
 * JSON travels as text here, because what was parsed, shown and approved must be what is sent.
 */

import type { Access, Kind } from "../policy/call.ts";
import type { LockedKind } from "../policy/manifest.ts";
import type { LogLevel, LogMessage } from "./log-message.ts";
import type { JsonObject } from "../policy/json.ts";
import type { Claimed, OutcomeStatus } from "../audit/entry.ts";
import type { Task, TaskAnswer, TaskVerb } from "./task.ts";

/** What the client in front said of itself; all of it claimed. */
export interface ClientFacts {
  readonly era: "legacy" | "modern";
  readonly protocol: string;
  readonly name?: string;
  readonly version?: string;
  /** Declared form elicitation. A declaration is no proof of a human. */
  readonly prompts: boolean;
  /** What it declared that it can be asked by servers; left out: nothing. */
  readonly abilities?: readonly Ability[];
  /** Declared the tasks extension, on this very request. */
  readonly tasks?: true;
}

/** What a client can be asked: a form, to open a URL, its model, its model with tools of the server, its roots. */
export type Ability = "form" | "url" | "sampling" | "sampling-tools" | "roots";

/** What a server asks in the middle of a call, said who asks; `params` is JSON text. */
export interface Question {
  readonly method: "elicitation/create" | "sampling/createMessage" | "roots/list";
  readonly needs: Ability;
  readonly params: string;
  /** What a modern server calls it among those of one round. */
  readonly key?: string;
}

/** What became of a question. `text` is the JSON text of a result, rebuilt from what was read strictly. */
export type QuestionAnswer =
  | { readonly kind: "result"; readonly says: "accept" | "decline" | "cancel" | "result"; readonly text: string }
  /** The client's own error, or ours where it must not be asked. */
  | { readonly kind: "error"; readonly code: number; readonly message: string }
  /** Nobody answered: withdrawn, too late, gone. */
  | { readonly kind: "none"; readonly why: string };

/** What a server may ask while it carries out a call, and who answers. */
export interface Asking {
  /** Configured and declared by this client; anything else is refused. */
  readonly abilities: readonly Ability[];
  /** Of the client, whose errors differ. */
  readonly era: ClientFacts["era"];
  /** Calls that came by one connection have the same. */
  readonly conversation: object | undefined;
  /**
   * Puts questions to the client, all at once, and gives an answer to each. `halt`: the call must not go on, nothing may
   * be sent for it any more. Also asked with none, before a server is sent more of the same call.
   */
  ask(questions: readonly Question[], signal: AbortSignal): Promise<Asked>;
  /** The elicitation with this id, by URL, is over on the server's side (2025-11-25). */
  over(elicitation: string): void;
}

export type Asked =
  | { readonly kind: "answers"; readonly answers: readonly QuestionAnswer[] }
  | { readonly kind: "halt"; readonly why: string };

/** A question through the client's own dialog: a required enum without default, and an optional comment. */
export interface PromptForm {
  readonly message: string;
  readonly approve: string;
  readonly deny: string;
}

/** An answer that comes faster than a human reads was given by a program, ms. */
export const INSTANT_MS = 1500;

export type PromptAnswer =
  | { readonly kind: "approve" | "deny"; readonly comment?: string }
  /** Cancelled, declined, malformed, or faster than a person: neither yes nor no. */
  | { readonly kind: "none"; readonly afterMs: number };

/** Cancellation as the hot path uses it: an AbortSignal costs 4.5 µs a call to make and to listen to, this nothing. */
export interface Cancel {
  readonly requested: boolean;
  /** Calls the listener once when it is requested, at once if it was already; gives a function that ends it. */
  onRequest(listener: () => void): () => void;
}

/** One call as it arrived, parsed once. */
export interface AgentCall {
  readonly kind: Kind;
  /** Exposed name of the tool or prompt; the URI of a resource; for a completion what it completes an argument of. */
  readonly name: string;
  /** Of a resource `{uri}`, of a completion `{ref, argument, context?}`. */
  readonly args: JsonObject;
  readonly client: ClientFacts;
  readonly claimed: Claimed;
  /** `_meta` members that go on to the server (traceparent, tracestate), if any. */
  readonly trace?: JsonObject;
  /** Aborted when the client cancels or is gone. Made when first looked at, so the hot path looks at `cancel`. */
  readonly signal: AbortSignal;
  /** The same event as `signal`. */
  readonly cancel: Cancel;
  /** Not cancelled, and yet its answer would reach nobody: the connection broke. */
  readonly unheard?: boolean;
  /** Sends a progress notification; nothing when the client gave no token. */
  progress(params: { readonly progress: number; readonly total?: number; readonly message?: string }): void;
  /** Whether the client gave a progress token. */
  readonly wantsProgress: boolean;
  /** Log messages of the server from this level on are wanted while the call runs. */
  readonly logLevel?: LogLevel;
  /** Passes on a log message that belongs to the call. */
  log(message: LogMessage): void;
  /** Legacy clients that declared elicitation: asks in mid-call. Withdrawn when `signal` aborts. */
  prompt?(form: PromptForm, signal: AbortSignal): Promise<PromptAnswer>;
  /** Which connection it came by; calls of one have the same. */
  readonly conversation?: object;
  /** Where the client declared anything: puts a server's questions to it. Withdrawn when `signal` aborts. */
  ask?(questions: readonly Question[], signal: AbortSignal): Promise<readonly QuestionAnswer[]>;
  /** Tells a legacy client that an elicitation by URL is over. */
  over?(elicitation: string): void;
  /** Modern clients: the retry of an answer `prompt` of ours. */
  readonly retry?: { readonly handle: string; readonly answer: PromptAnswer };
}

/** What goes back to the agent: the raw JSON of `result` or `error`, or a question for a modern client (`input_required`). */
export type Answer =
  | { readonly kind: "result"; readonly text: string }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "prompt"; readonly handle: string; readonly form: PromptForm }
  | { readonly kind: "task"; readonly task: Task };

/** A list of definitions as the agent sees it, already serialised: `[{…},…]`. */
export interface ListView {
  readonly text: string;
  readonly count: number;
}

/** What can be listed; templates are resources whose URI is not settled yet. */
export type ListKind = "tools" | "resources" | "templates" | "prompts";

/** The gate as the agent's door uses it. */
export interface Gate {
  readonly agent: string;
  /** Records who connected. */
  connected(client: ClientFacts): Promise<void>;
  list(kind: ListKind): Promise<ListView>;
  /** What the agent has any of at the moment; records nothing. */
  kinds(): ReadonlySet<Kind>;
  /** Of a tool in the list as it is now; records nothing. */
  inputSchema(tool: string): JsonObject | undefined;
  call(call: AgentCall): Promise<Answer>;
  /**
   * Calls the listener when the resource is updated, by the URI that was (it may be one below). The decision is that of
   * reading it, and nobody is asked: what would wait for a human is not watched. An unknown URI is refused like a read.
   */
  watch(uri: string, client: ClientFacts, updated: (uri: string) => void): Promise<Watching>;
  /** Log messages that belong to no call, and which of them are wanted; gives a function that ends it. */
  onLogMessage(least: LogLevel, listener: (message: LogMessage) => void): () => void;
  /** `update` brings nothing, since nothing is asked in tasks; `cancel` withdraws what nobody has begun to execute. */
  task(what: TaskVerb, id: string, poller: Pick<AgentCall, "client" | "claimed">): Promise<TaskAnswer>;
  /** Records a method, notification or message that was not let through. */
  refused(side: "agent" | "server", method: string | undefined, reason: string): void;
  /** Calls the listener when a list has changed; gives a function that ends it. */
  onListChanged(listener: (kind: ListKind) => void): () => void;
}

export type Watching =
  | { readonly kind: "watching"; end(): void }
  /** `error`: raw JSON, as of an Answer. */
  | { readonly kind: "refused"; readonly error: string };

export class ServerError extends Error {
  readonly code: "down" | "refused" | "protocol";
  readonly server: string;
  constructor(code: ServerError["code"], server: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.server = server;
  }
}

/** One call on its way to a server. */
export interface ForwardedCall {
  readonly kind: Kind;
  readonly name: string;
  readonly access: Access;
  /** Sent byte for byte. */
  readonly argsText: string;
  readonly trace?: JsonObject | undefined;
  /** Ends the call as `cancelled`; a call without is only ended by its server, its time or `cancelAll`. */
  readonly cancel?: Cancel | undefined;
  /** Asked of servers that tell by request (2026-07-28). */
  readonly logLevel?: LogLevel | undefined;
  /** The server's log messages that belong to this call. */
  readonly log?: ((message: LogMessage) => void) | undefined;
  /** The server's own progress, as it arrives. */
  readonly progress?: ((params: JsonObject) => void) | undefined;
  /** Left out: the server may ask nothing. */
  readonly asking?: Asking | undefined;
  readonly timeoutMs: number;
}

/** How a forwarded call ended. `text` is the raw JSON of `result` or `error`, untouched. */
export interface Forwarded {
  readonly status: OutcomeStatus;
  readonly member?: "result" | "error";
  readonly text?: string;
  readonly detail?: string;
}

/** One server behind the gate, with its process or connection, restarts included. */
export interface Server {
  readonly id: string;
  /** As the lock knows it. */
  readonly endpoint: string;
  /** Settles when it is up (negotiated); rejects with ServerError naming it and the cause. */
  ready(): Promise<void>;
  /** All definitions of one kind, every page, whole; templates among the resources. None where it has none. Throws ServerError. */
  list(kind: LockedKind): Promise<readonly JsonObject[]>;
  /** Never throws: what went wrong is an outcome. The bytes leave in the same turn in which this is called. */
  call(call: ForwardedCall): Promise<Forwarded>;
  /** It said that one of its lists changed, or it was restarted. */
  onChanged(listener: (reason: "list" | "restart") => void): void;
  /** Asks to be told of updates of a resource, also after restarts; false where it cannot. */
  watch(uri: string): Promise<boolean>;
  unwatch(uri: string): void;
  onUpdated(listener: (uri: string) => void): void;
  /** Asks a server of the legacy era for messages of this level and above, also after restarts. */
  setLogLevel(level: LogLevel): void;
  /** Log messages that belong to no call in flight. */
  onLogMessage(listener: (message: LogMessage) => void): void;
  /** Calls that it has not answered yet. */
  readonly inFlight: number;
  /** Cancels every call in flight; each ends as `cancelled`. */
  cancelAll(): void;
  /** What it said of itself once ready. */
  readonly claimed: { readonly name?: string; readonly version?: string; readonly protocol?: string };
  close(): Promise<void>;
}
