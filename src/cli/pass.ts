/** `kidoban pass`: passes in the terminal. To sign takes a key; to revoke takes none, like a stop. */

import { passLeave, signPass, type Bound, type Pass, type PassBody, type PassSignature } from "../approval/pass.ts";
import type { PassDesk, PassSigned } from "../approval/pass-desk.ts";
import { draftPass, passDeskOf, type Drafted } from "../compose/pass-draft.ts";
import { openState, type State } from "../compose/state.ts";
import { newPassId } from "../store/pass-desk.ts";
import { isObject, type JsonObject } from "../policy/json.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { en, ja } from "../words/pass.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";
import { keyAfterReading } from "./keys.ts";
import { callOf, instant, passText, stateOf, type PassWords } from "./pass-text.ts";
import { momentOf } from "./moment.ts";
import { table } from "./table.ts";
import type { Device } from "./terminal.ts";
import { unlockSigner, type SignerOptions } from "./unlock.ts";

export interface SignOptions extends SignerOptions {
  readonly ticket?: string;
}

export interface NewOptions extends SignOptions {
  readonly args?: string;
  readonly within?: string;
  readonly from?: string;
  readonly until: string;
  readonly count?: string;
  readonly reason: string;
}

const wordsOf = ({ language }: Context): PassWords => (language === "ja" ? ja : en);

async function withState(
  context: Context,
  work: (state: State, desk: PassDesk) => Promise<ExitCode>,
): Promise<ExitCode> {
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  try {
    return await work(state, passDeskOf(state, context.now));
  } finally {
    await state.close("passes");
  }
}

/** Shows what is signed, asks, unlocks. Without a passphrase file there has to be a terminal (P7). */
async function signatureOf(
  context: Context,
  shown: Pass,
  options: SignOptions,
  args?: JsonObject,
): Promise<PassSignature | ExitCode> {
  const words = wordsOf(context);
  const device = options.passphraseFile === undefined ? context.terminal.device() : undefined;
  if (device === undefined && options.passphraseFile === undefined)
    return no(context, (context.language === "ja" ? cliJa : cliEn).noTerminal);
  try {
    const width = (device?.output.columns || context.terminal.columns) - 1;
    const text = passText(shown, words, { now: context.now(), width, args });
    if (device !== undefined) device.output.write(text);
    else if (!context.json) context.terminal.out(text);
    if (device !== undefined && !(await isMeant(device, words))) return no(context, words.left, EXIT.found);
    const unlocked = await unlockSigner(context, options, device);
    if (unlocked.kind === "refused") return no(context, unlocked.sentence);
    const { approver, key } = unlocked.signer;
    const remarks = options.ticket === undefined ? {} : { ticket: options.ticket };
    return signPass(passLeave(shown.body, approver, context.now(), remarks), key);
  } finally {
    device?.close();
  }
}

async function isMeant(device: Device, words: PassWords): Promise<boolean> {
  device.output.write(`\n${words.confirm}\n`);
  return (await keyAfterReading(device)) === "a";
}

function told(context: Context, signed: PassSigned): ExitCode {
  const words = wordsOf(context);
  if (signed.kind === "refused") return no(context, words.refused[signed.why], EXIT.found);
  const { body, signatures } = signed.pass;
  if (context.json) context.terminal.out(`${JSON.stringify(jsonOf(signed.pass, context.now()))}\n`);
  else {
    context.terminal.out(`${words.signed(body.pass)}\n`);
    if (body.from > body.issuedAt && signatures.length < 2) context.terminal.out(`${words.second(body.pass)}\n`);
  }
  return EXIT.ok;
}

const jsonOf = (pass: Pass, now: number) => ({
  ...pass.body,
  state: stateOf(pass, now),
  uses: pass.uses,
  signers: pass.signatures.map(({ approver }) => approver),
});

/** An object; undefined for any other text. */
function objectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

type Wanted = { readonly args: Parameters<typeof draftPass>[1]["args"] } | { readonly sentence: string };

function argumentsIn({ args, within }: NewOptions, words: PassWords): Wanted {
  if (args !== undefined && within !== undefined) return { sentence: words.bothArguments };
  const text = within ?? args ?? "{}";
  const value = objectIn(text);
  if (value === undefined) return { sentence: words.badJson(text) };
  // Whether these are bounds is checked with all else that a pass may say.
  return { args: within === undefined ? value : { within: value as unknown as Readonly<Record<string, Bound>> } };
}

export async function make(context: Context, agent: string, call: string, options: NewOptions): Promise<ExitCode> {
  const words = wordsOf(context);
  const { configPath: config } = context;
  if (config === undefined) return no(context, (context.language === "ja" ? cliJa : cliEn).noConfig);
  const issuedAt = context.now();
  const from = options.from === undefined ? issuedAt : momentOf(options.from, issuedAt);
  if (Number.isNaN(from)) return no(context, words.badTime(options.from ?? ""));
  const until = momentOf(options.until, from);
  if (Number.isNaN(until)) return no(context, words.badTime(options.until));
  const count = Number(options.count ?? "1");
  if (!Number.isSafeInteger(count)) return no(context, words.badCount(options.count ?? ""));
  const wanted = argumentsIn(options, words);
  if ("sentence" in wanted) return no(context, wanted.sentence);
  const { reason } = options;
  return withState(context, async ({ store }, desk) => {
    const terms = { pass: newPassId(), issuedAt, from, until, count, reason };
    const drafted = await draftPass(store, { config, agent, call, args: wanted.args, ...terms });
    if (drafted.kind === "refused") return no(context, faultText(drafted, words), EXIT.found);
    const { body } = drafted;
    const known = body.arguments.kind === "exact" ? (wanted.args as JsonObject) : undefined;
    const signature = await signatureOf(context, unsigned(body), options, known);
    return typeof signature === "number" ? signature : told(context, await desk.issue(body, signature));
  });
}

const unsigned = (body: PassBody): Pass => ({ body, signatures: [], uses: 0 });

const faultText = ({ why, detail }: Extract<Drafted, { readonly kind: "refused" }>, words: PassWords): string =>
  detail === undefined ? words.refused[why] : words.refusedAt(words.refused[why], detail);

export const sign = (context: Context, id: string, options: SignOptions): Promise<ExitCode> =>
  withState(context, async (_, desk) => {
    const pass = await desk.show(id);
    if (pass === undefined) return no(context, wordsOf(context).refused["no-such-pass"], EXIT.found);
    const signature = await signatureOf(context, pass, options);
    return typeof signature === "number" ? signature : told(context, await desk.sign(id, signature));
  });

export const revoke = (context: Context, id: string): Promise<ExitCode> =>
  withState(context, async (_, desk) => {
    const words = wordsOf(context);
    if (!(await desk.revoke(id, context.env.user))) return no(context, words.noneToRevoke(id), EXIT.found);
    context.terminal.out(context.json ? `${JSON.stringify({ revoked: id })}\n` : `${words.revoked(id)}\n`);
    return EXIT.ok;
  });

export const show = (context: Context, id: string): Promise<ExitCode> =>
  withState(context, async (_, desk) => {
    const words = wordsOf(context);
    const pass = await desk.show(id);
    if (pass === undefined) return no(context, words.refused["no-such-pass"], EXIT.found);
    const now = context.now();
    const width = context.terminal.columns - 1;
    context.terminal.out(
      context.json ? `${JSON.stringify(jsonOf(pass, now))}\n` : passText(pass, words, { now, width }),
    );
    return EXIT.ok;
  });

export const list = (context: Context): Promise<ExitCode> =>
  withState(context, async (_, desk) => {
    const words = wordsOf(context);
    const now = context.now();
    const passes = await desk.list();
    if (context.json) context.terminal.out(`${JSON.stringify({ passes: passes.map((pass) => jsonOf(pass, now)) })}\n`);
    else if (passes.length === 0) context.terminal.out(`${words.none}\n`);
    else context.terminal.out(`${table(Object.values(words.columns), passes.map(rowOf(words, now))).join("\n")}\n`);
    return EXIT.ok;
  });

const rowOf =
  (words: PassWords, now: number) =>
  (pass: Pass): readonly string[] => [
    pass.body.pass,
    pass.body.agent,
    callOf(pass.body),
    words.states[stateOf(pass, now)],
    `${pass.uses}/${pass.body.count}`,
    instant(pass.body.until),
    pass.signatures.map(({ approver }) => approver).join(", "),
  ];
