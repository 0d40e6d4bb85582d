/** When a stream is succeeded by another, and how long what it holds is kept: what holds where nothing is said. Pure. */

import { DEFAULT_RETENTION, type Retention } from "../audit/retention.ts";

/** Who says from outside when a checkpoint was there (RFC 3161). */
export interface TimestampConfig {
  readonly url: string;
  /** PEM file of the authority's root, as written: from the configuration's folder. */
  readonly ca: string;
  readonly everyMs: number;
}

export interface LogConfig {
  readonly rotate: {
    /** Of a stream's entries and bodies together. */
    readonly bytes: number;
    /** At UTC midnight. */
    readonly daily: boolean;
  };
  readonly retention: Retention;
  readonly timestamp?: TimestampConfig;
}

export const DAY_MS = 86_400_000;
export const MIB = 1024 * 1024;

/** What holds where `log:` is silent. */
export const DEFAULT_LOG: LogConfig = {
  rotate: { bytes: 64 * MIB, daily: true },
  retention: DEFAULT_RETENTION,
};
