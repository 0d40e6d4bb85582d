/** A log's public key as people give it: the text itself, or a file that holds it. */

import { readFile } from "node:fs/promises";
import { parseVerifier } from "../audit/checkpoint.ts";

/** The key's text; undefined where it is neither. */
export async function keyText(given: string): Promise<string | undefined> {
  if (parseVerifier(given) !== undefined) return given;
  const text = (await readFile(given, "utf8").catch(() => "")).trim();
  return parseVerifier(text) === undefined ? undefined : text;
}
