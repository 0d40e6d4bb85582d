/** The questions of `kidoban init`, each with an option that answers it without a terminal. */

import { visibleLine } from "../approval/visible.ts";
import type { GrantedAccess } from "../clients/generate.ts";
import type { Moved } from "../clients/plan.ts";
import type { en } from "../words/init.ts";
import type { Approve, Choices } from "./init-choices.ts";
import { startsText } from "./init-show.ts";
import type { Device } from "./terminal.ts";

/** What was answered on the command line. */
export interface Given {
  readonly access: GrantedAccess | undefined;
  readonly approve: Approve | undefined;
  /** Project files too. */
  readonly project: boolean;
}

/** With `--yes`: reads pass, writes ask in a terminal. */
export const defaults = (given: Given, servers: readonly Moved[]): Choices => ({
  servers: servers.filter((server) => isVouched(server, given)),
  access: given.access ?? "read-write",
  approve: given.approve ?? "operator",
});

/**
 * Whether a server may be started without a look at it. What stands in a project's file may come from a cloned
 * repository, and reviewing a server runs it.
 */
const isVouched = ({ at }: Moved, { project }: Given): boolean => project || at.scope === "user";

/** Options that would have answered what cannot be asked. */
export const unanswered = (given: Given): readonly string[] => [
  ...(given.access === undefined ? ["--access"] : []),
  ...(given.approve === undefined ? ["--approve"] : []),
];

/** Asks what was not given; undefined where the person stops or chooses nothing. */
export async function ask(
  device: Device,
  words: typeof en,
  given: Given,
  servers: readonly Moved[],
): Promise<Choices | undefined> {
  const { isCancel, multiselect, select } = await import("@clack/prompts");
  // The questions tell the keys in the person's language; the library's own line is English.
  const where = { input: device.input, output: device.output, showInstructions: false };
  const { accessOption, approveOption } = words.ask;

  const chosen = await multiselect({
    message: words.ask.servers,
    options: servers.map((value) => ({ value, label: visibleLine(value.name), hint: startsText(value.starts) })),
    initialValues: servers.filter((server) => isVouched(server, given)),
    required: false,
    ...where,
  });
  if (isCancel(chosen) || chosen.length === 0) return undefined;

  const access =
    given.access ??
    (await select<GrantedAccess>({
      message: words.ask.access,
      initialValue: "read-write",
      options: (["read-write", "read-only"] as const).map((value) => ({ value, label: accessOption[value] })),
      ...where,
    }));
  if (isCancel(access)) return undefined;

  const approve =
    given.approve ??
    (access === "read-only"
      ? "operator"
      : await select<Approve>({
          message: words.ask.approve,
          initialValue: "operator",
          options: (["operator", "client"] as const).map((value) => ({ value, label: approveOption[value] })),
          ...where,
        }));
  if (isCancel(approve)) return undefined;
  return { servers: chosen, access, approve };
}

/** The last question; false where the person says no or stops. */
export async function confirmed(device: Device, words: typeof en): Promise<boolean> {
  const { confirm } = await import("@clack/prompts");
  const { go, yes, no } = words.ask;
  const answer = await confirm({
    message: go,
    active: yes,
    inactive: no,
    initialValue: false,
    input: device.input,
    output: device.output,
  });
  return answer === true;
}
