/**
 * Time stamps of checkpoints: RFC 3161 with ESSCertIDv2 (RFC 5816), in signed data of CMS (RFC 5652). An authority signs
 * that these bytes were shown to it, and when; whoever trusts that authority needs to trust neither the log's clock nor its
 * key. Knows no file and no network.
 */

import { hash, verify } from "node:crypto";
import { isForStamps, leadsTo, type Certificate } from "./certificate.ts";
import { DerError, encode, inside, members, oid, only, small, TAG } from "./der.ts";
import { attributesOf, DIGESTS, ID, isNamed, isSigner, readInfo, readToken } from "./stamp-token.ts";

export interface Stamp {
  /** ms. */
  readonly at: number;
  /** By how much the authority says that it may be off, ms; undefined where it says nothing. */
  readonly accuracyMs: number | undefined;
  /** Whose certificate signed it, as that says of itself. */
  readonly authority: string;
  /** Hex. */
  readonly serial: string;
}

/**
 * `malformed`: no stamp. `refused`: the authority gave none. `imprint`: of other bytes. `nonce`: no answer to this question.
 * `signature`: not signed as it says. `certificate`: names no certificate of those in it (ESSCertIDv2), or another signer.
 * `usage`: of a key that is not for time stamps alone. `untrusted`: leads to no trusted authority. `expired`: not valid when
 * it was made. `algorithm`: by one that is not known here, or too weak.
 */
export type StampRefusal =
  | "malformed"
  | "refused"
  | "imprint"
  | "nonce"
  | "signature"
  | "certificate"
  | "usage"
  | "untrusted"
  | "expired"
  | "algorithm";

/** Longer than any that an authority sends with its certificates. */
export const MAX_STAMP_BYTES = 64 * 1024;

/** The digest that a signature algorithm names; with `rsaEncryption` the signer's own goes. */
const SIGNATURES: ReadonlyMap<string, { readonly key: "rsa" | "ec"; readonly digest?: string }> = new Map([
  ["1.2.840.113549.1.1.1", { key: "rsa" }],
  ["1.2.840.113549.1.1.11", { key: "rsa", digest: "sha256" }],
  ["1.2.840.113549.1.1.12", { key: "rsa", digest: "sha384" }],
  ["1.2.840.113549.1.1.13", { key: "rsa", digest: "sha512" }],
  ["1.2.840.10045.4.3.2", { key: "ec", digest: "sha256" }],
  ["1.2.840.10045.4.3.3", { key: "ec", digest: "sha384" }],
  ["1.2.840.10045.4.3.4", { key: "ec", digest: "sha512" }],
]);

/** AlgorithmIdentifier of SHA-256. */
const SHA256 = Buffer.from("300d06096086480165030402010500", "hex");

/**
 * TimeStampReq for these bytes: their SHA-256, the nonce, and that the certificate is wanted (section 2.4.1). `nonce`: bytes
 * of a positive integer, see `stampNonce`.
 */
export function stampRequest(bytes: Uint8Array, nonce: Uint8Array): Buffer {
  const imprint = encode(TAG.sequence, SHA256, encode(TAG.octets, hash("sha256", bytes, "buffer")));
  const wanted = encode(TAG.boolean, Buffer.of(0xff));
  return encode(TAG.sequence, encode(TAG.integer, Buffer.of(1)), imprint, encode(TAG.integer, nonce), wanted);
}

/** Drawn bytes as an integer that is positive and shortest. */
export function stampNonce(drawn: Uint8Array): Buffer {
  const nonce = Buffer.from(drawn);
  nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40;
  return nonce;
}

export interface StampTerms {
  readonly trusted: readonly Certificate[];
  /** Of the question; left out where the stamp is an old one. */
  readonly nonce?: Uint8Array;
}

/** What an answer (TimeStampResp) proves of these bytes, or why nothing. */
export function openStamp(
  answer: Buffer,
  bytes: Uint8Array,
  terms: StampTerms,
): Stamp | { readonly refused: StampRefusal } {
  try {
    return opened(answer, bytes, terms);
  } catch (error) {
    if (error instanceof DerError) return { refused: "malformed" };
    throw error;
  }
}

const refused = (why: StampRefusal) => ({ refused: why }) as const;

function opened(answer: Buffer, bytes: Uint8Array, { trusted, nonce }: StampTerms): ReturnType<typeof openStamp> {
  if (answer.length > MAX_STAMP_BYTES) return refused("malformed");
  const [status, token, ...more] = members(only(answer), TAG.sequence);
  // granted, grantedWithMods: section 2.4.2.
  if (small(members(status, TAG.sequence)[0]) > 1) return refused("refused");
  if (more.length > 0) return refused("malformed");
  const { content, certificates, signer } = readToken(token);
  const info = readInfo(content);
  if (info.digest !== "sha256" || !info.imprint.equals(hash("sha256", bytes, "buffer"))) return refused("imprint");
  if (nonce !== undefined && info.nonce?.equals(nonce) !== true) return refused("nonce");

  const attributes = attributesOf(signer.attributes);
  const digest = DIGESTS.get(signer.digest);
  const scheme = SIGNATURES.get(signer.signature);
  if (digest === undefined || scheme === undefined || (scheme.digest ?? digest) !== digest) return refused("algorithm");
  if (oid(attributes.get(ID.contentType)) !== ID.tstInfo) return refused("signature");
  if (!inside(attributes.get(ID.messageDigest), TAG.octets).equals(hash(digest, content, "buffer")))
    return refused("signature");
  const own = certificates.find(({ der }) => isNamed(der, attributes.get(ID.signingCertificateV2)));
  if (own === undefined || !isSigner(own, signer.id)) return refused("certificate");
  const { key } = own;
  if (key.asymmetricKeyType !== scheme.key) return refused("algorithm");
  // The attributes are signed as the SET that they are, not under the tag that they are sent with: RFC 5652 section 5.4.
  const signed = Buffer.concat([Buffer.of(TAG.set), signer.attributes.whole.subarray(1)]);
  if (!verify(digest, signed, key, signer.value)) return refused("signature");
  if (!isForStamps(own)) return refused("usage");
  const leads = leadsTo(own, certificates, trusted, info.at);
  if (leads !== "yes") return refused(leads === "expired" ? "expired" : "untrusted");
  const authority = own.x509.subject.split("\n").join(", ");
  return { at: info.at, accuracyMs: info.accuracyMs, authority, serial: info.serial };
}
