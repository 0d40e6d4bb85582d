/** `kidoban token`: what agents log in with over HTTP. To issue one is to let somebody in, so an approver signs it. */

import { signIssuance, verifyIssuance, type Issuance } from "../approval/issuance.ts";
import type { Approver } from "../approval/approver.ts";
import { approversOf } from "../compose/approvers-now.ts";
import { openState, type State } from "../compose/state.ts";
import { newToken, type NewToken } from "../compose/token.ts";
import { durationMs } from "../config/duration.ts";
import { loadConfig } from "../config/load.ts";
import type { TokenRecord } from "../store/store.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { en, ja } from "../words/serve.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";
import type { Device } from "./terminal.ts";
import { unlockSigner, type SignerOptions } from "./unlock.ts";

export interface IssueOptions extends SignerOptions {
  /** How long the new token holds. */
  readonly ttl?: string;
  /** How long those before go on holding, on rotation. */
  readonly overlap?: string;
  readonly yes?: boolean;
}

const DEFAULT_TTL = "90d";
const DEFAULT_OVERLAP = "1h";

const wordsOf = ({ language }: Context): typeof en => (language === "ja" ? ja : en);
const time = (at: number): string => new Date(at).toISOString();

async function withState(
  context: Context,
  work: (state: State, config: string) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { configPath } = context;
  if (configPath === undefined) return no(context, (context.language === "ja" ? cliJa : cliEn).noConfig);
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  try {
    return await work(state, configPath);
  } finally {
    await state.close("tokens");
  }
}

/** The agent's tokens of this configuration that hold now. */
async function holding(context: Context, state: State, config: string, agent: string): Promise<readonly TokenRecord[]> {
  return (await state.store.tokens()).filter(
    (token) =>
      token.config === config &&
      token.agent === agent &&
      token.revokedAt === undefined &&
      token.expiresAt > context.now(),
  );
}

export const issue = (context: Context, agent: string, options: IssueOptions): Promise<ExitCode> =>
  withState(context, (state, config) => issueIn(context, state, config, agent, options, []));

export const rotate = (context: Context, agent: string, options: IssueOptions): Promise<ExitCode> =>
  withState(context, async (state, config) => {
    const before = await holding(context, state, config, agent);
    if (before.length === 0) return no(context, wordsOf(context).noneToRotate(agent), EXIT.found);
    return issueIn(context, state, config, agent, options, before);
  });

async function issueIn(
  context: Context,
  state: State,
  config: string,
  agent: string,
  options: IssueOptions,
  before: readonly TokenRecord[],
): Promise<ExitCode> {
  const words = wordsOf(context);
  const [ttl = DEFAULT_TTL, overlap = DEFAULT_OVERLAP] = [options.ttl, options.overlap];
  for (const text of [ttl, overlap]) if (!(durationMs(text) > 0)) return no(context, words.badDuration(text));
  const found = await loadConfig(config);
  if (!found.manifests.has(agent)) return no(context, words.noSuchAgent(agent));
  // Before anything was accepted, those who will be as soon as a gate starts.
  const accepted = await state.store.accepted(config);
  const approvers =
    accepted === undefined ? (found.config?.approvers ?? []) : await approversOf(accepted, state.store, context.now());

  const token = newToken();
  const issuedAt = context.now();
  const record = { id: token.id, config, agent, digest: token.digest, issuedAt, expiresAt: issuedAt + durationMs(ttl) };
  const leave = await leaveFor(context, approvers, record, options);
  if (leave.kind === "refused") return no(context, leave.sentence, leave.code);
  const at = context.now() + durationMs(overlap);
  await bringIntoForce(state, record, leave, before, at);
  show(context, token, record, before, at);
  return EXIT.ok;
}

type Leave =
  | { readonly kind: "given"; readonly by: string; readonly issuance?: Issuance }
  | { readonly kind: "refused"; readonly sentence: string; readonly code: ExitCode };

const refused = (sentence: string, code: ExitCode = EXIT.usage): Leave => ({ kind: "refused", sentence, code });

/** A signature where there are approvers; else a person's word, since nobody is named who could sign. */
async function leaveFor(
  context: Context,
  approvers: readonly Approver[],
  record: TokenRecord,
  options: IssueOptions,
): Promise<Leave> {
  const words = wordsOf(context);
  const signs = approvers.length > 0;
  const asks = !signs && options.yes !== true;
  const device = asks || (signs && options.passphraseFile === undefined) ? context.terminal.device() : undefined;
  try {
    if (!signs) {
      if (asks && device === undefined) return refused((context.language === "ja" ? cliJa : cliEn).noTerminal);
      if (asks && device !== undefined && !(await confirmed(device, words, record.agent)))
        return refused(words.left, EXIT.found);
      return { kind: "given", by: context.env.user };
    }
    const unlocked = await unlockSigner(context, options, device);
    if (unlocked.kind === "refused") return refused(unlocked.sentence);
    const { approver, key } = unlocked.signer;
    const { id, digest, config, agent, issuedAt, expiresAt } = record;
    const issuance = signIssuance({ v: 1, token: id, digest, config, agent, approver, issuedAt, expiresAt }, key);
    if (!verifyIssuance(issuance, approvers)) return refused(words.notApprover(approver));
    return { kind: "given", by: approver, issuance };
  } finally {
    device?.close();
  }
}

/** Enter alone is no answer. */
async function confirmed(device: Device, words: typeof en, agent: string): Promise<boolean> {
  const { isCancel, text } = await import("@clack/prompts");
  const answer = await text({ message: words.ask(agent), input: device.input, output: device.output });
  return !isCancel(answer) && words.yes.includes((answer ?? "").trim().normalize("NFKC").toLowerCase());
}

/** `at`: when those before end, where they have not by then. */
async function bringIntoForce(
  { store, log }: State,
  record: TokenRecord,
  { by, issuance }: Extract<Leave, { readonly kind: "given" }>,
  before: readonly TokenRecord[],
  at: number,
): Promise<void> {
  const { id, agent, config, digest, issuedAt, expiresAt } = record;
  // Durable before it takes effect (P4): nobody is let in without an entry that says who wanted it.
  log.record({
    kind: "token.issued",
    token: id,
    agent,
    config,
    digest,
    issuedAt,
    expiresAt,
    by,
    ...(issuance === undefined ? {} : { key: issuance.key, signature: issuance.signature }),
  });
  for (const old of before) if (old.expiresAt > at) log.record({ kind: "token.revoked", token: old.id, agent, at, by });
  await log.synced();
  await store.addToken(record);
  for (const old of before) await store.endToken(old.id, at);
}

/** On stdout: shown this once, kept nowhere. */
function show(
  context: Context,
  token: NewToken,
  record: TokenRecord,
  before: readonly TokenRecord[],
  at: number,
): void {
  const { terminal } = context;
  const words = wordsOf(context);
  const { id, agent, expiresAt } = record;
  if (context.json) {
    terminal.out(
      `${JSON.stringify({ id, agent, expiresAt, token: token.text, replaces: before.map((old) => old.id) })}\n`,
    );
    return;
  }
  terminal.err(`${words.issued(id, agent, time(expiresAt))}\n`);
  terminal.out(`${token.text}\n`);
  for (const old of before) terminal.err(`${words.replaced(old.id, time(Math.min(old.expiresAt, at)))}\n`);
}

/** Needs no key, like a stop: it only takes away. */
export const revoke = (context: Context, agent: string, options: { readonly id?: string }): Promise<ExitCode> =>
  withState(context, async (state, config) => {
    const words = wordsOf(context);
    const { store, log } = state;
    const now = context.now();
    const chosen = (await holding(context, state, config, agent)).filter(
      ({ id }) => options.id === undefined || id === options.id,
    );
    if (chosen.length === 0) return no(context, words.noneToRevoke(agent), EXIT.found);
    const by = context.env.user;
    for (const { id } of chosen) {
      // In force before it is recorded: a log that cannot be written must not keep a token alive.
      await store.revokeToken(id, now);
      log.record({ kind: "token.revoked", token: id, agent, at: now, by });
    }
    await log.synced();
    if (context.json) context.terminal.out(`${JSON.stringify({ revoked: chosen.map(({ id }) => id) })}\n`);
    else for (const { id } of chosen) context.terminal.out(`${words.revoked(id, agent)}\n`);
    return EXIT.ok;
  });

export const list = (context: Context): Promise<ExitCode> =>
  withState(context, async ({ store }, config) => {
    const words = wordsOf(context);
    const rows = (await store.tokens())
      .filter((token) => token.config === config)
      .map(({ id, agent, issuedAt, expiresAt, revokedAt }) => {
        const state: keyof typeof en.states =
          revokedAt !== undefined ? "revoked" : expiresAt > context.now() ? "holds" : "expired";
        return { id, agent, state, issuedAt, expiresAt, ...(revokedAt === undefined ? {} : { revokedAt }) };
      });
    if (context.json) context.terminal.out(`${JSON.stringify({ tokens: rows })}\n`);
    else if (rows.length === 0) context.terminal.out(`${words.none}\n`);
    else
      for (const { id, agent, state, issuedAt, expiresAt } of rows)
        context.terminal.out(`${words.row(id, agent, words.states[state], time(issuedAt), time(expiresAt))}\n`);
    return EXIT.ok;
  });
