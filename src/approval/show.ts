/** The one render model that every channel displays; its digest is what an approver signs. Pure. */

import type { Access, Kind } from "../policy/call.ts";
import type { JsonObject } from "../policy/json.ts";
import { written } from "../policy/pattern.ts";
import type { Dialect, SqlFacts } from "../policy/sql/dialect.ts";
import { digestOf } from "./digest.ts";
import { visibleJson, visibleLine, visibleText } from "./visible.ts";

/** Everything an approver must see, in the order in which it is shown. */
export interface View {
  readonly v: 1;
  readonly agent: string;
  readonly server: string;
  readonly endpoint: string;
  readonly kind: Kind;
  readonly name: string;
  readonly access: Access;
  readonly destructive: boolean;
  /** Rule ids that ask, sorted. */
  readonly rules: readonly string[];
  /** All arguments in full, pretty-printed JSON with control, bidi and confusable characters made visible. */
  readonly arguments: string;
  /** Before and after, where the lock names a preview. `before` is null when the thing does not exist yet. */
  readonly change?: { readonly before: string | null; readonly after: string };
  /** Why there is no preview although one is named. */
  readonly changeFailed?: string;
  /** What the server said to a trial of the call, where the lock names an argument for that. */
  readonly dryRun?: string;
  /** What its SQL does, where the lock names an argument that holds some; without facts where it could not be parsed. */
  readonly sql?: { readonly dialect: Dialect; readonly facts: SqlFacts | null };
  /** An earlier attempt of the same action whose outcome is unknown, with its call id. */
  readonly earlier?: { readonly call: string; readonly at: number };
  /** What an approver asked when an identical call was sent back before. */
  readonly question?: { readonly by: string; readonly text: string; readonly at: number };
  /** Who changed the arguments, and what the agent had asked for: pretty-printed as `arguments`. */
  readonly edited?: { readonly by: string; readonly arguments: string };
  /** The agent's own words, made visible the same way; untrusted and shown as a quotation. */
  readonly reason?: string;
}

/** What a view is made from: the facts of a call, nothing made visible yet. `args` as they will be sent. */
export interface ViewFacts extends Omit<View, "v" | "arguments" | "edited"> {
  readonly args: JsonObject;
}

/** Shows a call in full. Texts that others wrote become visible; ids of rules and calls are ours. */
export const buildView = ({ args, earlier, question, reason, ...facts }: ViewFacts): View => ({
  v: 1,
  agent: visibleLine(facts.agent),
  server: visibleLine(facts.server),
  endpoint: visibleLine(facts.endpoint),
  kind: facts.kind,
  name: visibleLine(facts.name),
  access: facts.access,
  destructive: facts.destructive,
  rules: facts.rules,
  arguments: visibleJson(args),
  ...visiblePreview(facts),
  ...(earlier === undefined ? {} : { earlier }),
  ...(question === undefined
    ? {}
    : { question: { by: visibleLine(question.by), text: visibleText(question.text), at: question.at } }),
  ...(reason === undefined ? {} : { reason: visibleText(reason) }),
});

/** What stays of a view that is kept no longer: facts that the log has, too, and no text of a call. */
export const viewWithout = ({ v, agent, server, endpoint, kind, name, access, destructive, rules }: View): View => ({
  v,
  agent,
  server,
  endpoint,
  kind,
  name,
  access,
  destructive,
  rules,
  arguments: "",
});

/** What is shown of a call's effect. */
export type Previewed = Pick<View, "change" | "changeFailed" | "dryRun" | "sql">;

export const visiblePreview = ({ change, changeFailed, dryRun, sql }: Previewed): Previewed => ({
  ...(change === undefined
    ? {}
    : {
        change: {
          before: change.before === null ? null : visibleText(change.before),
          after: visibleText(change.after),
        },
      }),
  ...(changeFailed === undefined ? {} : { changeFailed: visibleText(changeFailed) }),
  ...(dryRun === undefined ? {} : { dryRun: visibleText(dryRun) }),
  ...(sql === undefined
    ? {}
    : { sql: { dialect: sql.dialect, facts: sql.facts === null ? null : visibleSql(sql.facts) } }),
});

const visibleSql = ({ statements, writes, reads, calls }: SqlFacts): SqlFacts => ({
  statements: statements.map(({ kind, ...more }) => ({ kind: visibleLine(kind), ...more })),
  writes: writes.map(visibleLine),
  reads: reads.map(visibleLine),
  calls: calls.map(visibleLine),
});

/** sha256 over the JCS bytes of a view, hex: `shown`. */
export const viewDigest = (view: View): string => digestOf(view);

/** What is asked for in one visible line, as rules write it; a resource by the URI that would be read. */
export function titleOf({
  kind,
  server,
  name,
  argsText,
}: Pick<Stored, "kind" | "server" | "name" | "argsText">): string {
  return visibleLine(written({ kind, server, name: kind === "resource" ? (uriIn(argsText) ?? name) : name }));
}

function uriIn(argsText: string): string | undefined {
  try {
    const { uri } = JSON.parse(argsText) as JsonObject;
    return typeof uri === "string" ? uri : undefined;
  } catch {
    return undefined;
  }
}

/** A request as it was stored: the facts of a call, and what is shown of it. */
interface Stored extends Pick<View, "agent" | "server" | "kind" | "name" | "access" | "destructive" | "rules"> {
  readonly argsText: string;
  readonly view: View;
  readonly shown: string;
  readonly editedFrom?: string;
}

/**
 * Whether a request that was read back still shows what it would run: its view has the digest `shown`, and the facts and
 * arguments in it are those of the request. A row changed behind our back must not be put before an approver.
 */
export function showsWhatRuns(request: Stored): boolean {
  const { view } = request;
  let args: JsonObject;
  try {
    args = JSON.parse(request.argsText) as JsonObject;
  } catch {
    return false;
  }
  return (
    viewDigest(view) === request.shown &&
    view.agent === visibleLine(request.agent) &&
    view.server === visibleLine(request.server) &&
    view.kind === request.kind &&
    view.name === visibleLine(request.name) &&
    view.access === request.access &&
    view.destructive === request.destructive &&
    view.arguments === visibleJson(args) &&
    // Whoever changed something is named, and nobody is named where nothing was changed.
    (view.edited === undefined) === (request.editedFrom === undefined) &&
    view.rules.join() === request.rules.join()
  );
}
