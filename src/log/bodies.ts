/** The one door to the bodies of a stream, whichever way its file was written: encrypted, compressed, or plain as once. */

import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { lineBatches, type Line } from "../audit/lines.ts";
import { HEAD_START, MOST_HEAD_BYTES, unsealing, type Codec, type Unsealed } from "./body-cipher.ts";
import { bodyDigest } from "./body.ts";
import { bodiesFile } from "./names.ts";

export type Bodies =
  | {
      readonly kind: "open";
      /** `plain`: not encrypted, as an older program wrote it. */
      readonly codec: Codec | "plain";
      readonly lines: AsyncGenerator<readonly Line[], void, undefined>;
      /** For who leaves before the lines are read to their end, or never begins. */
      readonly close: () => Promise<void>;
    }
  /** There, and nobody can look into it. */
  | Extract<Unsealed, { readonly kind: "locked" }>
  /** Nothing was kept, or it was pruned. */
  | { readonly kind: "none" };

/** `key`: the installation's, from config/bodies-key.ts. The lines must be read to their end, or `close` be called. */
export const openBodies = (dir: string, stream: string, key: Buffer | undefined): Promise<Bodies> =>
  readBodiesFile(join(dir, bodiesFile(stream)), stream, key);

/** The same, of a file under another name. */
export async function readBodiesFile(path: string, stream: string, key: Buffer | undefined): Promise<Bodies> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return { kind: "none" };
  const head = await headOf(file);
  if (head === undefined) return { kind: "open", codec: "plain", ...linesOf(file, 0, (chunks) => chunks) };
  const unsealed = unsealing(head, stream, key);
  if (unsealed.kind === "locked") {
    await file.close();
    return unsealed;
  }
  const { codec, decipher } = unsealed;
  const plain = (chunks: AsyncIterable<Buffer>) =>
    codec === "gzip" ? inflated(deciphered(chunks, decipher)) : deciphered(chunks, decipher);
  return { kind: "open", codec, ...linesOf(file, head.length + 1, plain) };
}

/** Read from `start` on, once somebody begins to: a generator that was never begun closes nothing when it is left. */
function linesOf(file: FileHandle, start: number, plain: (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>) {
  let isBegun = false;
  async function* bytes(): AsyncGenerator<Buffer, void, undefined> {
    isBegun = true;
    yield* file.createReadStream({ start }) as AsyncIterable<Buffer>;
  }
  const lines = lineBatches(plain(bytes()));
  const close = async (): Promise<void> => {
    await lines.return();
    if (!isBegun) await file.close();
  };
  return { lines, close };
}

/** The first line of an encrypted file; undefined for a plain one. */
async function headOf(file: FileHandle): Promise<string | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_HEAD_BYTES), 0, MOST_HEAD_BYTES, 0);
  const text = buffer.toString("latin1", 0, bytesRead);
  if (!text.startsWith(HEAD_START)) return undefined;
  const end = text.indexOf("\n");
  return end < 0 ? text : text.slice(0, end);
}

async function* deciphered(chunks: AsyncIterable<Buffer>, decipher: { update(chunk: Buffer): Buffer }) {
  for await (const chunk of chunks) yield decipher.update(chunk);
}

/** As far as it is whole: what a damaged file still holds is worth reading. */
async function* inflated(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const gunzip = createGunzip();
  pipeline(Readable.from(chunks, { objectMode: false }), gunzip, () => undefined);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))) throw error;
  }
}

/** One line of a file of bodies; `text` is undefined where only the digest was kept. */
export interface BodyLine {
  readonly digest: string;
  readonly nonce: string;
  readonly text: string | undefined;
}

/** A body kept as JSON: its bytes are what stands between, never what a parser makes of them. */
const AS_JSON = /^\{"d":"([0-9a-f]{64})","nonce":"([0-9a-f]{32})","json":(.*)\}$/s;

export function parseBody(line: string): BodyLine | undefined {
  const [, own, under, json] = AS_JSON.exec(line) ?? [];
  if (own !== undefined && under !== undefined && json !== undefined) return { digest: own, nonce: under, text: json };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { d: digest, nonce, text } = value as Record<string, unknown>;
  if (typeof digest !== "string" || typeof nonce !== "string" || (text !== undefined && typeof text !== "string"))
    return undefined;
  return { digest, nonce, text };
}

/** `altered`: not what its digest, and so the entry, was written of. */
export const isIntact = ({ digest, nonce, text }: BodyLine): boolean =>
  text === undefined || bodyDigest(nonce, text) === digest;
