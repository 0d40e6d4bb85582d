/** The structures of a time stamp: signed data of CMS (RFC 5652) around a TSTInfo (RFC 3161). Reads; proves nothing. */

import { hash } from "node:crypto";
import { readCertificate, type Certificate } from "./certificate.ts";
import { context, DerError, elements, inside, members, oid, only, small, TAG, time, type Der } from "./der.ts";

export const ID = {
  signedData: "1.2.840.113549.1.7.2",
  tstInfo: "1.2.840.113549.1.9.16.1.4",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
} as const;

/** Digests by their algorithms' identifiers. */
export const DIGESTS: ReadonlyMap<string, string> = new Map([
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);
export interface Token {
  readonly content: Buffer;
  readonly certificates: readonly Certificate[];
  readonly signer: Signer;
}

interface Signer {
  readonly id: Der;
  readonly digest: string;
  readonly attributes: Der;
  readonly signature: string;
  readonly value: Buffer;
}

/** More than any chain has. */
const MOST_CERTIFICATES = 16;

/** The token's signed data with its one signer (section 2.4.2: no other may sign it). */
export function readToken(token: Der | undefined): Token {
  const [type, explicit, ...none] = members(token, TAG.sequence);
  if (oid(type) !== ID.signedData || none.length > 0) throw new DerError("no signed data");
  const [version, digests, encapsulated, ...rest] = members(only(inside(explicit, context(0, true))), TAG.sequence);
  members(digests, TAG.set);
  if (small(version) !== 3) throw new DerError("another version");
  const [contentType, octets] = members(encapsulated, TAG.sequence);
  if (oid(contentType) !== ID.tstInfo) throw new DerError("no time stamp");
  const content = inside(only(inside(octets, context(0, true))), TAG.octets);
  const sent = rest.find(({ tag }) => tag === context(0, true));
  const certificates = (sent === undefined ? [] : elements(sent.content)).slice(0, MOST_CERTIFICATES);
  const [signer, ...others] = members(rest.at(-1), TAG.set);
  if (others.length > 0) throw new DerError("more than one signer");
  return {
    content,
    certificates: certificates.flatMap(({ whole }) => readCertificate(whole) ?? []),
    signer: readSigner(signer),
  };
}

function readSigner(signer: Der | undefined): Signer {
  const [version, id, digest, attributes, signature, value] = members(signer, TAG.sequence);
  if (small(version) > 3 || id === undefined || attributes?.tag !== context(0, true)) throw new DerError("no signer");
  return {
    id,
    digest: oid(members(digest, TAG.sequence)[0]),
    attributes,
    signature: oid(members(signature, TAG.sequence)[0]),
    value: inside(value, TAG.octets),
  };
}

/** Each attribute has one value and stands there once (RFC 5652 section 11). */
export function attributesOf(attributes: Der): ReadonlyMap<string, Der> {
  const found = new Map<string, Der>();
  for (const each of elements(attributes.content)) {
    const [type, values] = members(each, TAG.sequence);
    const [value, ...others] = members(values, TAG.set);
    const id = oid(type);
    if (value === undefined || others.length > 0 || found.has(id)) throw new DerError("not one value");
    found.set(id, value);
  }
  return found;
}

/** SigningCertificateV2 (RFC 5035 section 3): the first names the signer's certificate by its digest, SHA-256 where it is silent. */
export function isNamed(certificate: Buffer, attribute: Der | undefined): boolean {
  // Authorities may still name it by SHA-1, in another attribute: that is none.
  if (attribute === undefined) return false;
  const [named] = members(members(attribute, TAG.sequence)[0], TAG.sequence);
  const [algorithm, ...rest] = members(named, TAG.sequence);
  const isSaid = algorithm?.tag === TAG.sequence;
  const digest = isSaid ? DIGESTS.get(oid(members(algorithm, TAG.sequence)[0])) : "sha256";
  const wanted = inside(isSaid ? rest[0] : algorithm, TAG.octets);
  return digest !== undefined && hash(digest, certificate, "buffer").equals(wanted);
}

/** SignerIdentifier: issuer and serial number, or the key's identifier, which the named certificate has or it is another's. */
export function isSigner({ der }: Certificate, id: Der): boolean {
  if (id.tag !== TAG.sequence) return id.tag === context(0, false);
  const [issuer, serial] = members(id, TAG.sequence);
  const fields = members(members(only(der), TAG.sequence)[0], TAG.sequence);
  const [ownSerial, , ownIssuer] = fields[0]?.tag === context(0, true) ? fields.slice(1) : fields;
  return (
    issuer?.whole.equals(ownIssuer?.whole ?? Buffer.alloc(0)) === true &&
    serial?.whole.equals(ownSerial?.whole ?? Buffer.alloc(0)) === true
  );
}

interface Info {
  readonly digest: string | undefined;
  readonly imprint: Buffer;
  readonly serial: string;
  readonly at: number;
  readonly accuracyMs: number | undefined;
  readonly nonce: Buffer | undefined;
}

/** TSTInfo, section 2.4.2. An extension that it must not be read without is none that is known here. */
export function readInfo(content: Buffer): Info {
  const [version, policy, imprint, serial, at, ...rest] = members(only(content), TAG.sequence);
  const [algorithm, digest] = members(imprint, TAG.sequence);
  oid(policy);
  if (small(version) !== 1) throw new DerError("another version");
  const extensions = rest.find(({ tag }) => tag === context(1, true));
  for (const each of extensions === undefined ? [] : elements(extensions.content))
    if (members(each, TAG.sequence).some(({ tag }) => tag === TAG.boolean)) throw new DerError("critical extension");
  const accuracy = rest[0]?.tag === TAG.sequence ? elements(rest[0].content) : undefined;
  return {
    digest: DIGESTS.get(oid(members(algorithm, TAG.sequence)[0])),
    imprint: inside(digest, TAG.octets),
    serial: inside(serial, TAG.integer).toString("hex"),
    at: time(at?.tag === TAG.generalizedTime ? at : undefined),
    accuracyMs: accuracy && accuracyOf(accuracy),
    nonce: rest.find(({ tag }) => tag === TAG.integer)?.content,
  };
}

/** Seconds, milliseconds and microseconds, each of which may be left out. */
const accuracyOf = (parts: readonly Der[]): number =>
  parts.reduce((sum, part) => {
    if (part.tag === TAG.integer) return sum + small(part) * 1000;
    return sum + (part.tag === context(0, false) ? small(part, part.tag) : small(part, context(1, false)) / 1000);
  }, 0);
