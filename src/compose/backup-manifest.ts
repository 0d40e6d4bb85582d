/** What a backup says of itself: every file with its digest, signed by the installation's key. */

import { createHash, hash, type KeyObject } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { openNote, parseVerifier, signNote } from "../audit/checkpoint.ts";

export const MANIFEST_FILE = "manifest";
export const KEYS_FILE = "keys.sealed";
/** Its first line, so that no note of another purpose can be passed off as one. */
const TITLE = "kidoban backup";
const VERSION = 1;

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const shape = z.strictObject({
  v: z.literal(VERSION),
  /** RFC 3339. */
  made: z.iso.datetime(),
  version: z.string(),
  origin: z.string(),
  /** Of the ledger that is in it. */
  size: z.number().int().nonnegative(),
  root: hex64,
  files: z.array(z.strictObject({ name: z.string(), bytes: z.number().int().nonnegative(), sha256: hex64 })),
});
export type Manifest = z.infer<typeof shape>;

export interface SignedManifest {
  readonly manifest: Manifest;
  /** sha256 hex of the signed note: names the backup. */
  readonly digest: string;
}

export function signedManifest(manifest: Manifest, key: KeyObject): { readonly note: string; readonly digest: string } {
  const note = signNote(`${TITLE}\n${JSON.stringify(manifest)}\n`, manifest.origin, key);
  return { note, digest: hash("sha256", note, "hex") };
}

export type ManifestRefusal = "no-manifest" | "newer" | "not-signed";

/** `key`: as `verifierText` writes it. */
export function openManifest(note: string, key: string): SignedManifest | { readonly refused: ManifestRefusal } {
  const verifier = parseVerifier(key);
  const opened = verifier === undefined ? { refused: "malformed" as const } : openNote(note, verifier);
  if ("refused" in opened) return { refused: opened.refused === "malformed" ? "no-manifest" : "not-signed" };
  const [title, text = "", ...more] = opened.text.split("\n");
  if (title !== TITLE || more.length !== 1) return { refused: "no-manifest" };
  const value = json(text);
  const manifest = shape.safeParse(value).data;
  if (manifest !== undefined) return { manifest, digest: hash("sha256", note, "hex") };
  const later = z.object({ v: z.number().int().gt(VERSION) }).safeParse(value).success;
  return { refused: later ? "newer" : "no-manifest" };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Every file of a folder that we have written, but the manifest, by name. */
export async function filesIn(folder: string): Promise<Manifest["files"]> {
  const files: Manifest["files"] = [];
  for (const name of await namesIn(folder)) files.push({ name, ...(await digestOf(join(folder, name))) });
  return files;
}

/** Of everything that is no folder, but the manifest; links are not followed. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  const folders = [""];
  for (let below = folders.pop(); below !== undefined; below = folders.pop())
    for (const found of await readdir(join(folder, below), { withFileTypes: true }))
      (found.isDirectory() ? folders : names).push(`${below}${found.name}${found.isDirectory() ? "/" : ""}`);
  return names.filter((name) => name !== MANIFEST_FILE).toSorted();
}

async function digestOf(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const digest = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    digest.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: digest.digest("hex") };
}

/** The first file that is not what the manifest says, is missing, or is there without being in it. */
export async function firstDifference(folder: string, { files }: Manifest): Promise<string | undefined> {
  const found = new Map((await filesIn(folder)).map((file) => [file.name, file]));
  for (const { name, bytes, sha256 } of files) {
    const own = found.get(name);
    if (own === undefined || own.bytes !== bytes || own.sha256 !== sha256) return name;
    found.delete(name);
  }
  return [...found.keys()][0];
}
