/** The people of one configuration, as they may have a say now; read again only when what is accepted or on disk changed. */

import { readFile } from "node:fs/promises";
import type { Approver } from "../../approval/approver.ts";
import type { Store } from "../../store/store.ts";
import { approversOf } from "../approvers-now.ts";

/** `config`: absolute path of the kidoban.yaml. Nobody, as long as nothing of it is accepted. */
export function peopleOf(store: Store, config: string): () => Promise<readonly Approver[]> {
  let known: { readonly stamp: string; readonly people: readonly Approver[] } | undefined;
  return async () => {
    const [digest, onDisk] = await Promise.all([
      store.acceptedDigest(config),
      readFile(config, "utf8").catch(() => ""),
    ]);
    const stamp = `${digest ?? ""}\n${onDisk}`;
    if (known?.stamp === stamp) return known.people;
    const accepted = await store.accepted(config);
    const people = accepted === undefined ? [] : await approversOf(accepted);
    known = { stamp, people };
    return people;
  };
}
