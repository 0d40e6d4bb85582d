/**
 * Durable state that all processes of one person share: requests, statements, stops, live processes, accepted
 * configuration, the ledger. Every method is one transaction. Throws StoreError for I/O only; a lost race is a value.
 */

import type { Acceptance } from "../approval/acceptance.ts";
import type { Pass, PassBody, PassSignature } from "../approval/pass.ts";
import type { Passkey } from "../approval/approver.ts";
import type { Request, RequestState } from "../approval/request.ts";
import type { Statement } from "../approval/statement.ts";
import type { LedgerStore } from "../audit/log.ts";
import type { OpenPage, PassUsed, PassUsing, Removed, Replaced, StoreLimits, Tool } from "./asking.ts";
import type { NewDispatch, OutboxStore } from "./dispatch.ts";
import type { TaskStore } from "./task-record.ts";

export class StoreError extends Error {
  readonly code: "open" | "busy" | "corrupt" | "newer" | "io";
  constructor(code: StoreError["code"], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface Stop {
  readonly id: string;
  /** Left out: every agent. */
  readonly agent?: string;
  readonly reason: string;
  readonly by: string;
  readonly placedAt: number;
}

export interface LiveProcess {
  /** Stream id of its log. */
  readonly id: string;
  readonly pid: number;
  readonly role: "gate" | "tool";
  readonly agent?: string;
  readonly startedAt: number;
  /** Told by a lock that the kernel releases, never by time or pid. */
  readonly alive: boolean;
}

/** What a step of a request says of itself; `outbox`: messages about it, written in the same transaction. */
interface StepFacts {
  readonly note?: string;
  readonly redeemUntil?: number;
  readonly outbox?: readonly NewDispatch[];
}

/** The answer that an executed request got, kept for a caller that had gone. */
export interface StoredResult {
  readonly member: "result" | "error";
  /** Raw JSON of that member. */
  readonly text: string;
  readonly at: number;
}

export interface AcceptedConfig {
  /** Absolute path of the kidoban.yaml; one state serves several. */
  readonly config: string;
  /** sha256 hex over the archived bytes. */
  readonly digest: string;
  readonly files: ReadonlyMap<string, string>;
  readonly acceptedAt: number;
  readonly by: string;
  /** The digest that was accepted before; left out for the first. */
  readonly previous?: string;
  /** Where the one before has approvers: the leave of one of them. Nothing of a row is believed without it. */
  readonly acceptance?: Acceptance;
}

/** A bearer token of an agent, without its secret. */
export interface TokenRecord {
  /** Public: stands in the token before its secret. */
  readonly id: string;
  /** Absolute path of the kidoban.yaml whose agent it is: two configurations may know agents of one name. */
  readonly config: string;
  readonly agent: string;
  /** sha256 hex of the secret. */
  readonly digest: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly revokedAt?: number;
}

export interface Past {
  /** The newest that was approved and is still kept whole, but for the request itself. */
  readonly approved: Request | undefined;
  readonly asked: number;
  readonly approvedOfThem: number;
}

/** A link by which a person enrols a passkey. Of link and code only digests are kept. */
export interface EnrolmentRecord {
  readonly link: string;
  readonly approver: string;
  readonly code: string;
  readonly expiresAt: number;
  readonly state: "open" | "void" | "done";
  /** Once done. */
  readonly passkey?: Passkey;
}

/** `expired`: ids of the agent's requests that this call found past their time and ended; the caller records them. */
export type OpenAnswer =
  | { readonly kind: "opened"; readonly request: Request; readonly expired: readonly string[] }
  | { readonly kind: "joined"; readonly request: Request; readonly expired: readonly string[] }
  | { readonly kind: "too-many"; readonly pending: number; readonly expired: readonly string[] };

export interface Store extends LedgerStore, OutboxStore, TaskStore {
  /** Opens a request or joins the live one with the same agent and action. `cap`: pending requests an agent may have. */
  openRequest(request: Request, cap: number): Promise<OpenAnswer>;
  request(id: string): Promise<Request | undefined>;
  /** By full id or by the short code of a live request. */
  findRequest(idOrCode: string): Promise<Request | undefined>;
  /** Newest first. `before`: only those opened before the one with this id; none where there is no such one. */
  requests(filter: {
    readonly states?: readonly RequestState[];
    readonly agent?: string;
    readonly server?: string;
    readonly before?: string;
    readonly limit?: number;
  }): Promise<readonly Request[]>;
  /** The newest request with this action that ended in `states` at or after `since` (ms). */
  lastRequest(
    agent: string,
    action: string,
    states: readonly RequestState[],
    since: number,
  ): Promise<Request | undefined>;
  /** What this agent asked before of the same tool, resource or prompt; the numbers are of requests opened since `since`. */
  past(request: Pick<Request, "id" | "agent" | "server" | "kind" | "name">, since: number): Promise<Past>;
  /** Those that can be answered, the oldest first. */
  openRequests(page: OpenPage): Promise<readonly Request[]>;
  /** How many can be answered at `now`. */
  countOpen(now: number): Promise<number>;
  /** When requests of an agent for a tool ended in `state`, at or after `since`, ms, in order. */
  endings(agent: string, tool: Tool, state: RequestState, since: number): Promise<readonly number[]>;
  /**
   * The one sent back last, at or after `since`, that a call with this action answers: for the same action, or for the
   * same tool where nothing else was asked of it since.
   */
  sentBack(agent: string, tool: Tool, action: string, since: number): Promise<Request | undefined>;
  /** `child` takes the place of a pending request, for those too who wait or poll for it. */
  replaceRequest(parent: string, child: Request, at: number): Promise<Replaced>;
  statements(request: string): Promise<readonly Statement[]>;
  /**
   * One statement per approver, request and answer; false when there is one already or the request is neither pending nor
   * approved. A no may follow a yes, never a yes a no.
   */
  addStatement(statement: Statement): Promise<boolean>;
  /** Moves a request on; false when it was not in one of `from`, and then nobody is told either. */
  move(id: string, from: readonly RequestState[], to: RequestState, at: number, extra?: StepFacts): Promise<boolean>;
  /**
   * approved → executing, once, for good: only while approved, not past `redeemUntil`, the action unchanged and no stop
   * holding for its agent. Notes which process executes it.
   */
  claim(
    id: string,
    action: string,
    process: string,
    now: number,
  ): Promise<"claimed" | "not-approved" | "expired" | "stopped">;
  /** executing → an end, with the result if the server answered; false when it was not executing. */
  finish(id: string, to: "succeeded" | "failed" | "unknown", at: number, result?: StoredResult): Promise<boolean>;
  /** The stored result, for callers that waited for it. */
  result(id: string): Promise<StoredResult | undefined>;
  /** The stored result for a caller that had gone, handed out at most once. */
  takeResult(id: string): Promise<StoredResult | undefined>;
  /** Whether this process has a caller waiting; a request is attended while any process has. */
  setAttended(id: string, attended: boolean): Promise<void>;
  /** Requests a dead process was executing become `unknown`; gives their ids. */
  abandon(process: string, at: number): Promise<readonly string[]>;
  /** Removes what is kept no longer, for good; nothing of what can still be answered or is being executed. */
  removeOld(limits: StoreLimits, now: number): Promise<Removed>;

  /** False when one of this id is there. */
  addPass(body: PassBody, signature: PassSignature, at: number): Promise<boolean>;
  /** One signature of each approver; false when there is one already, or the pass is unknown or revoked. */
  signPass(id: string, signature: PassSignature): Promise<boolean>;
  pass(id: string): Promise<Pass | undefined>;
  /** Newest first. `openAt`: those neither revoked nor over then (ms). */
  passes(filter: { readonly agent?: string; readonly openAt?: number }): Promise<readonly Pass[]>;
  /** Counts one use, once and for good: only while it is not revoked, not over, not used up, and no stop holds for its agent. */
  usePass(use: PassUsing): Promise<PassUsed>;
  /** False when it was revoked before, or never was. */
  revokePass(id: string, by: string, at: number): Promise<boolean>;

  placeStop(stop: Stop): Promise<void>;
  liftStop(id: string, at: number): Promise<boolean>;
  stops(): Promise<readonly Stop[]>;
  acknowledgeStop(stop: string, process: string): Promise<void>;
  acknowledgements(stop: string): Promise<readonly string[]>;

  /** Registers this process and holds its kernel lock until `close`. */
  register(process: Omit<LiveProcess, "alive">): Promise<void>;
  processes(): Promise<readonly LiveProcess[]>;
  forget(process: string): Promise<void>;

  /** The last accepted configuration of this kidoban.yaml (absolute path). */
  accepted(config: string): Promise<AcceptedConfig | undefined>;
  /** The last accepted one of each configuration. */
  acceptedConfigs(): Promise<readonly AcceptedConfig[]>;
  acceptedDigest(config: string): Promise<string | undefined>;
  /** When something of it was accepted for the first time, ms. */
  firstAcceptedAt(config: string): Promise<number | undefined>;
  /** Those after the last one with this digest, oldest first; none, too, where there is no such one. */
  acceptedSince(config: string, digest: string): Promise<readonly AcceptedConfig[]>;
  /** All that was ever accepted of it, oldest first. */
  acceptedHistory(config: string): Promise<readonly AcceptedConfig[]>;
  /** False when another one than `previous` is accepted by now. */
  accept(config: AcceptedConfig): Promise<boolean>;

  addToken(token: TokenRecord): Promise<void>;
  /** By its id, whether it still holds or not. */
  token(id: string): Promise<TokenRecord | undefined>;
  /** Oldest first, ended ones too. */
  tokens(): Promise<readonly TokenRecord[]>;
  /** Brings its end forward to `at`; false where it ends before that anyway. */
  endToken(id: string, at: number): Promise<boolean>;
  /** Ends it now and for good; false when it was revoked before, or never was. */
  revokeToken(id: string, at: number): Promise<boolean>;

  /** Forgets those that ended a day ago. */
  addEnrolment(
    enrolment: Pick<EnrolmentRecord, "link" | "approver" | "code" | "expiresAt">,
    now: number,
  ): Promise<void>;
  enrolment(link: string): Promise<EnrolmentRecord | undefined>;
  /** Whether it is open at `now` and this is its code; a wrong one counts, and the `most`-th voids it. */
  tryEnrolment(link: string, code: string, most: number, now: number): Promise<boolean>;
  /** Ends it with a passkey; false where it is not open at `now`. */
  finishEnrolment(link: string, passkey: Passkey, now: number): Promise<boolean>;

  /** Of the ledger, as a signed note. */
  lastCheckpoint(): Promise<string | undefined>;

  /** Small durable notes, e.g. what the last client of an agent declared. */
  note(key: string): Promise<string | undefined>;
  setNote(key: string, value: string): Promise<void>;

  /** Called soon after any process has changed something, by file watching and a 250 ms poll; gives a function that ends it. */
  watch(changed: () => void): () => void;
  /** What was read after this was told stands while the same is told again; see commits.ts. */
  commits(): number;
  /** `listed`: the process stays listed, as one that died, for whoever settles what it left. */
  close(listed?: boolean): Promise<void>;
}
