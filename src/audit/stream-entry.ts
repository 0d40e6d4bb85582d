/** Entries about streams themselves: where one begins and ends, and what was found of those that did not end. */

import type { Mode } from "./mode.ts";

/** Of the same process: the stream that this one goes on from, and the calls that had no outcome when it ended. */
export interface Follows {
  readonly stream: string;
  /** Why that one ended. */
  readonly reason: string;
  /** None where it failed: `stream.recovered` says it then. */
  readonly open: readonly string[];
}

export type StreamEntry =
  | {
      readonly kind: "stream.opened";
      readonly stream: string;
      readonly log: string;
      readonly key: string;
      readonly program: string;
      readonly version: string;
      /** Of all agents that the process serves; `unknown` where it serves none. */
      readonly mode: Mode;
      readonly agent?: string;
      readonly config?: string;
      readonly follows?: Follows;
    }
  | { readonly kind: "stream.closed"; readonly reason: string }
  | {
      readonly kind: "stream.recovered";
      readonly stream: string;
      readonly size: number;
      readonly torn: number;
      readonly tail?: string;
      /** Calls without an outcome there, unless a stream that follows it has taken them over. */
      readonly open: readonly string[];
      /** Why nobody knows what stands on the device after `size`: that is no evidence then. */
      readonly doubt?: string;
    };
