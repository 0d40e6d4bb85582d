/**
 * The gate's own calls for an approver, each tied to the question that it was made for: a question of the same agent about
 * that tool follows in its stream, or its use, before which the state is read again. One that nothing follows shows nothing,
 * and neither does one whose arguments are not there. Pure.
 */

import type { EntryBody } from "./entry.ts";
import type { Reconsidered } from "./reconsider.ts";

type Preview = Extract<Reconsidered, { readonly kind: "preview" }>;
type Question = Extract<EntryBody, { readonly kind: "request.opened" | "request.claimed" }>;

const keyOf = (agent: string, server: string, tool: string): string => JSON.stringify([agent, server, tool]);

/** `asked`: of all streams, which tool each request is about; filled. */
export function previewTies(asked: Map<string, string>) {
  let open: { readonly keys: readonly string[]; readonly preview: Preview }[] = [];
  let [proven, unsettled, unproven] = [0, 0, 0];

  function count({ isTrial, isKnown }: Preview, isTied: boolean): void {
    if (isTied && isKnown) {
      proven++;
      return;
    }
    unsettled++;
    // What it reads for a question is a read whatever follows; a trial is a write unless it is shown to be none.
    if (isTrial) unproven++;
  }

  return {
    preview(agent: string, server: string, preview: Preview): void {
      open.push({ keys: preview.of.map((tool) => keyOf(agent, server, tool)), preview });
    },
    question(body: Question): void {
      if (body.kind === "request.opened")
        asked.set(body.request, keyOf(body.agent, body.target.server, body.target.name));
      const key = asked.get(body.request);
      // One question had one, and it was the last.
      const at = open.findLastIndex(({ keys }) => key !== undefined && keys.includes(key));
      const tied = open[at];
      if (tied === undefined) return;
      open = open.toSpliced(at, 1);
      count(tied.preview, true);
    },
    end() {
      for (const { preview } of open) count(preview, false);
      open = [];
      return { proven, unsettled, unproven };
    },
  };
}
