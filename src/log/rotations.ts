/** The file of a log's replaced keys, beside its ledger. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KeyObject } from "node:crypto";
import { originOf } from "../audit/checkpoint.ts";
import { rotationsIn } from "../audit/rotation.ts";
import { isAbsent } from "./error-code.ts";

export const ROTATIONS_FILE = "rotations";

/** Empty where no key was ever replaced. */
export function readRotations(dir: string): string {
  try {
    return readFileSync(join(dir, ROTATIONS_FILE), "utf8");
  } catch (error) {
    if (isAbsent(error)) return "";
    throw error;
  }
}

/** The log's name, which it took from its first key and keeps. */
export const logOrigin = (dir: string, key: KeyObject): string =>
  rotationsIn(readRotations(dir))[0]?.origin ?? originOf(key);
