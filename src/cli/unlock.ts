/** Which key answers, and its passphrase: from the terminal device, or from a file for automation. Never from stdin or argv. */

import { readdir } from "node:fs/promises";
import type { Signer } from "../approval/desk.ts";
import { unlockApproverKey } from "../config/keys.ts";
import { readPrivateFile } from "../config/private-file.ts";
import { en, ja, type ApprovalWords } from "../words/approvals.ts";
import type { Context } from "./context.ts";
import type { Device } from "./terminal.ts";

export interface SignerOptions {
  /** Name of the approver, where several keys are here. */
  readonly as?: string;
  /** Holds the passphrase (0600). Weaker than typing it: whoever can read the file can approve. */
  readonly passphraseFile?: string;
}

/** `refused`: with what to tell the person. */
export type Unlocked =
  { readonly kind: "unlocked"; readonly signer: Signer } | { readonly kind: "refused"; readonly sentence: string };

const KEY_FILE = ".key.json";
const ATTEMPTS = 3;

export const approvalWords = ({ language }: Context): ApprovalWords => (language === "ja" ? ja : en);

const refused = (sentence: string): Unlocked => ({ kind: "refused", sentence });

/** Names of the keys in the approver's own folder, sorted. */
async function keyNames(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch(() => []);
  return files.flatMap((file) => (file.endsWith(KEY_FILE) ? [file.slice(0, -KEY_FILE.length)] : [])).toSorted();
}

/** Whose answer it would be: as said, or of the only key here. */
export async function signerName(context: Context, { as }: SignerOptions): Promise<string | undefined> {
  if (as !== undefined) return as;
  const names = await keyNames(context.env.approverDir);
  return names.length === 1 ? names[0] : undefined;
}

/** Asks on the device without showing what is typed; undefined when the person stops. */
export async function askSecret(device: Device, message: string): Promise<string | undefined> {
  const { password } = await import("@clack/prompts");
  const typed = await password({ message, input: device.input, output: device.output });
  // A symbol says that the prompt was cancelled.
  return typeof typed === "string" ? typed : undefined;
}

async function unlockWith(context: Context, name: string, passphrase: string): Promise<Unlocked> {
  const { who } = approvalWords(context);
  const unlocked = await unlockApproverKey(name, passphrase, context.env.approverDir);
  switch (unlocked.kind) {
    case "unlocked":
      return { kind: "unlocked", signer: { approver: name, key: unlocked.privateKey } };
    case "wrong-passphrase":
      return refused(who.wrongPassphrase);
    case "missing":
      return refused(who.unknown(name));
  }
}

/** The signer's key. `device`: left out where there is no terminal. Throws ConfigError for a damaged or exposed file. */
export async function unlockSigner(
  context: Context,
  { as, passphraseFile }: SignerOptions,
  device: Device | undefined,
): Promise<Unlocked> {
  const { who, inbox } = approvalWords(context);
  const names = await keyNames(context.env.approverDir);
  const name = as ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) {
    return refused(names.length === 0 ? who.none(context.env.approverDir) : who.several(names.join(", ")));
  }
  if (!names.includes(name)) return refused(who.unknown(name));
  if (passphraseFile !== undefined) {
    const text = await readPrivateFile(passphraseFile);
    return text === undefined
      ? refused(who.noFile(passphraseFile))
      : unlockWith(context, name, text.replace(/\r?\n$/, ""));
  }
  if (device === undefined) return refused(who.noTerminal);
  for (let attempt = 1; ; attempt++) {
    const passphrase = await askSecret(device, inbox.unlock(name));
    if (passphrase === undefined) return refused(who.stopped);
    const unlocked = await unlockWith(context, name, passphrase);
    if (unlocked.kind === "unlocked" || attempt === ATTEMPTS) return unlocked;
    device.output.write(`${unlocked.sentence}\n`);
  }
}
