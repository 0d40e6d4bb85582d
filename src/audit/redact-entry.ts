/** Takes secrets out of the few texts of an entry that an agent or a client may write into. What is signed stays as it is. */

import { remembered } from "../policy/remembered.ts";
import type { Claimed, EntryBody } from "./entry.ts";
import type { Redact } from "./redact.ts";

/**
 * Gives the same entry where nothing is found. A secret in an approver's signed comment stays: without it no signature
 * would fit.
 */
export function entryCleaner(redact: Redact): (entry: EntryBody) => EntryBody {
  const clean = remembered((claimed: Claimed): Claimed => {
    const texts = Object.entries(claimed).map(([name, text]: [string, string]) => [
      name,
      redact(text, false)?.text ?? text,
    ]);
    const isChanged = texts.some(([name = "", text]) => claimed[name as keyof Claimed] !== text);
    return isChanged ? Object.fromEntries(texts) : claimed;
  });

  return (entry) => {
    if (entry.kind === "server.started" || !("claimed" in entry) || entry.claimed === undefined)
      return asked(entry, redact);
    const claimed = clean(entry.claimed);
    return asked(claimed === entry.claimed ? entry : { ...entry, claimed }, redact);
  };
}

/** A name that is nothing to the agent is whatever it wrote. */
function asked(entry: EntryBody, redact: Redact): EntryBody {
  if (entry.kind !== "call.denied") return entry;
  const cleaned = redact(entry.asked, false);
  return cleaned === undefined ? entry : { ...entry, asked: cleaned.text };
}
