/** A state's keys under a passphrase, for a backup that is to go on as the same installation. Knows no state's files. */

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import * as z from "zod";
import { KEY_COST, SHORTEST_PASSPHRASE, stretch } from "./keys.ts";

const base64url = (bytes: number) => z.base64url().refine((text) => Buffer.from(text, "base64url").length === bytes);
const sealedFile = z.strictObject({
  kidoban: z.literal(1),
  /** Of the log: keys cannot be passed off as another installation's. */
  origin: z.string(),
  kdf: z.strictObject({
    name: z.literal("scrypt"),
    N: z.literal(KEY_COST.N),
    r: z.literal(KEY_COST.r),
    p: z.literal(KEY_COST.p),
    salt: base64url(16),
  }),
  cipher: z.strictObject({ name: z.literal("aes-256-gcm"), nonce: base64url(12), tag: base64url(16) }),
  sealed: z.base64url(),
});
const texts = z.record(z.string().regex(/^[a-z][a-z-]*\.(?:key|pem)$/), z.string());

/** Texts by file name. */
export type KeyTexts = Readonly<Record<string, string>>;

const bound = (origin: string): Buffer => Buffer.from(JSON.stringify(["kidoban keys v1", origin]));

/** Undefined where the passphrase is too short. */
export async function sealKeys(origin: string, keys: KeyTexts, passphrase: string): Promise<string | undefined> {
  if (passphrase.normalize("NFKC").length < SHORTEST_PASSPHRASE) return undefined;
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv("aes-256-gcm", await stretch(passphrase, salt), nonce).setAAD(bound(origin));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(keys), "utf8"), cipher.final()]);
  const file: z.infer<typeof sealedFile> = {
    kidoban: 1,
    origin,
    kdf: { name: "scrypt", ...KEY_COST, salt: salt.toString("base64url") },
    cipher: { name: "aes-256-gcm", nonce: nonce.toString("base64url"), tag: cipher.getAuthTag().toString("base64url") },
    sealed: sealed.toString("base64url"),
  };
  return `${JSON.stringify(file)}\n`;
}

/** `wrong-passphrase`: or the file was changed; the two cannot be told apart. */
export async function openKeys(
  origin: string,
  text: string,
  passphrase: string,
): Promise<KeyTexts | "malformed" | "wrong-passphrase"> {
  const file = sealedFile.safeParse(json(text)).data;
  if (file === undefined || file.origin !== origin) return "malformed";
  const key = await stretch(passphrase, Buffer.from(file.kdf.salt, "base64url"));
  const nonce = Buffer.from(file.cipher.nonce, "base64url");
  const cipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 }).setAAD(bound(origin));
  cipher.setAuthTag(Buffer.from(file.cipher.tag, "base64url"));
  try {
    const plain = Buffer.concat([cipher.update(Buffer.from(file.sealed, "base64url")), cipher.final()]);
    return texts.safeParse(json(plain.toString("utf8"))).data ?? "malformed";
  } catch {
    return "wrong-passphrase";
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
