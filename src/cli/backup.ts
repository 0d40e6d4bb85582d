/** `kidoban backup TO` and `kidoban restore FROM`. */

import { resolve } from "node:path";
import { visibleLine } from "../approval/visible.ts";
import { makeBackup, type BackupFault } from "../compose/backup.ts";
import { restore as restoreFrom, type Restored } from "../compose/restore.ts";
import { openState } from "../compose/state.ts";
import { readPrivateFile } from "../config/private-file.ts";
import { en, ja } from "../words/backup.ts";
import { en as logEn, ja as logJa } from "../words/log.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";
import { keyText } from "./log-key.ts";
import { askSecret } from "./unlock.ts";

interface BackupOptions {
  readonly keys?: boolean;
  readonly passphraseFile?: string;
}

interface RestoreOptions {
  readonly key?: string;
  readonly passphraseFile?: string;
}

const wordsOf = ({ language }: Context): typeof en => (language === "ja" ? ja : en);

/** Typed, or from a file; a sentence where it cannot be had. */
async function passphraseOf(
  context: Context,
  file: string | undefined,
  question: string,
): Promise<{ readonly typed: string | undefined } | { readonly wrong: string }> {
  const words = wordsOf(context);
  if (file !== undefined) {
    const text = await readPrivateFile(file);
    return text === undefined ? { wrong: words.noFile(visibleLine(file)) } : { typed: text.replace(/\r?\n$/, "") };
  }
  const device = context.terminal.device();
  if (device === undefined) return { wrong: words.noTerminal };
  try {
    return { typed: await askSecret(device, question) };
  } finally {
    device.close();
  }
}

export async function backup(context: Context, to: string, options: BackupOptions): Promise<ExitCode> {
  const { terminal, json } = context;
  const words = wordsOf(context);
  const asked =
    options.keys === true ? await passphraseOf(context, options.passphraseFile, words.askNew) : { typed: undefined };
  if ("wrong" in asked) return no(context, asked.wrong, EXIT.usage);
  if (options.keys === true && asked.typed === undefined) return EXIT.usage;
  const path = resolve(to);
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  try {
    const made = await makeBackup(state, {
      stateDir: context.stateDir,
      to: path,
      ...(asked.typed === undefined ? {} : { passphrase: asked.typed }),
      by: context.env.user,
      now: context.now,
    });
    switch (made.kind) {
      case "not-empty":
        return no(context, words.notEmpty(visibleLine(path)), EXIT.usage);
      case "short-passphrase":
        return no(context, words.shortPassphrase, EXIT.usage);
      case "nothing":
        return no(context, words.nothing, EXIT.unavailable);
      case "unsound":
        return faulty(context, made.fault);
      case "made": {
        const { manifest, digest } = made.backup;
        const facts = { path, backup: digest, size: manifest.size, bytes: made.bytes, keys: asked.typed !== undefined };
        const sentences = [
          words.made(visibleLine(path), (made.bytes / 1e6).toFixed(1), manifest.size),
          facts.keys ? words.withKeys : words.withoutKeys,
        ];
        terminal.out(json ? `${JSON.stringify(facts)}\n` : `${sentences.join("\n")}\n`);
        return EXIT.ok;
      }
    }
  } finally {
    await state.close("backup");
  }
}

export async function restore(context: Context, from: string, options: RestoreOptions): Promise<ExitCode> {
  const words = wordsOf(context);
  const key = options.key === undefined ? undefined : await keyText(options.key);
  if (options.key !== undefined && key === undefined)
    return no(context, (context.language === "ja" ? logJa : logEn).badKey(visibleLine(options.key)), EXIT.usage);
  let wrong: string | undefined;
  const done = await restoreFrom({
    stateDir: context.stateDir,
    from: resolve(from),
    ...(key === undefined ? {} : { key }),
    async passphrase() {
      const asked = await passphraseOf(context, options.passphraseFile, words.ask);
      if ("typed" in asked) return asked.typed;
      wrong = asked.wrong;
      return undefined;
    },
    by: context.env.user,
    now: context.now,
  });
  switch (done.kind) {
    case "fault":
      return faulty(context, done.fault);
    case "living":
      return no(context, words.living(done.pids.join(", ")), EXIT.unavailable);
    case "restored":
      return told(context, done);
    default:
      return no(context, wrong ?? words.refusals[done.kind], EXIT.usage);
  }
}

function told(context: Context, { epoch }: Extract<Restored, { readonly kind: "restored" }>): ExitCode {
  const words = wordsOf(context);
  const { voided, from, lost, stops, aside } = epoch;
  const sentences = [
    words.restored(epoch.epoch, from.size),
    lost === undefined ? words.nobodyKnows : lost.size > from.size ? words.lost(from.size, lost.size) : undefined,
    words.voided(voided.requests, voided.passes, voided.tokens),
    words.stops(stops),
    aside === undefined ? undefined : words.aside(visibleLine(aside)),
    epoch.ownKey ? words.ownKey : undefined,
    words.witnesses,
  ].filter((sentence) => sentence !== undefined);
  context.terminal.out(context.json ? `${JSON.stringify(epoch)}\n` : `${sentences.join("\n")}\n`);
  return EXIT.ok;
}

function faulty(context: Context, fault: BackupFault): ExitCode {
  const words = wordsOf(context);
  const log = context.language === "ja" ? logJa : logEn;
  const why = (): string => {
    switch (fault.kind) {
      case "manifest":
        return words.faults[fault.why];
      case "file":
        return words.file(visibleLine(fault.file));
      case "log":
        return `${log.faultAt(visibleLine(`log/${fault.fault.file}`), fault.fault.line, fault.fault.from)}: ${log.faults[fault.fault.code]}`;
      case "store":
        return words.store(visibleLine(fault.reason));
    }
  };
  context.terminal.out(context.json ? `${JSON.stringify(fault)}\n` : `${words.fault}\n${why()}\n`);
  return EXIT.found;
}
