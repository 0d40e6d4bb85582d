/** The lines of the ledger: how a leaf is written and read back. Knows no file and no store. */

import type { LedgerLeaf } from "./log.ts";
import { momentOf } from "./moment.ts";

const HEX64 = /^[0-9a-f]{64}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const STATES: ReadonlySet<string> = new Set<LedgerLeaf["state"]>(["opened", "open", "closed", "recovered"]);

/** The one serialisation of a leaf; its UTF-8 bytes are what the ledger's tree is made of. */
export const ledgerLine = (leaf: LedgerLeaf): string =>
  `{"v":1,"stream":${JSON.stringify(leaf.stream)},"size":${leaf.size},"root":"${leaf.root}","state":"${leaf.state}","time":"${leaf.time}"}`;

/** Reads a leaf back; undefined unless the line is exactly what `ledgerLine` writes. */
export function parseLedgerLine(line: string): LedgerLeaf | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { stream, size, root, state, time } = value as Record<string, unknown>;
  if (typeof stream !== "string" || typeof size !== "number" || typeof root !== "string") return undefined;
  if (typeof state !== "string" || typeof time !== "string" || !STATES.has(state)) return undefined;
  if (!Number.isSafeInteger(size) || size < 0 || !HEX64.test(root) || !TIME.test(time) || momentOf(time) === undefined)
    return undefined;
  const leaf: LedgerLeaf = { stream, size, root, state: state as LedgerLeaf["state"], time };
  return ledgerLine(leaf) === line ? leaf : undefined;
}
