/** `kidoban approver add NAME --passkey`: a link, a code, and then the lines for kidoban.yaml, or the file with them in it. */

import { readFile, rename, unlink, writeFile } from "node:fs/promises";
import type { Approver, Passkey } from "../approval/approver.ts";
import { operationalLog } from "../compose/operations.ts";
import { openConsole, type OpenConsole } from "../compose/console/run.ts";
import { consoleOf } from "../compose/console/site.ts";
import { openState, type State } from "../compose/state.ts";
import { withPasskey } from "../config/passkey-write.ts";
import { codeDigest, ENROL_MS, linkDigest, newEnrolment, passkeyLines } from "../console/enrolment.ts";
import type { EnrolmentRecord } from "../store/store.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { en, ja, type EnrolWords } from "../words/enrol.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { describe } from "./failure.ts";

export interface PasskeyOptions {
  readonly groups: Approver["groups"];
  /** Writes into kidoban.yaml. */
  readonly write: boolean;
}

export async function addPasskey(context: Context, name: string, options: PasskeyOptions): Promise<ExitCode> {
  const { terminal, configPath, language } = context;
  const words = (language === "ja" ? ja : en).terminal;
  if (configPath === undefined) {
    terminal.err(`kidoban: ${(language === "ja" ? cliJa : cliEn).noConfig}\n`);
    return EXIT.usage;
  }
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  const console_ = await ownConsole(context, state, configPath);
  try {
    const { url } = await consoleOf(state.store, configPath);
    const { link, code } = newEnrolment();
    const digest = linkDigest(link);
    const expiresAt = context.now() + ENROL_MS;
    await state.store.addEnrolment(
      { link: digest, approver: name, code: codeDigest(link, code), expiresAt },
      context.now(),
    );
    terminal.out(
      context.json
        ? `${JSON.stringify({ name, url: `${url}/enrol/${link}`, code, expiresAt })}\n`
        : `${words.open(`${url}/enrol/${link}`)}\n${words.code(code)}\n\n${words.waits}\n`,
    );
    const ended = await ending(state, digest, expiresAt, context.now);
    if (ended?.passkey === undefined) {
      terminal.err(`kidoban: ${ended?.state === "void" ? words.void : words.late}\n`);
      return EXIT.found;
    }
    await told(context, name, ended.passkey, configPath, options, words);
    return EXIT.ok;
  } finally {
    await console_?.close();
    await state.close("enrolment ended");
  }
}

/** Its own pages, as long as the link is good, where nobody listens there already. */
async function ownConsole(context: Context, state: State, configPath: string): Promise<OpenConsole | undefined> {
  const { env, now, language } = context;
  const operations = operationalLog(context.stateDir);
  const broken = (error: unknown): void => operations.warn("console", { problems: describe(language, error) });
  try {
    return await openConsole(state, { env, configPath, listen: undefined, now, broken });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return undefined;
    throw error;
  }
}

/** Resolves once it is done, void or too late. */
function ending(
  { store }: State,
  link: string,
  expiresAt: number,
  now: () => number,
): Promise<EnrolmentRecord | undefined> {
  return new Promise((resolve, reject) => {
    const end = (found: EnrolmentRecord | undefined): void => {
      clearTimeout(timer);
      unwatch();
      resolve(found);
    };
    const look = async (): Promise<void> => {
      const found = await store.enrolment(link);
      if (found === undefined || found.state !== "open") end(found);
    };
    const looked = (): void => void look().catch(reject);
    const timer = setTimeout(() => end(undefined), expiresAt - now());
    const unwatch = store.watch(looked);
    looked();
  });
}

async function told(
  context: Context,
  name: string,
  passkey: Passkey,
  configPath: string,
  { groups, write }: PasskeyOptions,
  words: EnrolWords["terminal"],
): Promise<void> {
  const { terminal } = context;
  const changed = write ? withPasskey(await readFile(configPath, "utf8"), name, passkey, groups) : undefined;
  if (changed !== undefined) await replace(configPath, changed);
  if (context.json) {
    terminal.out(`${JSON.stringify({ name, passkey, written: changed !== undefined })}\n`);
    return;
  }
  terminal.out(`${words.enrolled(name)}\n`);
  if (changed !== undefined) {
    terminal.out(`${words.written(configPath)}\n`);
    return;
  }
  terminal.out(`${write ? words.unwritable(configPath) : words.lines}\n\napprovers:\n${passkeyLines(name, passkey)}`);
}

/** Readers, of whom there may be a running gate, find the old text or the new one. */
async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, text, { flag: "wx" });
  try {
    await rename(draft, path);
  } catch (error) {
    await unlink(draft);
    throw error;
  }
}
