/** `kidoban approver add NAME`: makes a key pair, or enrols a passkey, and says what to write into kidoban.yaml. */

import { approverLine, createApproverKey, SHORTEST_PASSPHRASE } from "../config/keys.ts";
import { readPrivateFile } from "../config/private-file.ts";
import { en, ja } from "../words/approver-add.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";
import { approvalWords, askSecret } from "./unlock.ts";

export interface AddOptions {
  /** Separated by commas. */
  readonly groups?: string;
  readonly passphraseFile?: string;
  /** Enrols a passkey with a browser instead of making a key pair. */
  readonly passkey?: boolean;
  /** Puts the passkey into kidoban.yaml. */
  readonly write?: boolean;
}

const addWords = ({ language }: Context): typeof en => (language === "ja" ? ja : en);

type Passphrase =
  { readonly kind: "given"; readonly text: string } | { readonly kind: "refused"; readonly sentence: string };

const refused = (sentence: string): Passphrase => ({ kind: "refused", sentence });

/** Twice from the terminal device, or once from a private file. */
async function newPassphrase(context: Context, name: string, file: string | undefined): Promise<Passphrase> {
  const add = addWords(context);
  const { who } = approvalWords(context);
  if (file !== undefined) {
    const text = await readPrivateFile(file);
    return text === undefined ? refused(who.noFile(file)) : { kind: "given", text: text.replace(/\r?\n$/, "") };
  }
  const device = context.terminal.device();
  if (device === undefined) return refused(add.noTerminal);
  try {
    const first = await askSecret(device, add.newPassphrase(name));
    if (first === undefined) return refused(who.stopped);
    const second = await askSecret(device, add.again);
    if (second === undefined) return refused(who.stopped);
    return first === second ? { kind: "given", text: first } : refused(add.differ);
  } finally {
    device.close();
  }
}

export async function run(context: Context, name: string, options: AddOptions): Promise<ExitCode> {
  const { terminal } = context;
  const add = addWords(context);
  const word = /^[a-z][a-z0-9-]{0,63}$/;
  if (!word.test(name)) return no(context, add.badName(name));
  const groups = (options.groups ?? "").split(",").flatMap((group) => (group.trim() === "" ? [] : [group.trim()]));
  const badGroup = groups.find((group) => !word.test(group));
  if (badGroup !== undefined) return no(context, add.badName(badGroup));

  if (options.passkey === true) {
    const { addPasskey } = await import("./approver-passkey.ts");
    return addPasskey(context, name, { groups, write: options.write === true });
  }

  const passphrase = await newPassphrase(context, name, options.passphraseFile);
  if (passphrase.kind === "refused") return no(context, passphrase.sentence);
  const created = await createApproverKey(name, passphrase.text, context.env.approverDir);
  switch (created.kind) {
    case "short-passphrase":
      return no(context, add.tooShort(SHORTEST_PASSPHRASE));
    case "exists":
      return no(context, add.exists(name));
    case "created": {
      const line = approverLine(name, created.key).replace("groups: []", `groups: [${groups.join(", ")}]`);
      if (context.json) terminal.out(`${JSON.stringify({ name, key: created.key, groups, path: created.path })}\n`);
      else terminal.out(`${add.made(created.path)}\n${add.line}\n\n  ${line}\n`);
      return EXIT.ok;
    }
  }
}
