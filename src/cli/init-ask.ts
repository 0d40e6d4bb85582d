/** The questions of `kidoban init`, each with an option that answers it without a terminal. */

import type { GrantedAccess } from "../clients/generate.ts";
import type { en } from "../words/init.ts";
import type { Device } from "./terminal.ts";

export type Approve = "client" | "operator";

export interface Choices {
  readonly skip: readonly string[];
  readonly access: GrantedAccess;
  readonly approve: Approve;
}

/** What was answered on the command line. */
export interface Given {
  readonly skip: readonly string[] | undefined;
  readonly access: GrantedAccess | undefined;
  readonly approve: Approve | undefined;
}

/** With `--yes`: reads pass, writes ask in a terminal. */
export const defaults = (given: Given): Choices => ({
  skip: given.skip ?? [],
  access: given.access ?? "read-write",
  approve: given.approve ?? "operator",
});

/** Options that would have answered what cannot be asked. */
export const unanswered = (given: Given): readonly string[] => [
  ...(given.access === undefined ? ["--access"] : []),
  ...(given.approve === undefined ? ["--approve"] : []),
];

/** Asks what was not given; undefined where the person stops. `names`: the servers that can be wrapped. */
export async function ask(
  device: Device,
  words: typeof en,
  given: Given,
  names: readonly string[],
): Promise<Choices | undefined> {
  const { isCancel, multiselect, select } = await import("@clack/prompts");
  const where = { input: device.input, output: device.output };
  const { accessOption, approveOption } = words.ask;

  const chosen =
    given.skip !== undefined || names.length < 2
      ? names
      : await multiselect({
          message: words.ask.servers,
          options: names.map((value) => ({ value })),
          initialValues: [...names],
          ...where,
        });
  if (isCancel(chosen)) return undefined;

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
  return { skip: given.skip ?? names.filter((name) => !chosen.includes(name)), access, approve };
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
