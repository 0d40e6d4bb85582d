/**
 * Compressed files in which a place can be found: gzip members (RFC 1952) of at most 65,280 bytes each, every one with its
 * own length in its header, as BGZF lays it down (SAM/BAM specification, section 4.1). Any gzip reads them; who wants the
 * end hops from header to header. Our first member also says how many bytes the whole has, which is held against what is
 * there and never believed. Knows nothing of lines.
 */

import { promisify } from "node:util";
import { gunzipSync, gzip } from "node:zlib";

/** Of the plain bytes in each member but the last. */
export const BLOCK_BYTES = 0xff00;
/** Enough for any header of ours. */
export const HEAD_BYTES = 40;

const deflated = promisify<Uint8Array, Buffer>(gzip);

/** One member; `total`: only in the first, bytes of the whole. */
export async function member(block: Uint8Array, total?: number): Promise<Buffer> {
  // Without the ten bytes that are the same in every header.
  const body = (await deflated(block)).subarray(10);
  const extra = total === undefined ? 6 : 18;
  const head = Buffer.alloc(12 + extra);
  head.set([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff]);
  head.writeUInt16LE(extra, 10);
  head.write("BC", 12, "latin1");
  head.writeUInt16LE(2, 14);
  head.writeUInt16LE(head.length + body.length - 1, 16);
  if (total !== undefined) {
    head.write("KB", 18, "latin1");
    head.writeUInt16LE(8, 20);
    head.writeBigUInt64LE(BigInt(total), 22);
  }
  return Buffer.concat([head, body]);
}

/** The member with which a whole file ends. */
export const ending = (): Promise<Buffer> => member(Buffer.alloc(0));

export interface MemberHead {
  /** Of the member, header and all. */
  readonly bytes: number;
  readonly total: number | undefined;
}

const START = Buffer.of(0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff);
const OWN_LENGTH = Buffer.from("BC\x02\x00", "latin1");
const TOTAL = Buffer.from("KB\x08\x00", "latin1");

/** What stands at the beginning of `bytes`; undefined for anything but a member of ours. */
export function readHead(bytes: Buffer): MemberHead | undefined {
  if (bytes.length < 18 || !bytes.subarray(0, 10).equals(START)) return undefined;
  if (!bytes.subarray(12, 16).equals(OWN_LENGTH)) return undefined;
  const extra = bytes.readUInt16LE(10);
  const says = extra === 18 && bytes.length >= 30 && bytes.subarray(18, 22).equals(TOTAL);
  if (!says && extra !== 6) return undefined;
  return { bytes: bytes.readUInt16LE(16) + 1, total: says ? Number(bytes.readBigUInt64LE(22)) : undefined };
}

/** The plain bytes of one member; undefined where it is damaged. */
export function inflate(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: 0x10000 });
  } catch {
    return undefined;
  }
}
