/** An authenticator in software: makes assertions as WebAuthn Level 3 section 6.3.3 says, and any others that a test wants. */

import { createHash, createSign, generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import type { Approver, Passkey } from "../../src/approval/approver.ts";
import type { Assertion } from "../../src/approval/passkey.ts";
import { challengeFor, type Proof } from "../../src/approval/proof.ts";
import { messageDigest } from "../../src/approval/signature.ts";
import type { Question, Remarks, Statement, StatementBody, AnswerWord } from "../../src/approval/statement.ts";
import { statementBody } from "../../src/approval/statement.ts";
import { T0 } from "./sample.ts";

export const ORIGIN = "http://kidoban.localhost:7320";
export const RP = "kidoban.localhost";
/** User present, user verified. */
const PRESENT_AND_VERIFIED = 0x05;

export interface Authenticator {
  readonly passkey: Passkey;
  readonly key: KeyObject;
}

export function authenticator(kind: "es256" | "rs256" = "es256", more: Partial<Passkey> = {}): Authenticator {
  const { privateKey, publicKey } =
    kind === "es256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  const written = kind === "es256" ? point : publicKey.export({ format: "der", type: "spki" });
  const key = `${kind}:${written.toString("base64url")}`;
  return {
    key: privateKey,
    passkey: { id: randomBytes(16).toString("base64url"), key, rp: RP, origin: ORIGIN, ...more },
  };
}

/** What an assertion says; each may be wrong. */
export interface Said {
  readonly rp: string;
  readonly flags: number;
  readonly counter: number;
  /** Behind the counter. */
  readonly extra: Buffer;
  readonly client: Readonly<Record<string, unknown>>;
}

/** Signed whatever it says: the authenticator is the approver's own, and so are its mistakes. */
export function assertion(
  { passkey, key }: Authenticator,
  challenge: Buffer,
  {
    rp = passkey.rp,
    flags = PRESENT_AND_VERIFIED,
    counter = 0,
    extra = Buffer.alloc(0),
    client = {},
  }: Partial<Said> = {},
): { readonly assertion: Assertion; readonly signature: string } {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(counter, 1);
  const authenticatorData = Buffer.concat([createHash("sha256").update(rp).digest(), head, extra]);
  const clientData = Buffer.from(
    JSON.stringify({
      type: "webauthn.get",
      challenge: challenge.toString("base64url"),
      origin: passkey.origin,
      crossOrigin: false,
      ...client,
    }),
  );
  const signed = Buffer.concat([authenticatorData, createHash("sha256").update(clientData).digest()]);
  return {
    assertion: {
      authenticatorData: authenticatorData.toString("base64url"),
      clientData: clientData.toString("base64url"),
    },
    signature: createSign("sha256").update(signed).sign(key).toString("base64url"),
  };
}

export interface Holder {
  readonly approver: Approver;
  readonly authenticator: Authenticator;
}

/** Somebody who has a passkey and no other key. */
export function holder(name: string, ...groups: readonly string[]): Holder {
  const made = authenticator();
  return { approver: { name, groups, passkeys: [made.passkey] }, authenticator: made };
}

const proofOf = (by: Authenticator, challenge: Buffer, said?: Partial<Said>): Proof => {
  const { assertion: passkey, signature } = assertion(by, challenge, said);
  return { key: by.passkey.key, signature, passkey };
};

export const digestOf = (body: StatementBody): Buffer => messageDigest("kidoban-statement/v1", body);

/** A statement under one gesture. */
export function taps(
  { approver, authenticator }: Holder,
  question: Question,
  answer: AnswerWord,
  { at = T0 + 1000, said, ...remarks }: Remarks & { readonly at?: number; readonly said?: Partial<Said> } = {},
): Statement {
  const body = statementBody(question, answer, approver.name, at, remarks);
  return { body, assurance: "verified", ...proofOf(authenticator, digestOf(body), said) };
}

/** Several statements under one gesture. */
export function tapsAll({ authenticator }: Holder, bodies: readonly StatementBody[]): readonly Statement[] {
  const digests = bodies.map(digestOf);
  const { passkey, ...proof } = proofOf(authenticator, challengeFor(digests));
  const batch = digests.map((each) => each.toString("hex"));
  return bodies.map((body) => ({ body, assurance: "verified", ...proof, passkey: { ...passkey!, batch } }));
}
