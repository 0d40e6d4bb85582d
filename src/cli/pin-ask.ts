/** The two questions of `kidoban pin` over its pre-filled table: what reads, and what cannot be undone. */

import { visibleLine } from "../approval/visible.ts";
import { wordOf, type PinRow } from "../compose/pinning.ts";
import type { Survey } from "../compose/survey.ts";
import type { en } from "../words/pin.ts";
import type { Context } from "./context.ts";
import { forgetTyped } from "./keys.ts";

type Words = typeof en;

/** Tools go by their names alone, as the table before has them first. */
function labelOf({ offered }: PinRow, words: Words): string {
  const name = visibleLine(offered.name);
  return offered.kind === "tool" ? name : `${words.kinds[wordOf(offered)]} ${name}`;
}

/** Undefined when the human leaves, or there is no terminal. */
export async function review(
  context: Context,
  survey: Survey,
  rows: readonly PinRow[],
  words: Words,
): Promise<readonly PinRow[] | undefined> {
  const device = context.terminal.device();
  if (device === undefined) return undefined;
  const { multiselect, isCancel } = await import("@clack/prompts");
  await forgetTyped(device);
  /** Answers with places in `rows`: a tool and a prompt may share a name. */
  const ask = async (
    message: string,
    among: readonly number[],
    chosen: (row: PinRow) => boolean,
  ): Promise<ReadonlySet<number> | undefined> => {
    if (among.length === 0) return new Set();
    const options = among.flatMap((at) => {
      const row = rows[at];
      return row === undefined ? [] : [{ value: at, label: labelOf(row, words), row }];
    });
    const picked = await multiselect({
      message,
      options: options.map(({ value, label }) => ({ value, label })),
      initialValues: options.filter(({ row }) => chosen(row)).map(({ value }) => value),
      required: false,
      showInstructions: false,
      input: device.input,
      output: device.output,
    });
    return isCancel(picked) ? undefined : new Set(picked);
  };
  try {
    const all = [...rows.keys()];
    const reads = await ask(words.chooseReads(survey.server.id), all, ({ access }) => access === "read");
    if (reads === undefined) return undefined;
    const writes = all.filter((at) => !reads.has(at));
    const destructive = await ask(
      words.chooseDestructive(survey.server.id),
      writes,
      // A read that was taken from the reads destroys until somebody says that it does not.
      (row) => row.access === "read" || row.destructive,
    );
    if (destructive === undefined) return undefined;
    return rows.map(({ offered }, at) => ({
      offered,
      access: reads.has(at) ? "read" : "write",
      destructive: destructive.has(at),
    }));
  } finally {
    device.close();
  }
}
