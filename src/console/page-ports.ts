/** What the pages beside inbox and request need of the rest of the program. Shapes only; compose/console provides them. */

import type { Acceptance } from "../approval/acceptance.ts";
import type { Approver } from "../approval/approver.ts";
import type { Request, RequestState } from "../approval/request.ts";
import type { Resumption } from "../approval/resumption.ts";
import type { Statement, StatementFault } from "../approval/statement.ts";
import type { LogQuery, LogSlice } from "./pages/log.ts";
import type { Access } from "../policy/call.ts";
import type { Stop } from "../store/store.ts";
import type { Found, Position } from "../log/found.ts";
import type { Body } from "../log/related.ts";
import type { AgentSummary, AgentView } from "./pages/agents.ts";
import type { ConfigView } from "./pages/config.ts";
import type { ServerView } from "./pages/servers.ts";
import type { SurveyView } from "./pages/survey.ts";
import type { StopView } from "./pages/stops.ts";

export interface HistoryFilter {
  readonly agent?: string;
  readonly server?: string;
  readonly state?: RequestState;
  /** Id of the last request of the page before. */
  readonly before?: string;
}

/** A statement as it stands in the store. `fault`: why it would not count with the people of now. */
export interface Given {
  readonly statement: Statement;
  readonly fault: StatementFault | undefined;
}

export interface HistoryRecord {
  readonly request: Request;
  /** What is stored is not what was asked: it is not shown. */
  readonly altered: boolean;
  readonly given: readonly Given[];
  /** The server's own answer, raw JSON, where it is kept. */
  readonly result: { readonly member: "result" | "error"; readonly text: string; readonly at: number } | undefined;
}

export interface HistoryPort {
  /** Newest first, at most `limit`. */
  list(filter: HistoryFilter, limit: number): Promise<readonly Request[]>;
  /** By its id. */
  one(id: string): Promise<HistoryRecord | undefined>;
  /** The id of the live request with this code. */
  named(code: string): Promise<string | undefined>;
}

export interface AgentsPort {
  list(): Promise<readonly AgentSummary[]>;
  one(agent: string): Promise<AgentView | undefined>;
  /** Ends a token for good; false when it was over, or is not one of this agent's. */
  revoke(agent: string, token: string, by: string): Promise<boolean>;
}

/** What a human says of one row of a survey. */
export interface RowChoice {
  readonly access: Access;
  readonly destructive: boolean;
}

type Surveyed =
  | { readonly kind: "shown"; readonly survey: SurveyView }
  /** It is not in the accepted configuration, or the files say another endpoint for it. */
  | { readonly kind: "not-accepted" }
  | { readonly kind: "unreachable"; readonly reason: string };

type Pinned =
  | { readonly kind: "pinned"; readonly file: string }
  /** The survey is too old, somebody else's, or the lock is another one by now. */
  | { readonly kind: "stale" }
  | { readonly kind: "unwritable"; readonly reason: string };

export interface ServersPort {
  list(): Promise<readonly ServerView[]>;
  one(server: string): Promise<ServerView | undefined>;
  /** Starts the server twice and keeps what it offers for this person, for a quarter of an hour. */
  survey(server: string, by: string): Promise<Surveyed>;
  /** Writes the lock: one choice for each row of the survey, in its order. */
  pin(survey: string, choices: readonly RowChoice[], by: string): Promise<Pinned>;
  /** A survey that is kept for this person. */
  kept(survey: string, by: string): Promise<SurveyView | undefined>;
}

type AcceptOutcome = "accepted" | "overtaken" | "not-approver" | "needs-another" | "needs-two";

export interface ConfigPort {
  /** The files on disk against what is accepted, as they are now. */
  view(): Promise<ConfigView>;
  /** Brings into force what was signed, if that is still what stands on disk. */
  accept(signed: Acceptance): Promise<AcceptOutcome>;
}

export interface LogPort {
  slice(query: LogQuery, before: Position | undefined): Promise<LogSlice>;
  /** Everything of one call or request, oldest first. */
  trail(id: string): Promise<readonly Found[]>;
  /** Bodies that these entries speak of, by stream and digest. */
  bodies(found: readonly Found[]): Promise<ReadonlyMap<string, ReadonlyMap<string, Body>>>;
}

export interface StopsPort {
  list(): Promise<readonly StopView[]>;
  /** Agents that a stop can name. */
  agents(): Promise<readonly string[]>;
  place(facts: Omit<Stop, "id">): Promise<string>;
  /** Those whose signature lifts it. */
  mayLift(stop: string): Promise<readonly Approver[]>;
  lift(signed: Resumption): Promise<"lifted" | "not-approver" | "gone">;
}

export interface PagePorts {
  readonly history: HistoryPort;
  readonly agents: AgentsPort;
  readonly servers: ServersPort;
  readonly config: ConfigPort;
  readonly log: LogPort;
  readonly stops: StopsPort;
}
