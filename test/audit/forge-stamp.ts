/** Stamps as whoever has some key and certificate could make them, right or wrong. */

import { hash, randomBytes, sign } from "node:crypto";
import { context, elements, encode, only, TAG } from "../../src/audit/der.ts";
import { timeOf, type Authority } from "./authority.ts";

export interface Forgery {
  readonly by: Authority;
  readonly nonce?: Uint8Array;
  readonly at?: number;
  /** As written, instead of `at`. */
  readonly time?: string;
  /** Sent in place of the signer's own; the first is named as the one that signed. */
  readonly certificates?: readonly Buffer[];
  /** Named in the signed attributes in place of the first. */
  readonly named?: Buffer;
  readonly signers?: number;
  /** PKIStatus. */
  readonly status?: number;
  /** After the nonce in TSTInfo. */
  readonly more?: Buffer;
  /** What is written for the digest of the TSTInfo. */
  readonly digest?: Buffer;
}

function oid(text: string): Buffer {
  const [one = 0, two = 0, ...others] = text.split(".").map(Number);
  const bytes = [one * 40 + two, ...others].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let rest = arc >>> 7; rest > 0; rest >>>= 7) groups.unshift((rest & 0x7f) | 0x80);
    return groups;
  });
  return encode(TAG.oid, Buffer.from(bytes));
}

const seq = (...parts: readonly Buffer[]): Buffer => encode(TAG.sequence, ...parts);
const set = (...parts: readonly Buffer[]): Buffer => encode(TAG.set, ...parts);
const int = (n: number): Buffer => encode(TAG.integer, Buffer.of(n));
const octets = (bytes: Uint8Array): Buffer => encode(TAG.octets, bytes);
const SHA256 = seq(oid("2.16.840.1.101.3.4.2.1"));
const TST = oid("1.2.840.113549.1.9.16.1.4");
const attribute = (id: string, value: Buffer): Buffer => seq(oid(id), set(value));

/** TimeStampResp over these bytes. */
export function forgeStamp(bytes: Uint8Array, forgery: Forgery): Buffer {
  const { by, nonce = randomBytes(8), at = Date.now(), status = 0, signers = 1 } = forgery;
  const time = encode(TAG.generalizedTime, Buffer.from(forgery.time ?? timeOf(at), "latin1"));
  const imprint = seq(SHA256, octets(hash("sha256", bytes, "buffer")));
  const more = forgery.more === undefined ? [] : [forgery.more];
  const info = seq(int(1), oid("1.2.3.4"), imprint, int(7), time, encode(TAG.integer, nonce), ...more);
  const [own = by.signer.certificate, ...others] = forgery.certificates ?? [];
  const named = forgery.named ?? own;
  const attributes = Buffer.concat([
    attribute("1.2.840.113549.1.9.3", TST),
    attribute("1.2.840.113549.1.9.4", octets(forgery.digest ?? hash("sha256", info, "buffer"))),
    attribute("1.2.840.113549.1.9.16.2.47", seq(seq(seq(octets(hash("sha256", named, "buffer")))))),
  ]);
  const tbs = elements(elements(only(own).content)[0]?.content ?? Buffer.alloc(0));
  const [serial = Buffer.alloc(0), , issuer = Buffer.alloc(0)] = tbs.slice(1).map(({ whole }) => whole);
  const signature = sign("sha256", encode(TAG.set, attributes), by.signer.key);
  const scheme = seq(oid("1.2.840.10045.4.3.2"));
  const signer = seq(
    int(1),
    seq(issuer, serial),
    SHA256,
    encode(context(0, true), attributes),
    scheme,
    octets(signature),
  );
  const signed = seq(
    int(3),
    set(SHA256),
    seq(TST, encode(context(0, true), octets(info))),
    encode(context(0, true), own, ...others),
    set(...Array.from({ length: signers }, () => signer)),
  );
  return seq(seq(int(status)), seq(oid("1.2.840.113549.1.7.2"), encode(context(0, true), signed)));
}
