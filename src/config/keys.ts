/** Key pairs: an approver's, whose private half only a passphrase opens, and the installation's, which signs the log. */

import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  scrypt,
  type KeyObject,
} from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { ConfigError } from "./error.ts";
import { createPrivateFile, readPrivateFile } from "./private-file.ts";

/** OWASP Password Storage Cheat Sheet (2025): scrypt N=2^17, r=8, p=1; about half a second and 128 MiB a guess. */
export const KEY_COST = { N: 2 ** 17, r: 8, p: 1 } as const;
const NAME = /^[a-z][a-z0-9-]{0,63}$/;
export const SHORTEST_PASSPHRASE = 8;

const base64url = (bytes: number) => z.base64url().refine((text) => Buffer.from(text, "base64url").length === bytes);
const keyFile = z.strictObject({
  kidoban: z.literal(1),
  approver: z.string(),
  key: z.string(),
  // Literals: a file that asks for less work, or for all memory there is, is not one of ours.
  kdf: z.strictObject({
    name: z.literal("scrypt"),
    N: z.literal(KEY_COST.N),
    r: z.literal(KEY_COST.r),
    p: z.literal(KEY_COST.p),
    salt: base64url(16),
  }),
  cipher: z.strictObject({ name: z.literal("aes-256-gcm"), nonce: base64url(12), tag: base64url(16) }),
  /** base64url; PKCS #8 DER inside. */
  sealed: z.base64url(),
});
type KeyFile = z.infer<typeof keyFile>;

/** Members before `sealed` are bound to it, so that a key cannot be passed off under another name. */
const bound = (file: Pick<KeyFile, "approver" | "key">): Buffer =>
  Buffer.from(JSON.stringify(["kidoban key v1", file.approver, file.key]));

export type CreatedKey =
  | { readonly kind: "created"; readonly key: string; readonly path: string }
  | { readonly kind: "exists"; readonly path: string }
  | { readonly kind: "short-passphrase" };

/** `ed25519:<base64url of the raw 32 bytes>` (RFC 8032), as kidoban.yaml writes it. */
export function publicKeyText(key: KeyObject): string {
  const { x } = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" });
  if (key.asymmetricKeyType !== "ed25519" || x === undefined) throw new TypeError("not an Ed25519 key");
  return `ed25519:${x}`;
}

/** Makes a pair and keeps its private half as `<dir>/<name>.key.json`. Never replaces one. */
export async function createApproverKey(name: string, passphrase: string, dir: string): Promise<CreatedKey> {
  const path = keyPath(name, dir);
  if (normal(passphrase).length < SHORTEST_PASSPHRASE) return { kind: "short-passphrase" };
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const key = publicKeyText(publicKey);
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv("aes-256-gcm", await stretch(passphrase, salt), nonce);
  cipher.setAAD(bound({ approver: name, key }));
  const sealed = Buffer.concat([cipher.update(privateKey.export({ format: "der", type: "pkcs8" })), cipher.final()]);
  const file: KeyFile = {
    kidoban: 1,
    approver: name,
    key,
    kdf: { name: "scrypt", ...KEY_COST, salt: salt.toString("base64url") },
    cipher: { name: "aes-256-gcm", nonce: nonce.toString("base64url"), tag: cipher.getAuthTag().toString("base64url") },
    sealed: sealed.toString("base64url"),
  };
  const created = await createPrivateFile(path, `${JSON.stringify(file, null, 2)}\n`);
  return created ? { kind: "created", key, path } : { kind: "exists", path };
}

export type UnlockedKey =
  | { readonly kind: "unlocked"; readonly privateKey: KeyObject; readonly key: string }
  /** Or the sealed part was changed: the two cannot be told apart. */
  | { readonly kind: "wrong-passphrase" }
  | { readonly kind: "missing"; readonly path: string };

/** @throws ConfigError `key` when the file is not one of ours, or others can read it. */
export async function unlockApproverKey(name: string, passphrase: string, dir: string): Promise<UnlockedKey> {
  const path = keyPath(name, dir);
  const text = await readPrivateFile(path);
  if (text === undefined) return { kind: "missing", path };
  const file = parseKeyFile(text, path);
  if (file.approver !== name) throw new ConfigError("key", `${path} holds the key of ${JSON.stringify(file.approver)}`);
  const secret = await stretch(passphrase, Buffer.from(file.kdf.salt, "base64url"));
  const cipher = createDecipheriv("aes-256-gcm", secret, Buffer.from(file.cipher.nonce, "base64url"), {
    authTagLength: 16,
  });
  cipher.setAAD(bound(file));
  cipher.setAuthTag(Buffer.from(file.cipher.tag, "base64url"));
  let der: Buffer;
  try {
    der = Buffer.concat([cipher.update(Buffer.from(file.sealed, "base64url")), cipher.final()]);
  } catch {
    return { kind: "wrong-passphrase" };
  }
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return { kind: "unlocked", privateKey, key: publicKeyText(privateKey) };
}

function parseKeyFile(text: string, path: string): KeyFile {
  try {
    return keyFile.parse(JSON.parse(text));
  } catch (error) {
    throw new ConfigError("key", `${path} is not a key file of this version, or was changed`, error);
  }
}

/** The line for `approvers:` in kidoban.yaml. */
export const approverLine = (name: string, key: string): string => `${name}: { key: "${key}", groups: [] }`;

function keyPath(name: string, dir: string): string {
  if (!NAME.test(name)) throw new ConfigError("key", `${JSON.stringify(name)} cannot be the name of an approver`);
  return join(dir, `${name}.key.json`);
}

/** One passphrase however the keyboard composed it (NFKC; RFC 8265 section 4.2 for why). */
const normal = (passphrase: string): string => passphrase.normalize("NFKC");

export const stretch = (passphrase: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(normal(passphrase), salt, 32, { ...KEY_COST, maxmem: 256 * 2 ** 20 }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
