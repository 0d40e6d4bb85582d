/**
 * Bodies unreadable without the installation's key. A file of bodies has a random key of its own, which stands wrapped
 * (AES-256-GCM, NIST SP 800-38D) in the file's first line, bound to the stream; what follows is AES-256-CTR from counter 0
 * (NIST SP 800-38A section 6.5). That a body is what was recorded is shown by its digest in the chained entry, so nothing
 * is authenticated twice.
 */

import { createCipheriv, createDecipheriv, hash, randomBytes, type Cipher, type Decipher } from "node:crypto";
import type { Disk } from "./disk.ts";

/** What the plain bytes are: lines, or lines in gzip members. */
export type Codec = "lines" | "gzip";

interface Head {
  readonly codec: Codec;
  /** Which key of an installation it was wrapped under; tells a wrong key from a damaged file. */
  readonly under: string;
  readonly nonce: string;
  readonly wrapped: string;
  readonly tag: string;
}

const HEAD =
  /^\{"v":1,"bodies":"aes-256-ctr","codec":"(lines|gzip)","under":"([0-9a-f]{16})","nonce":"([0-9a-f]{24})","wrapped":"([0-9a-f]{64})","tag":"([0-9a-f]{32})"\}$/;
/** What every first line of this kind begins with, and no line of a plain file. */
export const HEAD_START = '{"v":1,"bodies":';
/** No first line of this kind is longer. */
export const MOST_HEAD_BYTES = 512;

const nameOf = (key: Buffer): string =>
  hash("sha256", Buffer.concat([Buffer.from("kidoban-bodies-key/v1\0"), key]), "hex").slice(0, 16);
const boundTo = (stream: string, codec: Codec): Buffer => Buffer.from(`kidoban-bodies/v1\0${stream}\0${codec}`);
const FROM_ZERO = Buffer.alloc(16);

export interface Sealing {
  /** The file's first bytes, with their line end. */
  readonly head: Buffer;
  readonly cipher: Cipher;
}

/** A new key for one file of one stream's bodies, wrapped under the installation's `key` (32 bytes). */
export function sealing(stream: string, codec: Codec, key: Buffer): Sealing {
  const [own, nonce] = [randomBytes(32), randomBytes(12)];
  const wrap = createCipheriv("aes-256-gcm", key, nonce).setAAD(boundTo(stream, codec));
  const wrapped = Buffer.concat([wrap.update(own), wrap.final()]).toString("hex");
  const head =
    `${HEAD_START}"aes-256-ctr","codec":"${codec}","under":"${nameOf(key)}","nonce":"${nonce.toString("hex")}"` +
    `,"wrapped":"${wrapped}","tag":"${wrap.getAuthTag().toString("hex")}"}\n`;
  return { head: Buffer.from(head, "latin1"), cipher: createCipheriv("aes-256-ctr", own, FROM_ZERO) };
}

/** `other-key`: it was wrapped under another. `damaged`: its first line is none of ours, or of another stream. */
export type Unsealed =
  | { readonly kind: "open"; readonly codec: Codec; readonly decipher: Decipher }
  | { readonly kind: "locked"; readonly why: "no-key" | "other-key" | "damaged" };

/** `line`: the file's first, without its end. */
export function unsealing(line: string, stream: string, key: Buffer | undefined): Unsealed {
  const head = parseHead(line);
  if (head === undefined) return { kind: "locked", why: "damaged" };
  if (key === undefined) return { kind: "locked", why: "no-key" };
  if (head.under !== nameOf(key)) return { kind: "locked", why: "other-key" };
  try {
    const unwrap = createDecipheriv("aes-256-gcm", key, Buffer.from(head.nonce, "hex"), { authTagLength: 16 })
      .setAAD(boundTo(stream, head.codec))
      .setAuthTag(Buffer.from(head.tag, "hex"));
    const own = Buffer.concat([unwrap.update(Buffer.from(head.wrapped, "hex")), unwrap.final()]);
    return { kind: "open", codec: head.codec, decipher: createDecipheriv("aes-256-ctr", own, FROM_ZERO) };
  } catch {
    return { kind: "locked", why: "damaged" };
  }
}

function parseHead(line: string): Head | undefined {
  const [, codec, under, nonce, wrapped, tag] = HEAD.exec(line) ?? [];
  if (under === undefined || nonce === undefined || wrapped === undefined || tag === undefined) return undefined;
  return { codec: codec === "gzip" ? "gzip" : "lines", under, nonce, wrapped, tag };
}

/** Memory for more than this the system maps anew each time. */
const PART_BYTES = 64 * 1024;

/** A file of bodies as the stream writes it, encrypted on its way; the first line goes out with the first bytes. */
export class SealedDisk implements Disk {
  readonly #disk: Disk;
  readonly #stream: string;
  readonly #key: Buffer;
  #cipher: Cipher | undefined;

  constructor(disk: Disk, stream: string, key: Buffer) {
    this.#disk = disk;
    this.#stream = stream;
    this.#key = key;
  }

  write(bytes: Uint8Array): number {
    if (this.#cipher !== undefined) return this.#writeParts(this.#cipher, bytes);
    const { head, cipher } = sealing(this.#stream, "lines", this.#key);
    this.#cipher = cipher;
    // Of a short write the stream is told less than it gave, as of any other.
    return this.#disk.write(Buffer.concat([head, cipher.update(bytes)])) - head.length;
  }

  #writeParts(cipher: Cipher, bytes: Uint8Array): number {
    for (let from = 0; from < bytes.length; from += PART_BYTES) {
      const part = cipher.update(bytes.subarray(from, from + PART_BYTES));
      const taken = this.#disk.write(part);
      if (taken !== part.length) return from + taken;
    }
    return bytes.length;
  }

  datasync(): Promise<void> {
    return this.#disk.datasync();
  }

  isThere(): boolean {
    return this.#disk.isThere();
  }

  close(): void {
    this.#disk.close();
  }
}
