/** Processes of their own that send. */

import { builtOnce } from "../programs.ts";
import { startTold, type Told } from "../told.ts";

/** What it can be told is in child.ts. `authorities`: a PEM file of certificates that it trusts beside the system's. */
export const startSender = async (authorities?: string): Promise<Told> =>
  startTold(
    await builtOnce("test/notify/child.ts"),
    [],
    authorities === undefined ? {} : { NODE_EXTRA_CA_CERTS: authorities },
  );
