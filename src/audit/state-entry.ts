/** Facts about copies of the whole state. A part of the union in entry.ts. */

/** A place in the ledger: its checkpoint there, without the signature. */
export interface LedgerPlace {
  readonly size: number;
  /** Hex. */
  readonly root: string;
}

export type StateEntry =
  /** `backup`: sha256 hex of its manifest. `at`: what of the log is in it. */
  | {
      readonly kind: "backup.made";
      readonly backup: string;
      readonly at: LedgerPlace;
      readonly keys: boolean;
      readonly by: string;
    }
  /**
   * The state was restored from a backup. Always the second entry of its stream, so that it is found without reading the
   * log. What was signed after `from` is not in this log any more; `lost`: how far it had come, as far as was known.
   */
  | {
      readonly kind: "epoch.began";
      readonly epoch: string;
      readonly backup: string;
      readonly from: LedgerPlace;
      readonly lost?: LedgerPlace;
      /** What held before and holds no longer. */
      readonly voided: { readonly requests: number; readonly passes: number; readonly tokens: number };
      /** Stops that hold from here on. */
      readonly stops: number;
      readonly by: string;
    };
