/** The one render model that every channel displays; its digest is what an approver signs. Pure. */

import type { Access, Kind } from "../policy/call.ts";

/** Everything an approver must see, in the order in which it is shown. */
export interface View {
  readonly v: 1;
  readonly agent: string;
  readonly server: string;
  readonly endpoint: string;
  readonly kind: Kind;
  readonly name: string;
  readonly access: Access;
  readonly destructive: boolean;
  /** Rule ids that ask, sorted. */
  readonly rules: readonly string[];
  /** All arguments in full, pretty-printed JSON with control, bidi and confusable characters made visible. */
  readonly arguments: string;
  /** Before and after, where the lock names a preview. `before` is null when the thing does not exist yet. */
  readonly change?: { readonly before: string | null; readonly after: string };
  /** Why there is no preview although one is named. */
  readonly changeFailed?: string;
  /** An earlier attempt of the same action whose outcome is unknown, with its call id. */
  readonly earlier?: { readonly call: string; readonly at: number };
  /** The agent's own words, made visible the same way; untrusted and shown as a quotation. */
  readonly reason?: string;
}
