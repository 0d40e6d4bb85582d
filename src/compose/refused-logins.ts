/** Records who was not let in, and no more often than a log can bear: strangers must not be able to fill it. */

import type { AuditLog } from "../audit/log.ts";

export interface RefusedLogin {
  readonly reason: string;
  /** The address it came from. */
  readonly from: string;
  /** Public id, where it is one of ours. */
  readonly token?: string;
  readonly agent?: string;
}

/** As many at once, then one each interval, which counts those between. */
const BURST = 10;
const INTERVAL_MS = 10_000;

export interface RefusedLogins {
  refused(login: RefusedLogin): void;
  /** Records what has only been counted. */
  flush(): void;
}

export function refusedLogins(log: AuditLog, now: () => number): RefusedLogins {
  let left = BURST;
  let since = now();
  let counted = 0;
  let last: RefusedLogin | undefined;
  const flush = (): void => {
    if (last !== undefined) log.record({ kind: "auth.refused", ...last, times: counted });
    last = undefined;
    counted = 0;
  };
  return {
    refused(login) {
      const intervals = Math.floor((now() - since) / INTERVAL_MS);
      if (intervals > 0) {
        left = Math.min(BURST, left + intervals);
        since = now();
      }
      last = login;
      counted += 1;
      if (left === 0) return;
      left -= 1;
      flush();
    },
    flush,
  };
}
