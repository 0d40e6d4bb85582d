/**
 * Rights that nobody used in a period, each with a change of its manifest that takes it away. A change is offered only
 * where the files load with it and every right that changes becomes less.
 */

import { digestOf } from "../../config/files.ts";
import { parseFiles, type Loaded } from "../../config/load.ts";
import { narrowManifest, type Narrowing } from "../../config/narrow-manifest.ts";
import { hasErrors } from "../../config/problem.ts";
import type { BoundServer, Policy, Target } from "../../policy/bound.ts";
import type { LockedKind, Manifest } from "../../policy/manifest.ts";
import { compilePolicy } from "../../policy/policy.ts";
import { isShown } from "../../policy/visible.ts";
import { compareRights } from "../../policy/widening.ts";
import type { Used } from "../../report/count.ts";
import type { Suggestion, Unused } from "../../report/unused.ts";
import { compileAll } from "../policies.ts";
import { patchOf } from "./patch.ts";

const LISTS = { tool: "tools", resource: "resources", prompt: "prompts" } as const;
const KINDS: readonly LockedKind[] = ["tool", "resource", "prompt"];

interface Idea {
  readonly file: string;
  readonly narrowings: readonly Narrowing[];
  readonly told: Omit<Suggestion, "patch">;
}

/** `accepted`: digest of what is in force; undefined where nothing is. */
export function unusedRights(
  loaded: Loaded,
  folder: string,
  used: ReadonlyMap<string, Used>,
  accepted: string | undefined,
): Unused {
  const { policies, problems } = compileAll(loaded);
  const { config, sources } = loaded;
  if (config === undefined || hasErrors(problems)) return { kind: "broken" };
  const ideas = [...loaded.manifests.values()].flatMap((manifest) => {
    const policy = policies.get(manifest.agent);
    const of = used.get(manifest.agent);
    // Whose names are too many to be kept may have used anything.
    return policy === undefined || of?.all === true ? [] : ideasFor(manifest, policy, of);
  });
  const files = new Map(sources);
  const suggestions = ideas.map((idea): Suggestion => {
    const { file, narrowings, told } = idea;
    const narrows = (after: Files): boolean => isNarrower(after, folder, loaded, policies, idea);
    const steps = loadable(sources, folder, loaded, file, narrowings);
    const alone = steps === undefined ? undefined : narrowed(sources, file, steps);
    if (steps === undefined || alone === undefined || !narrows(alone)) return told;
    // What fits on top of the others goes into the patch for all of them.
    const together = narrowed(files, file, steps) ?? narrowed(files, file, narrowings);
    if (together !== undefined && narrows(together)) files.set(file, together.get(file) ?? "");
    return { ...told, patch: patchOf([{ file, before: sources.get(file) ?? "", after: alone.get(file) ?? "" }]) };
  });
  const whole = patchOf([...sources].map(([file, before]) => ({ file, before, after: files.get(file) ?? before })));
  return {
    kind: "read",
    config: config.file,
    accepted: digestOf(sources) === accepted,
    suggestions,
    ...(whole === "" || suggestions.length < 2 ? {} : { patch: whole }),
  };
}

function ideasFor(manifest: Manifest, policy: Policy, used: Used | undefined): readonly Idea[] {
  return [...grantIdeas(manifest, policy, used), ...ruleIdeas(manifest, used)];
}

/** An `allow` that let nothing through. */
const ruleIdeas = ({ agent, rules }: Manifest, used: Used | undefined): readonly Idea[] =>
  rules
    .filter(({ effect, id }) => effect === "allow" && used?.rules.has(`${agent}#${id}`) !== true)
    .map(({ id, match, place: { file, line } }) => ({
      file,
      narrowings: [{ kind: "rule", id }],
      told: { agent, kind: "rule", name: id, unused: match.map(({ text }) => text), file, line },
    }));

const shownOf = (at: BoundServer, kind: LockedKind): readonly Target[] =>
  [...at.targets[kind].values()].filter((target) => isShown(kind, target));

function grantIdeas({ agent, grants }: Manifest, policy: Policy, used: Used | undefined): readonly Idea[] {
  return grants.flatMap((grant): readonly Idea[] => {
    const { server, place } = grant;
    const at = policy.servers.get(server);
    if (at === undefined) return [];
    const { file, line } = place;
    const isUsed = (kind: string, name: string): boolean => used?.names.has(`${kind}:${server}/${name}`) === true;
    const all = KINDS.flatMap((kind) => shownOf(at, kind).map(({ item }) => ({ kind, item })));
    const unused = all.filter(({ kind, item }) => !isUsed(kind, item.name));
    const told = { agent, name: server, file, line };
    const named = (list: typeof all): readonly string[] => list.map(({ item }) => item.name).toSorted();
    if (all.length > 0 && unused.length === all.length)
      return [
        { file, narrowings: [{ kind: "server", server }], told: { ...told, kind: "server", unused: named(all) } },
      ];
    const lists = KINDS.flatMap((kind): readonly Idea[] => {
      const mine = all.filter((each) => each.kind === kind);
      const idle = mine.filter(({ item }) => !isUsed(kind, item.name));
      if (idle.length === 0) return [];
      const list = LISTS[kind];
      const names = named(mine.filter(({ item }) => isUsed(kind, item.name)));
      const narrowings = [{ kind: "list" as const, server, list, names }];
      return [{ file, narrowings, told: { ...told, kind: "list", list, unused: named(idle) } }];
    });
    const writes = all.filter(({ item }) => item.access === "write");
    const isIdle = grant.access === "read-write" && writes.length > 0 && used?.writes.has(server) !== true;
    const ceiling: Idea = {
      file,
      narrowings: [{ kind: "writes", server }],
      told: { ...told, kind: "writes", unused: named(writes) },
    };
    return isIdle ? [ceiling, ...lists] : lists;
  });
}

type Files = ReadonlyMap<string, string>;

/** The files with a change carried out; undefined where it does not fit. */
function narrowed(sources: Files, file: string, narrowings: readonly Narrowing[]): Files | undefined {
  let text = sources.get(file);
  for (const narrowing of narrowings) text = text === undefined ? undefined : narrowManifest(text, narrowing);
  return text === undefined ? undefined : new Map([...sources, [file, text]]);
}

const MOST_RULES = 20;

/** With rules that can then hold no more, which would keep the files from loading. */
function loadable(
  sources: Files,
  folder: string,
  loaded: Loaded,
  file: string,
  narrowings: readonly Narrowing[],
): readonly Narrowing[] | undefined {
  let steps = narrowings;
  for (let rules = 0; rules < MOST_RULES; rules++) {
    const after = narrowed(sources, file, steps);
    if (after === undefined) return undefined;
    const dead = deadRule(after, folder, loaded, file);
    if (dead === undefined) return steps;
    steps = [...steps, { kind: "rule", id: dead }];
  }
  return undefined;
}

/** The changed manifest alone, beside what has not changed: locks are large, and read once. */
function compiled(files: Files, folder: string, { sql, locks }: Loaded, file: string) {
  const few = new Map([...files].filter(([name]) => !name.includes("/") || name === file));
  return compileAll({ ...parseFiles(few, folder), sql, locks }, compilePolicy);
}

const deadRule = (files: Files, folder: string, loaded: Loaded, file: string): string | undefined =>
  compiled(files, folder, loaded, file).problems.find(
    ({ code, place }) => code === "allow-never-holds" && place.file === file,
  )?.values["rule"];

/** Of the one agent whose manifest it is, every right that changes becomes less. */
function isNarrower(
  files: Files,
  folder: string,
  loaded: Loaded,
  before: ReadonlyMap<string, Policy>,
  { file, told: { agent } }: Idea,
): boolean {
  const { policies, problems } = compiled(files, folder, loaded, file);
  const old = before.get(agent);
  if (hasErrors(problems) || old === undefined) return false;
  return compareRights(new Map([[agent, old]]), policies).gained.length === 0;
}
