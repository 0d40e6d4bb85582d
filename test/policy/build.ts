/** Sources for policies, written short. */

import type { Call, Effect, Kind } from "../../src/policy/call.ts";
import type { Json, JsonObject } from "../../src/policy/json.ts";
import type {
  Grant,
  LockedItem,
  Pattern,
  Place,
  PolicySources,
  Problem,
  Rule,
  SharedRule,
} from "../../src/policy/manifest.ts";
import { decide, type Live } from "../../src/policy/decide.ts";
import { isProblem, parsePattern } from "../../src/policy/pattern.ts";
import { compilePolicy, type Policy } from "../../src/policy/policy.ts";

export const place = (line: number, file = "manifests/scribe.yaml"): Place => ({ file, line, column: 1 });
export const calm: Live = { quarantined: () => false };

export const MINUTE = 60_000;
export const floor: PolicySources["floor"] = {
  from: [],
  need: 1,
  assurance: "operator",
  expiresMs: 15 * MINUTE,
  redeemMs: 5 * MINUTE,
};

/** Properties and the names of those that are required. */
export const schema = (properties: JsonObject, ...required: string[]): JsonObject => ({
  $schema: "http://json-schema.org/draft-07/schema#",
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
export const text: JsonObject = { type: "string" };

export interface Item extends Partial<Omit<LockedItem, "readWhen">> {
  readonly input?: Json;
  readonly readWhen?: string;
}

export function item(name: string, access: LockedItem["access"], { input, readWhen, ...more }: Item = {}): LockedItem {
  const kind: Kind = more.kind ?? "tool";
  return {
    kind,
    name,
    access,
    destructive: false,
    volatile: [],
    definition: { name, ...(kind === "tool" && { inputSchema: input ?? schema({}) }) },
    ...(readWhen !== undefined && { readWhen: { source: readWhen, place: place(1, "kidoban.lock/files.yaml") } }),
    place: place(1, "kidoban.lock/files.yaml"),
    ...more,
  };
}

/** A small file server and a tracker, as most tests want them. */
const path = schema({ path: text }, "path");
export const FILES: readonly LockedItem[] = [
  item("read_file", "read", { input: path }),
  item("list_directory", "read", { input: path }),
  item("write_file", "write", { input: schema({ path: text, content: text }, "path", "content") }),
  item("move_file", "write", { input: schema({ source: text, destination: text }, "source", "destination") }),
  item("delete_file", "write", { input: path, destructive: true }),
  item("file:///notes", "read", { kind: "resource", definition: { uri: "file:///notes", name: "notes" } }),
  item("summary", "read", {
    kind: "prompt",
    definition: { name: "summary", arguments: [{ name: "topic", required: true }] },
  }),
];
export const TRACKER: readonly LockedItem[] = [
  item("search_issues", "read", { input: schema({ query: text, limit: { type: "integer" } }, "query") }),
  item("create_issue", "write", { input: schema({ title: text, labels: { type: "array", items: text } }, "title") }),
  item("query", "write", { input: schema({ sql: text }, "sql"), readWhen: "args.sql.startsWith('SELECT ')" }),
];

export interface Line extends Partial<Omit<Rule, "effect" | "match" | "when" | "examples">> {
  readonly match: readonly string[];
  readonly when?: string;
  readonly examples?: readonly { readonly call: string; readonly args?: JsonObject; readonly effect: Effect }[];
}

export function rule<E extends Effect>(
  id: string,
  effect: E,
  { match, when, examples, ...more }: Line,
): Rule & { readonly effect: E } {
  const at = more.place ?? place(10);
  return {
    id,
    effect,
    match: match.map((each) => pattern(each, at)),
    ...(when !== undefined && { when: { source: when, place: at } }),
    examples: (examples ?? []).map(({ call, args, effect }) => ({ call, args: args ?? {}, effect, place: at })),
    place: at,
    ...more,
  };
}

export function pattern(written: string, at: Place = place(1)): Pattern {
  const parsed = parsePattern(written, at);
  if (isProblem(parsed)) throw new Error(`${written}: ${parsed.code}`);
  return parsed;
}

export interface Wanted {
  readonly files?: readonly LockedItem[];
  readonly tracker?: readonly LockedItem[];
  readonly grants?: readonly Partial<Grant>[];
  readonly org?: readonly SharedRule[];
  readonly rules?: readonly Rule[];
  readonly floor?: Partial<PolicySources["floor"]>;
  /** Endpoint of `files` now; its lock says "files-server". */
  readonly endpoint?: string;
  readonly root?: string | null;
}

export function sources(wanted: Wanted = {}): PolicySources {
  const { root = "/work" } = wanted;
  const grants = wanted.grants ?? [{ server: "files" }, { server: "tracker" }];
  return {
    manifest: {
      agent: "scribe",
      grants: grants.map((each) => ({ server: "files", access: "read-write", place: place(3), ...each })),
      rules: wanted.rules ?? [],
      inFlight: 128,
      place: place(1),
    },
    rules: wanted.org ?? [],
    floor: { ...floor, ...wanted.floor },
    locks: new Map([
      ["files", { server: "files", endpoint: "files-server", items: wanted.files ?? FILES, place: place(1) }],
      [
        "tracker",
        { server: "tracker", endpoint: "https://tracker.example", items: wanted.tracker ?? TRACKER, place: place(1) },
      ],
    ]),
    servers: new Map([
      ["files", { endpoint: wanted.endpoint ?? "files-server", ...(root !== null && { root }) }],
      ["tracker", { endpoint: "https://tracker.example" }],
    ]),
  };
}

/** Throws when anything is wrong that would stop a load. */
export function policyOf(wanted: Wanted | PolicySources = {}): Policy {
  const { policy, problems } = compilePolicy("manifest" in wanted ? wanted : sources(wanted));
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return policy;
}

export const problemsOf = (wanted: Wanted): readonly Problem[] => compilePolicy(sources(wanted)).problems;

/** A call written as `kind:server/name`; a resource is read by its name, where `args` names no other URI. */
export function call(written: string, args: JsonObject = {}, agent = "scribe"): Call {
  const { kind, server, name } = pattern(written);
  return { agent, server, kind, name, args: kind === "resource" ? { uri: name, ...args } : args };
}

export const resource = (uri: string, access: LockedItem["access"] = "read"): LockedItem =>
  item(uri, access, { kind: "resource", definition: { uri, name: uri } });
export const template = (uriTemplate: string, access: LockedItem["access"] = "read"): LockedItem =>
  item(uriTemplate, access, { kind: "resource", definition: { uriTemplate, name: uriTemplate } });
/** With arguments that are all optional. */
export const prompt = (name: string, access: LockedItem["access"] = "read", ...args: string[]): LockedItem =>
  item(name, access, { kind: "prompt", definition: { name, arguments: args.map((each) => ({ name: each })) } });

export const decided = (wanted: Wanted, written: string, args?: JsonObject, live: Live = calm) =>
  decide(policyOf(wanted), call(written, args), live);
