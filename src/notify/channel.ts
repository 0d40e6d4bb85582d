/** A channel ready to be sent to: secrets filled in, addresses still to be checked where the connection is made. Shapes only. */

import type { Language } from "../words/words.ts";

/** Filled in, so it may hold a secret: never for a log or an error. */
export type Target =
  | { readonly kind: "webhook"; readonly url: string; readonly secret: string }
  | { readonly kind: "slack" | "teams"; readonly url: string }
  | {
      readonly kind: "smtp";
      readonly host: string;
      readonly port: number;
      /** From the first byte; otherwise by STARTTLS, which must succeed unless the server is this machine. */
      readonly tls: boolean;
      readonly login?: { readonly user: string; readonly password: string };
      readonly from: string;
      /** One: of several, each has a channel of its own, so that one refused address is no other's loss. */
      readonly to: string;
    };

export interface Channel {
  /** What the channel is configured as, by digest. */
  readonly id: string;
  readonly name: string;
  readonly language: Language;
  /** How near to this machine its address may lie. */
  readonly reach: Reach;
}

/** From far to near; see mcp/oauth/reach.ts, which compose hands in. */
export type Reach = "public" | "private" | "loopback";

/** What an attempt came to. `problem`: a code of words/notify.ts, a status (`HTTP 500`, `SMTP 421`) or a system's code. */
export type Delivery =
  | { readonly kind: "taken" }
  /** `afterMs`: not before, as the receiver says. */
  | { readonly kind: "again"; readonly problem: string; readonly afterMs?: number }
  /** Trying again would change nothing. */
  | { readonly kind: "refused"; readonly problem: string };
