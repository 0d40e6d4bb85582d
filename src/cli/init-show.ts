/** What `kidoban init` says: the plan, the limits of each choice, the outcome. Text and JSON of the same facts. */

import { visibleLine } from "../approval/visible.ts";
import type { GateEntry } from "../clients/client-file.ts";
import type { Discovered, FileFault } from "../clients/discover.ts";
import type { Failure, InstallAnswer, Installation } from "../clients/install.ts";
import type { Left, Plan } from "../clients/plan.ts";
import type { ToolFilter } from "../clients/tool-filter.ts";
import { blotSecrets } from "../config/secret-patterns.ts";
import type { en } from "../words/init.ts";
import type { Choices } from "./init-choices.ts";

type Words = typeof en;

/** Everything that was found, by client and file, with what becomes of it. */
export function foundText(plan: Plan, discovered: Discovered, secretsDir: string, words: Words): string {
  const isJoint = plan.edits.some(({ changes }) => changes.some(({ becomes }) => becomes?.joint === true));
  const blocks = discovered.files.map(({ client, at }) => {
    const moving = plan.moving.filter((move) => move.at === at);
    const left = plan.left.filter(({ file }) => file === at.file);
    return [
      `  ${client.title}  ${visibleLine(at.file)}`,
      ...moving.flatMap(({ name, id, starts, filter }) => [
        `    ✓ ${words.becomes(visibleLine(name), id)}`,
        `        ${startsText(starts)}`,
        ...(filter === undefined ? [] : [`        ${filterText(filter, isJoint, words)}`]),
      ]),
      ...left.map((one) => `    ! ${words.left(visibleLine(one.name), whyText(one, words))}`),
      ...(client.client === "codex" && moving.length > 0 ? [`    ${words.codexAsks}`] : []),
    ].join("\n");
  });
  const shared = plan.edits
    .filter(({ at }) => at.scope === "project")
    .map(({ at }) => words.sharedFile(visibleLine(at.file)));
  return [
    words.found,
    ...blocks,
    ...discovered.faults.map((fault) => `  ! ${faultText(fault, words)}`),
    ...(plan.wrapped === 0 ? [] : [`  ${words.wrapped(plan.wrapped)}`]),
    ...(plan.secrets.length === 0 ? [] : ["", words.secrets(plan.secrets.length, visibleLine(secretsDir))]),
    ...(shared.length === 0 ? [] : ["", ...shared]),
    ...(isJoint ? ["", words.jointNames] : []),
    "",
  ].join("\n");
}

const namesText = (names: readonly string[]): string => visibleLine(names.join(", "));

/** What the client limits a server's tools to, and where that goes. */
function filterText({ allow, deny }: ToolFilter, isJoint: boolean, words: Words): string {
  if (!isJoint) return words.filterStays;
  return words.filterMoves(allow && namesText(allow), deny.length === 0 ? undefined : namesText(deny));
}

/** What a gate would start, for a look at it; whatever could be a secret that was not told as one is blotted out. */
export const startsText = (starts: readonly string[]): string => visibleLine(blotSecrets(starts.join(" ")));

// One function per reason; those that name nothing take the value and leave it.
const whyText = ({ why, value = "" }: Left, words: Words): string => words.why[why](visibleLine(value));

function faultText(fault: FileFault, words: Words): string {
  switch (fault.kind) {
    case "not-utf8":
      return words.notUtf8(visibleLine(fault.file));
    case "unreadable":
      return words.unreadableFile(visibleLine(fault.file), fault.line, fault.column, visibleLine(fault.fault));
  }
}

/** What the choices do not protect against. */
export const limitsText = ({ access, approve }: Choices, words: Words): string =>
  [
    words.ask.accessLimits[access],
    ...(access === "read-only" ? [] : [words.ask.approveLimits[approve]]),
    words.limits,
    "",
  ].join("\n");

export function failureText(failure: Failure, words: Words): string {
  switch (failure.step) {
    case "pin":
      return words.failed.pin(failure.reason);
    case "try":
      return words.failed.try(gateName(failure.entry), failure.reason);
    case "write":
      return words.failed[failure.code](visibleLine(failure.path));
  }
}

/** The same for programs. Names of secrets only. */
export const planJson = (plan: Plan, discovered: Discovered): Readonly<Record<string, unknown>> => ({
  servers: plan.servers.map(({ id, title }) => ({ id, title })),
  agents: Object.fromEntries(plan.agents),
  filters: Object.fromEntries([...plan.filters].map(([agent, own]) => [agent, Object.fromEntries(own)])),
  secrets: plan.secrets.map(({ name, file }) => ({ name, file })),
  changes: plan.edits.map(({ client, at }) => ({ client: client.client, file: at.file, scope: at.scope })),
  left: plan.left,
  unreadable: discovered.faults,
  wrapped: plan.wrapped,
});

/** The files of a dry run. */
export const writesText = ({ ownFiles, narrowed, clientFiles }: Installation, words: Words): string =>
  [
    words.dryRun,
    ...[...ownFiles, ...narrowed].map(({ path }) => words.wouldWrite(visibleLine(path))),
    ...clientFiles.map(({ path }) => words.wouldChange(visibleLine(path))),
    "",
  ].join("\n");

export type Installed = Extract<InstallAnswer, { readonly kind: "installed" }>;

/** `cursor / files`, or the agent alone for a gate for all. */
export function gateName({ args }: GateEntry): string {
  const [agent = "", , server] = args.slice(args.indexOf("--agent") + 1);
  return server === undefined ? agent : `${agent} / ${server}`;
}

export function readyText(
  plan: Plan,
  { access, approve }: Choices,
  config: string,
  { backup, empty }: Installed,
  words: Words,
): string {
  const clients = [...new Set(plan.edits.map(({ client }) => client.title))].join(", ");
  const file = visibleLine(config);
  const next = [
    ...(empty.length > 0 ? [words.nextAccept(file, empty.map(gateName))] : []),
    ...(access === "read-write" && approve === "operator" ? [words.nextApprover(file)] : []),
    words.nextCheck(file),
    words.nextRestart(clients),
  ];
  return [
    words.ready,
    words.written(file),
    words.backup(visibleLine(backup)),
    "",
    words.next,
    ...next.map((step, index) => `  ${index + 1}. ${step}`),
    "",
  ].join("\n");
}
