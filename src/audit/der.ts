/**
 * DER (ITU-T X.690) as time stamps and certificates need it: elements taken apart and put together. Strict: lengths are
 * definite and shortest, nothing stands after an element. Knows no structure.
 */

/** What is no DER, or another element than was asked for. */
export class DerError extends Error {
  readonly code = "der";
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** `[n]` of a structure: `constructed` holds elements, the other is a primitive value under another tag. */
export const context = (n: number, constructed: boolean): number => (constructed ? 0xa0 : 0x80) | n;

export interface Der {
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly whole: Buffer;
}

/** Deeper or longer than anything that is read here. */
const MOST_ELEMENTS = 4096;

/** The elements that these bytes are, one after the other. @throws DerError */
export function elements(bytes: Buffer): readonly Der[] {
  const found: Der[] = [];
  for (let at = 0; at < bytes.length;) {
    const one = first(bytes.subarray(at));
    found.push(one);
    at += one.whole.length;
    if (found.length > MOST_ELEMENTS) throw new DerError("too many elements");
  }
  return found;
}

function first(bytes: Buffer): Der {
  const [tag, short] = bytes;
  if (tag === undefined || short === undefined || (tag & 0x1f) === 0x1f) throw new DerError("no element");
  const more = short & 0x7f;
  if (short < 0x80) return cut(bytes, tag, 2, short);
  if (more === 0 || more > 4 || bytes.length < 2 + more) throw new DerError("no definite length");
  const length = bytes.readUIntBE(2, more);
  // Two encodings of one length would be two texts under one signature.
  if (length < 0x80 || length < 2 ** (8 * (more - 1))) throw new DerError("length is not the shortest");
  return cut(bytes, tag, 2 + more, length);
}

function cut(bytes: Buffer, tag: number, from: number, length: number): Der {
  if (bytes.length < from + length) throw new DerError("cut off");
  return { tag, content: bytes.subarray(from, from + length), whole: bytes.subarray(0, from + length) };
}

/** The only element of these bytes. @throws DerError */
export function only(bytes: Buffer): Der {
  const [one, ...others] = elements(bytes);
  if (one === undefined || others.length > 0) throw new DerError("not one element");
  return one;
}

/** What is in an element of this tag. @throws DerError */
export function inside(der: Der | undefined, tag: number): Buffer {
  if (der?.tag !== tag) throw new DerError("another element");
  return der.content;
}

/** The elements in an element of this tag. @throws DerError */
export const members = (der: Der | undefined, tag: number): readonly Der[] => elements(inside(der, tag));

/** Of an object identifier, with dots. @throws DerError */
export function oid(der: Der | undefined): string {
  const bytes = inside(der, TAG.oid);
  if (bytes.length === 0 || bytes.length > 64 || ((bytes.at(-1) ?? 0x80) & 0x80) !== 0) throw new DerError("bad OID");
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of bytes) {
    if (arc === 0n && byte === 0x80) throw new DerError("bad OID");
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    // The first two arcs share a number.
    if (arcs.length === 0) {
      const top = arc < 80n ? arc / 40n : 2n;
      arcs.push(top, arc - top * 40n);
    } else arcs.push(arc);
    arc = 0n;
  }
  return arcs.join(".");
}

/** Of a small integer that is not negative. @throws DerError */
export function small(der: Der | undefined, tag: number = TAG.integer): number {
  const bytes = inside(der, tag);
  if (bytes.length === 0 || bytes.length > 4 || ((bytes[0] ?? 0) & 0x80) !== 0)
    throw new DerError("not a small number");
  return bytes.readUIntBE(0, bytes.length);
}

/** Of a UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 and RFC 3161 section 2.4.2 have it, ms. @throws DerError */
export function time(der: Der | undefined): number {
  const written = der?.content.toString("latin1") ?? "";
  const full = der?.tag === TAG.utcTime ? `${Number(written.slice(0, 2)) < 50 ? "20" : "19"}${written}` : written;
  const isTime = der?.tag === TAG.utcTime || der?.tag === TAG.generalizedTime;
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{0,8}[1-9]))?Z$/.exec(full);
  if (!isTime || found === null || (der.tag === TAG.utcTime && written.length !== 13)) throw new DerError("no time");
  const [, year, month, day, hour, minute, second, fraction = ""] = found;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, "0")}Z`;
  const at = Date.parse(iso);
  // A day that no calendar has.
  if (Number.isNaN(at) || new Date(at).toISOString() !== iso) throw new DerError("no such time");
  return at;
}

/** An element of these parts. */
export function encode(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? Buffer.of(length) : length < 0x100 ? Buffer.of(0x81, length) : undefined;
  return Buffer.concat([Buffer.of(tag), size ?? Buffer.of(0x82, length >> 8, length & 0xff), content]);
}
