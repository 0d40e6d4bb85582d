/** The people of one configuration, as they may have a say now; the files are read again only when what is accepted or on disk changed. */

import { readFile } from "node:fs/promises";
import type { Approver } from "../../approval/approver.ts";
import type { Store } from "../../store/store.ts";
import { countingOf, namedIn, type Named } from "../approvers-now.ts";

/** `config`: absolute path of the kidoban.yaml. Nobody, as long as nothing of it is accepted. */
export function peopleOf(store: Store, config: string, now: () => number): () => Promise<readonly Approver[]> {
  let known: { readonly stamp: string; readonly named: Named } | undefined;
  return async () => {
    const [digest, onDisk] = await Promise.all([
      store.acceptedDigest(config),
      readFile(config, "utf8").catch(() => ""),
    ]);
    const stamp = `${digest ?? ""}\n${onDisk}`;
    if (known?.stamp !== stamp) {
      const accepted = await store.accepted(config);
      known = { stamp, named: accepted === undefined ? { approvers: [], oidcs: [] } : await namedIn(accepted) };
    }
    return countingOf(store, config, known.named, now());
  };
}
