/** What a server offers now, for a human to review: started twice, so that what differs by itself is known. */

import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import { readLock } from "../config/lock-file.ts";
import { writeLock } from "../config/lock-write.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { transportFor } from "../config/transport-for.ts";
import { definitionDigest } from "../approval/definition.ts";
import { definitionName } from "../policy/definition.ts";
import { differences, type Difference } from "../policy/differences.ts";
import { isObject, type JsonObject } from "../policy/json.ts";
import type { Lock, LockedItem, LockedKind, Problem } from "../policy/manifest.ts";
import { propose, type Proposal } from "../policy/propose.ts";
import type { ServerHooks } from "../mcp/supervise.ts";
import { learningGuard } from "./secret-guard.ts";
import { secretsOf, secretValues } from "./secret-values.ts";
import { openServer } from "./servers.ts";

/** One tool, resource, template or prompt as it is offered to review. */
export interface Surveyed {
  readonly kind: LockedKind;
  /** Of a resource its URI, of a template its URI template. */
  readonly name: string;
  readonly definition: JsonObject;
  readonly volatile: readonly string[];
  readonly proposal: Proposal;
  /** The row that the lock has now. */
  readonly locked: LockedItem | undefined;
  /** Against `locked`; empty when nothing changed. */
  readonly changes: readonly Difference[];
}

export interface Survey {
  readonly server: ServerConfig;
  /** Tools, then resources with templates behind them, then prompts, each in the server's order. */
  readonly items: readonly Surveyed[];
  /** Locked, but not offered any more. */
  readonly gone: readonly LockedItem[];
  /** What it said that the gate takes for nothing, definitions of one name among it, in words for developers. */
  readonly leftOut: readonly string[];
}

interface Offered {
  readonly kind: LockedKind;
  readonly name: string;
  readonly definition: JsonObject;
}
interface Offer {
  readonly items: readonly Offered[];
  readonly leftOut: readonly string[];
}

const KINDS: readonly LockedKind[] = ["tool", "resource", "prompt"];

/** Whose credentials a review uses: those of all, or the first agent's where only agents have what they have. */
function reviewedAs(server: ServerConfig): string | undefined {
  const values = (agent?: string): number => {
    const transport = transportFor(server, agent);
    return Object.keys(transport.kind === "stdio" ? transport.env : transport.headers).length;
  };
  return Object.keys(server.credentials ?? {})
    .toSorted()
    .find((agent) => values(agent) > values());
}

async function offerOf(config: Config, server: ServerConfig, env: Env): Promise<Offer> {
  const { hide, learn } = learningGuard();
  const secrets = secretValues(env, learn);
  const agent = reviewedAs(server);
  await secrets.load(config, secretsOf(server, agent));
  const leftOut: string[] = [];
  const hooks: ServerHooks = {
    refused: (method, reason) => void leftOut.push(hide(method === undefined ? reason : `${method}: ${reason}`)),
    started: () => undefined,
    ended: () => undefined,
    hide,
  };
  const running = await openServer(server, {
    env,
    config,
    ...(agent === undefined ? {} : { agent }),
    secrets,
    learn,
    now: Date.now,
    hooks: () => hooks,
  });
  const items: Offered[] = [];
  try {
    await running.ready();
    for (const kind of KINDS) {
      for (const listed of await running.list(kind)) {
        // A definition that quotes a secret must not carry it into a file that is committed.
        const definition = JSON.parse(hide(JSON.stringify(listed))) as JsonObject;
        const name = definitionName(kind, definition);
        if (name !== undefined) items.push({ kind, name, definition });
      }
    }
    return { items, leftOut };
  } finally {
    await running.close();
    secrets.close();
  }
}

/** What says how much there is and since when, not what it is: it changes with every write, and nobody reviews it. */
const OF_CONTENT = ["/size", "/annotations/lastModified"];

function contentPointers({ kind, definition }: Offered): readonly string[] {
  if (kind !== "resource") return [];
  const { size, annotations } = definition;
  const present = [size !== undefined, isObject(annotations) && annotations["lastModified"] !== undefined];
  return OF_CONTENT.filter((_pointer, at) => present[at]);
}

const isSame = (a: Pick<Offered, "kind" | "name">, b: { readonly kind: string; readonly name: string }): boolean =>
  a.kind === b.kind && a.name === b.name;

/** What a review has to look at. */
const changesOf = (before: JsonObject, after: JsonObject, volatile: readonly string[]): readonly Difference[] =>
  differences(before, after).filter(({ pointer }) => !volatile.includes(pointer));

/** What a lock takes in and gives back; a server can offer what YAML of ours cannot say, and loses that alone (P11). */
function holdable(
  { id, endpoint }: ServerConfig,
  items: readonly Surveyed[],
): { readonly held: readonly Surveyed[]; readonly leftOut: readonly string[] } {
  const faultsIn = (some: readonly Surveyed[]): readonly Problem[] => {
    const rows = some.map((item): LockedItem => ({ ...item, access: "write", destructive: true, place: NOWHERE }));
    return readLock(NOWHERE.file, writeLock({ endpoint, items: rows }), id).problems.filter(isError);
  };
  if (faultsIn(items).length === 0) return { held: items, leftOut: [] };
  const leftOut: string[] = [];
  const held = items.filter((item) => {
    const [fault] = faultsIn([item]);
    if (fault === undefined) return true;
    const what = [fault.code, ...Object.values(fault.values)].join(" ");
    leftOut.push(`${item.kind} ${item.name}: it has what no lock can hold (${what})`);
    return false;
  });
  return { held, leftOut };
}
const NOWHERE = { file: "kidoban.lock", line: 1, column: 1 };
const isError = ({ severity }: Problem): boolean => severity === "error";

/** Throws ServerError naming the server and the cause. */
export async function surveyServer(
  config: Config,
  server: ServerConfig,
  lock: Lock | undefined,
  env: Env,
): Promise<Survey> {
  const first = await offerOf(config, server, env);
  const second = await offerOf(config, server, env);
  const known = lock?.items ?? [];
  const items = second.items.map((offered): Surveyed => {
    const { kind, name, definition } = offered;
    const twin = first.items.find((other) => isSame(offered, other));
    const locked = known.find((item) => isSame(offered, item));
    // Offered only the second time: nothing to compare it with.
    const differing = twin === undefined ? [] : differences(twin.definition, definition).map(({ pointer }) => pointer);
    const volatile = [...new Set([...differing, ...contentPointers(offered), ...(locked?.volatile ?? [])])];
    const same =
      locked !== undefined && definitionDigest(locked.definition, volatile) === definitionDigest(definition, volatile);
    return {
      kind,
      name,
      definition,
      volatile,
      proposal: propose(kind, definition),
      locked,
      changes: locked === undefined || same ? [] : changesOf(locked.definition, definition, volatile),
    };
  });
  const { held, leftOut } = holdable(server, items);
  return {
    server,
    items: held,
    gone: known.filter((item) => !held.some((offered) => isSame(offered, item))),
    leftOut: [...second.leftOut, ...leftOut],
  };
}
