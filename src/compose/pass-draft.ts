/** Passes by what people name: drafts one from the accepted files, and opens the desk where it is signed. */

import { dirname } from "node:path";
import { definitionDigest } from "../approval/definition.ts";
import { exactArguments, passBodyFault, type Bound, type PassBody } from "../approval/pass.ts";
import type { PassDesk, PassTerms } from "../approval/pass-desk.ts";
import { parseFiles } from "../config/load.ts";
import { argumentSchema } from "../policy/definition.ts";
import type { JsonObject } from "../policy/json.ts";
import { argumentCheck } from "../policy/schema.ts";
import { storePassDesk } from "../store/pass-desk.ts";
import type { Store } from "../store/store.ts";
import { approversOf } from "./approvers-now.ts";
import { callNamed } from "./named-call.ts";
import type { State } from "./state.ts";

export interface PassWish extends PassTerms {
  readonly config: string;
  readonly agent: string;
  /** As files write it, or as agents see it. */
  readonly call: string;
  readonly args: JsonObject | { readonly within: Readonly<Record<string, Bound>> };
}

/** `not-accepted`: no configuration is, so nobody could sign. `arguments`: they do not fit the schema, at `detail`. */
type DraftFault =
  | "not-accepted"
  | "no-such-agent"
  | "no-such-call"
  | "destructive"
  | "arguments"
  | NonNullable<ReturnType<typeof passBodyFault>>;

export type Drafted =
  | { readonly kind: "drafted"; readonly body: PassBody }
  | { readonly kind: "refused"; readonly why: DraftFault; readonly detail?: string };

const refused = (why: DraftFault, detail?: string): Drafted => ({
  kind: "refused",
  why,
  ...(detail === undefined ? {} : { detail }),
});

const isWithin = (args: PassWish["args"]): args is { readonly within: Readonly<Record<string, Bound>> } =>
  "within" in args && Object.keys(args).length === 1 && typeof args.within === "object";

/** From what is accepted, which is what gates go by; a change that waits would make it count for nothing. */
export async function draftPass(
  store: Store,
  { config: path, call: text, args, agent, ...terms }: PassWish,
): Promise<Drafted> {
  const accepted = await store.accepted(path);
  if (accepted === undefined) return refused("not-accepted");
  const { config, locks, manifests } = parseFiles(accepted.files, dirname(path));
  if (config === undefined) return refused("not-accepted");
  if (!manifests.has(agent)) return refused("no-such-agent");
  const call = callNamed(config, locks, text);
  if ("unknown" in call) return refused("no-such-call", call.suggestion);
  const item = locks.get(call.server)?.items.find(({ kind, name }) => kind === call.kind && name === call.name);
  if (item === undefined) return refused("no-such-call", call.suggestion);
  if (item.destructive) return refused("destructive");
  const uri: JsonObject = call.uri === undefined ? {} : { uri: call.uri };
  if (!isWithin(args) && call.kind === "tool") {
    const misfit = argumentCheck(argumentSchema(item))(args);
    if (misfit !== undefined) return refused("arguments", misfit);
  }
  const body: PassBody = {
    v: 1,
    config: path,
    agent,
    server: call.server,
    endpoint: config.servers.get(call.server)?.endpoint ?? "",
    kind: call.kind,
    name: call.name,
    definition: definitionDigest(item.definition, item.volatile),
    arguments: isWithin(args) ? { kind: "within", bounds: args.within } : exactArguments({ ...uri, ...args }),
    ...terms,
  };
  const fault = passBodyFault(body);
  return fault === undefined ? { kind: "drafted", body } : refused(fault);
}

/** With the approvers whom the pass's own configuration has now. */
export const passDeskOf = ({ store, log }: State, now: () => number): PassDesk =>
  storePassDesk({
    store,
    async approvers(config) {
      const accepted = await store.accepted(config);
      return accepted === undefined ? [] : approversOf(accepted, store, now());
    },
    async record(entry) {
      log.record(entry);
      await log.synced();
    },
    now,
  });
