/**
 * Proves what entries say of replaced keys: the note beside the ledger says the same, and where somebody had to let it
 * through, they signed it. Pure.
 */

import { may } from "../approval/approver.ts";
import { assuranceOf, type Proof } from "../approval/proof.ts";
import type { ArchivedConfig } from "./archive.ts";
import type { EntryBody } from "./entry.ts";
import type { Fault } from "./fault.ts";
import type { History } from "./history.ts";
import type { Rotation } from "./rotation.ts";

type Rotated = Extract<EntryBody, { readonly kind: "key.rotated" }>;

/** What a person signs who lets a key be replaced; keys as `verifierText` writes them, times ms since the epoch. */
export interface RotationLeave {
  readonly v: 1;
  readonly from: string;
  readonly to: string;
  readonly approver: string;
  readonly acceptedAt: number;
}

export const ROTATION_DOMAIN = "kidoban-rotate/v1";

interface At {
  readonly stream: string;
  readonly line: number;
  readonly at: number;
}

type Read = (digest: string) => Promise<ArchivedConfig | string | undefined>;

/**
 * Of the configuration that was accepted here first of those that name anybody: a first acceptance needs no signature, so
 * nobody may bring a configuration to replace the key with.
 */
async function signersAt(history: History, at: number, read: Read) {
  for (const path of history.paths()) {
    const [last] = history.lastOf(path, at);
    const config = last === undefined ? undefined : await read(last.body.digest);
    if (config === undefined || typeof config === "string" || config.approvers.length === 0) continue;
    return config.approvers.filter((one) => may(one, "issue"));
  }
  return [];
}

async function isLeft({ from, to, consent }: Rotated, at: number, history: History, read: Read): Promise<boolean> {
  const signers = await signersAt(history, at, read);
  if (signers.length === 0) return true;
  if (consent === undefined) return false;
  const { approver, acceptedAt, ...proof } = consent;
  const leave: RotationLeave = { v: 1, from, to, approver, acceptedAt };
  return signers.some((one) => one.name === approver && isSigned(leave, proof, one));
}

const isSigned = (leave: RotationLeave, proof: Proof, by: Parameters<typeof assuranceOf>[3]): boolean =>
  assuranceOf(ROTATION_DOMAIN, leave, proof, by) !== undefined;

export function rotationProof() {
  const rotated: { readonly place: At; readonly body: Rotated }[] = [];
  return {
    take: (body: Rotated, place: At): void => void rotated.push({ body, place }),
    /** `told`: of the file beside the ledger. */
    async end(told: readonly (Rotation | undefined)[], history: History, read: Read): Promise<Fault | undefined> {
      const isTold = ({ from, to, size, root }: Rotated): boolean =>
        told.some((each) => each?.from === from && each.to === to && each.size === size && each.root === root);
      for (const { body, place } of rotated) {
        const { stream: file, line, at } = place;
        if (!isTold(body)) return { code: "rotation", file, line, found: body.to };
        if (!(await isLeft(body, at, history, read))) return { code: "rotation-unsigned", file, line, found: body.to };
      }
      return undefined;
    },
  };
}
