/** What a pack says of itself, and what only it can say: its period and seed, what was shown, the bodies that were kept. */

import type { View } from "../../approval/show.ts";
import { bodyDigest } from "../../log/body.ts";
import type { Body } from "../../log/related.ts";
import { textOf } from "../../log/zip-log.ts";
import type { Zipped } from "../../log/zip-read.ts";
import { isObject, type Json, type JsonObject } from "../../policy/json.ts";
import { isZone } from "../../report/zone.ts";
import type { ContentsWish } from "./contents.ts";
import { CLEANED_FILE, type Shown } from "./sample.ts";

type Claims = Pick<ContentsWish, "program" | "span" | "timeZone" | "language" | "sample"> & { readonly seed: string };

export type Files = ReadonlyMap<string, Zipped>;

async function jsonIn(files: Files, name: string): Promise<Json | undefined> {
  const file = files.get(name);
  if (file === undefined) return undefined;
  try {
    return JSON.parse(await textOf(file.chunks)) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Undefined where it is no pack's. */
export async function claimsIn(files: Files): Promise<Claims | undefined> {
  const value = await jsonIn(files, "evidence.json");
  if (!isObject(value) || !isObject(value["period"]) || !isObject(value["sample"])) return undefined;
  const { program, language } = value;
  const { from, until, timeZone } = value["period"];
  const { seed, size } = value["sample"];
  if (typeof from !== "string" || typeof until !== "string" || typeof timeZone !== "string") return undefined;
  const span = { from: Date.parse(from), until: Date.parse(until) };
  if (!Number.isFinite(span.from) || !Number.isFinite(span.until) || !isZone(timeZone)) return undefined;
  if (typeof program !== "string" || (language !== "en" && language !== "ja")) return undefined;
  if (typeof seed !== "string" || typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return undefined;
  return { program, language, span, timeZone, seed, sample: size };
}

const SAMPLE = /^samples\/\d+-([^/]+)\/$/;

/** The folder of each sampled item, by its id, as the pack names them; ends in `/`. */
function foldersIn(files: Files): ReadonlyMap<string, string> {
  const folders = [...files.keys()].map((name) => name.split("/").slice(0, 2).join("/") + "/");
  return new Map(
    folders.flatMap((folder) => {
      const id = SAMPLE.exec(folder)?.[1];
      return id === undefined ? [] : [[id, folder]];
    }),
  );
}

/** What the pack holds of a question's showing; whether it is what was shown, the entry's digest says. */
export function shownIn(files: Files): (request: string) => Promise<Shown> {
  const folders = foldersIn(files);
  return async (request) => {
    const folder = folders.get(request) ?? "";
    const view = await jsonIn(files, `${folder}shown.json`);
    // Never drawn unless its digest is the one that was signed, and so it is a view.
    if (isObject(view)) return { kind: "kept", view: view as unknown as View };
    const cleaned = files.get(`${folder}${CLEANED_FILE}`);
    return cleaned === undefined ? { kind: "gone" } : { kind: "cleaned", text: await textOf(cleaned.chunks) };
  };
}

/** The bodies in the pack by digest: each that is there is held against it, what is not there is as it is told. */
export async function bodiesIn(files: Files): Promise<ReadonlyMap<string, Body>> {
  const bodies = new Map<string, Body>();
  for (const folder of foldersIn(files).values()) {
    const told = await jsonIn(files, `${folder}bodies.json`);
    for (const one of Array.isArray(told) ? (told as readonly Json[]) : []) {
      if (!isObject(one) || typeof one["digest"] !== "string") continue;
      bodies.set(one["digest"], await bodyOf(files, folder, one));
    }
  }
  return bodies;
}

async function bodyOf(files: Files, folder: string, { digest, nonce, state, file }: JsonObject): Promise<Body> {
  if (state === "not-kept" || state === "locked") return { kind: state };
  const kept = typeof file === "string" ? files.get(`${folder}${file}`) : undefined;
  if (kept === undefined || typeof nonce !== "string") return { kind: "altered" };
  const text = await textOf(kept.chunks);
  return bodyDigest(nonce, text) === digest ? { kind: "kept", text, nonce } : { kind: "altered" };
}
