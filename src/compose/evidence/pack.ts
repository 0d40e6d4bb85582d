/** Evidence of a period as one zip: the log as signed, the complete population, a sample with everything that is known of it. */

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { View } from "../../approval/show.ts";
import type { Chunks } from "../../audit/lines.ts";
import type { Redact } from "../../audit/redact.ts";
import type { ZipFile, ZipWriter } from "../../log/zip-write.ts";
import { shownLines } from "../../report/evidence/sample.ts";
import { VERSION } from "../version.ts";
import { addContents, type Contents, type ContentsWish } from "./contents.ts";
import type { Shown } from "./sample.ts";

export interface PackWish extends Omit<ContentsWish, "program" | "shownOf"> {
  /** What a request showed, from the state; undefined where it is no longer there. */
  readonly viewOf: (request: string) => Promise<View | undefined>;
  /** Takes secrets out of what leaves the state. */
  readonly redact: Redact;
  /** Files of witnesses. */
  readonly cosignatures: readonly string[];
}

export const PROGRAM = `kidoban ${VERSION}`;
export const LIST_FILE = "files.sha256";
export const COSIGNATURES = "cosignatures/";

/** Everything but the zip's own end. Throws what reading, writing and the store throw. */
export async function pack(zip: ZipWriter, wish: PackWish): Promise<Contents> {
  const files: ZipFile[] = [];
  const add = async (name: string, chunks: Chunks): Promise<void> => void files.push(await zip.add(name, chunks));
  const shownOf = async (request: string): Promise<Shown> => outward(await wish.viewOf(request), wish);
  const contents = await addContents(add, { ...wish, program: PROGRAM, shownOf });
  for (const file of wish.cosignatures) await add(`${COSIGNATURES}${basename(file)}`, [await readFile(file)]);
  const list = files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("");
  await zip.add(LIST_FILE, [Buffer.from(list, "utf8")]);
  return contents;
}

/** What was shown is kept whole in the state alone: a secret in it does not leave. */
function outward(view: View | undefined, { redact, language }: PackWish): Shown {
  if (view === undefined) return { kind: "gone" };
  const drawn = shownLines(view, language);
  const cleaned = redact(drawn, false)?.text;
  if (cleaned === undefined && redact(JSON.stringify(view), true) === undefined) return { kind: "kept", view };
  return { kind: "cleaned", text: cleaned ?? drawn };
}
