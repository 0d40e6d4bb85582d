/** Puts on record what was made of the log, and who signed it off, before anybody has it. */

import type { EntryBody } from "../../audit/entry.ts";
import { keysOf } from "../../approval/approver.ts";
import { isSignedOff, type SignOff } from "../../approval/sign-off.ts";
import { approversNow } from "../approvers-now.ts";
import { openState } from "../state.ts";

type Made = Omit<Extract<EntryBody, { readonly kind: "export.made" }>, "by">;

/** Whose state it is, and who they are to the system. */
export interface Recorder {
  readonly stateDir: string;
  readonly env: { readonly user: string };
  readonly now: () => number;
}

/** Durable when it resolves. Throws what `openState` throws. */
export async function recordExport({ stateDir, env, now }: Recorder, made: Made): Promise<void> {
  const state = await openState(stateDir, { role: "tool", now });
  try {
    state.log.record({ ...made, by: env.user });
    await state.log.synced();
  } finally {
    await state.close("export recorded");
  }
}

/** Durable when it resolves to true; false where the key is no accepted approver's. Throws what `openState` throws. */
export async function recordSignOff({ stateDir, now }: Recorder, signed: SignOff, key: string): Promise<boolean> {
  const state = await openState(stateDir, { role: "tool", now });
  try {
    const { v: _v, ...said } = signed.body;
    const known = (await approversNow(state.store, now())).some(
      (each) => each.name === said.approver && keysOf(each).includes(key),
    );
    if (!known || !isSignedOff(signed)) return false;
    const { key: by, signature, passkey } = signed;
    state.log.record({
      kind: "report.signed",
      ...said,
      key: by,
      signature,
      ...(passkey === undefined ? {} : { passkey }),
    });
    await state.log.synced();
    return true;
  } finally {
    await state.close("report signed");
  }
}
