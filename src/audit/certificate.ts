/**
 * Certificates (RFC 5280) of time-stamping authorities, and whether one leads to an authority that is trusted. OpenSSL, in
 * Node, reads them and checks signatures; what it does not tell is read here. What is not understood is refused.
 */

import { X509Certificate, type KeyObject } from "node:crypto";
import { context, DerError, inside, members, oid, only, small, TAG, time } from "./der.ts";

export interface Certificate {
  readonly x509: X509Certificate;
  readonly der: Buffer;
  readonly key: KeyObject;
  /** ms, both inclusive. */
  readonly from: number;
  readonly until: number;
  readonly signed: string;
  readonly extensions: ReadonlyMap<string, Extension>;
}

interface Extension {
  readonly critical: boolean;
  readonly value: Buffer;
}

const EXT = {
  keyUsage: "2.5.29.15",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  policies: "2.5.29.32",
  extendedKeyUsage: "2.5.29.37",
} as const;
/** Critical ones that are looked at here; policies ask nothing of whoever asks for none (RFC 5280 section 6.1.1). */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  EXT.keyUsage,
  EXT.basicConstraints,
  EXT.policies,
  EXT.extendedKeyUsage,
]);
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const ANY_USAGE = "2.5.29.37.0";
/** SHA-256, -384 and -512 with RSA, the same with ECDSA. */
const STRONG = /^1\.2\.840\.(?:113549\.1\.1\.1[123]|10045\.4\.3\.[234])$/;
const CURVES: ReadonlySet<string> = new Set(["prime256v1", "secp384r1", "secp521r1"]);
const MIN_RSA_BITS = 2048;

/** Undefined for what is no certificate, or one that says a thing twice. */
export function readCertificate(der: Buffer): Certificate | undefined {
  try {
    const x509 = new X509Certificate(der);
    const [tbs, algorithm] = members(only(der), TAG.sequence);
    const fields = members(tbs, TAG.sequence);
    const named = fields[0]?.tag === context(0, true) ? fields.slice(1) : fields;
    const [from, until] = members(named[3], TAG.sequence);
    const last = fields.find(({ tag }) => tag === context(3, true));
    const extensions = (last === undefined ? [] : members(only(last.content), TAG.sequence)).map((each) => {
      const [id, ...rest] = members(each, TAG.sequence);
      const critical = rest.length > 1 && inside(rest[0], TAG.boolean)[0] === 0xff;
      return [oid(id), { critical, value: inside(rest.at(-1), TAG.octets) }] as const;
    });
    const byId = new Map(extensions);
    if (byId.size !== extensions.length) return undefined;
    const signed = oid(members(algorithm, TAG.sequence)[0]);
    // Asked for here, since OpenSSL says only then that it knows no such key.
    return { x509, der, key: x509.publicKey, from: time(from), until: time(until), signed, extensions: byId };
  } catch (error) {
    // OpenSSL's own errors are those of a certificate that it cannot read.
    if (error instanceof DerError || (error instanceof Error && "code" in error)) return undefined;
    throw error;
  }
}

/** The certificates of a PEM file that may say who is trusted; undefined where there is none, or one that is no authority's. */
export function readAuthorities(pem: string): readonly Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const found = blocks.flatMap((block) => readCertificate(Buffer.from(block.split("-----")[2] ?? "", "base64")) ?? []);
  return found.length === 0 || found.length !== blocks.length || !found.every(({ x509 }) => x509.ca)
    ? undefined
    : found;
}

const isStrong = ({ key }: Certificate): boolean => {
  const { modulusLength = 0, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
  return key.asymmetricKeyType === "rsa" ? modulusLength >= MIN_RSA_BITS : CURVES.has(namedCurve);
};

const isUnderstood = ({ extensions }: Certificate): boolean =>
  !extensions.has(EXT.nameConstraints) &&
  [...extensions].every(([id, { critical }]) => !critical || UNDERSTOOD.has(id));

function usagesOf({ extensions }: Certificate): readonly string[] | undefined {
  const extension = extensions.get(EXT.extendedKeyUsage);
  return extension && members(only(extension.value), TAG.sequence).map(oid);
}

/** Whether it may sign time stamps and nothing else: RFC 3161 section 2.3. */
export function isForStamps(certificate: Certificate): boolean {
  const usages = usagesOf(certificate);
  const isCritical = certificate.extensions.get(EXT.extendedKeyUsage)?.critical === true;
  const bits = certificate.extensions.get(EXT.keyUsage);
  // digitalSignature and nonRepudiation are the first two bits; after how many are unused.
  const [, usage = 0, more = 0] = bits === undefined ? [0, 0xc0] : inside(only(bits.value), TAG.bits);
  return (
    isCritical && usages?.length === 1 && usages[0] === TIME_STAMPING && (usage & 0x3f) === 0 && usage > 0 && more === 0
  );
}

/** Whether it may stand above `below` other authorities and one that stamps. */
function mayIssue(certificate: Certificate, below: number): boolean {
  const constraints = certificate.extensions.get(EXT.basicConstraints);
  const most = constraints && members(only(constraints.value), TAG.sequence)[1];
  const usages = usagesOf(certificate);
  return (
    certificate.x509.ca &&
    (most === undefined || below <= small(most)) &&
    (usages === undefined || usages.includes(TIME_STAMPING) || usages.includes(ANY_USAGE))
  );
}

/** OpenSSL compares names, key identifiers and whether the key may sign certificates. */
const isIssuedBy = (one: Certificate, by: Certificate): boolean =>
  STRONG.test(one.signed) && one.x509.checkIssued(by.x509) && one.x509.verify(by.key);

/** Longer paths are nobody's, and many certificates of one name must not be tried in every order. */
const MOST_BETWEEN = 6;
const MOST_TRIES = 64;

/**
 * Whether `signer` leads over some of `between` to one of `trusted`, all of them valid at `at` (RFC 5280 section 6.1). A
 * trusted one need not have signed itself. Whether any was revoked is not asked.
 */
export function leadsTo(
  signer: Certificate,
  between: readonly Certificate[],
  trusted: readonly Certificate[],
  at: number,
): "yes" | "no" | "expired" {
  let tries = 0;
  let isExpired = false;
  const isValid = ({ from, until }: Certificate): boolean => from <= at && at <= until;
  const leads = (one: Certificate, below: readonly Certificate[]): boolean => {
    if (!isStrong(one) || !isUnderstood(one)) return false;
    const anchors = trusted.filter(
      (each) =>
        ++tries <= MOST_TRIES &&
        isStrong(each) &&
        isUnderstood(each) &&
        mayIssue(each, below.length) &&
        isIssuedBy(one, each),
    );
    if (anchors.length > 0) {
      const path = [...below, one];
      if (path.every(isValid) && anchors.some(isValid)) return true;
      isExpired = true;
    }
    if (below.length >= MOST_BETWEEN) return false;
    return between.some(
      (each) =>
        ++tries <= MOST_TRIES &&
        each !== one &&
        !below.includes(each) &&
        mayIssue(each, below.length) &&
        isIssuedBy(one, each) &&
        leads(each, [...below, one]),
    );
  };
  return leads(signer, []) ? "yes" : isExpired ? "expired" : "no";
}
