/** The desk over this person's state, with everybody who may answer now, and a stream of its own to record in. */

import type { Desk } from "../approval/desk.ts";
import { approversNow } from "../compose/approvers-now.ts";
import { keepsNow } from "../compose/keeps-now.ts";
import { lockedNow } from "../compose/locked-now.ts";
import { openState } from "../compose/state.ts";
import { storeDesk } from "../store/desk.ts";
import type { Context } from "./context.ts";

export interface OpenDesk {
  readonly desk: Desk;
  /** Where passkeys are: the origins of the console at which some approver has enrolled one. */
  consoles(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Throws what `openState` throws. */
export async function openDesk(context: Context): Promise<OpenDesk> {
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  const { store, log } = state;
  return {
    desk: storeDesk({
      store,
      approvers: () => approversNow(store, context.now()),
      async record(entry) {
        log.record(entry);
        await log.synced();
      },
      body: async (json, request) => {
        const { keeps, hidden } = await keepsNow(store, request);
        return log.body(json, keeps && "json", undefined, hidden);
      },
      locked: (request) => lockedNow(store, request),
      now: context.now,
    }),
    async consoles() {
      const passkeys = (await approversNow(store, context.now())).flatMap((approver) => approver.passkeys ?? []);
      return [...new Set(passkeys.map(({ origin }) => origin))];
    },
    close: () => state.close("desk closed"),
  };
}
