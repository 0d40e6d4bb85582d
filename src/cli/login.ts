/** `kidoban login SERVER`: a human logs in at the server's authorization server, and the gate keeps the tokens. */

import { visibleLine } from "../approval/visible.ts";
import { logIn, type LoginFacts } from "../compose/login.ts";
import { openState } from "../compose/state.ts";
import { AuthError } from "../mcp/oauth/failure.ts";
import { en, ja } from "../words/login.ts";
import { openBrowser } from "./browser.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { loginTarget } from "./login-target.ts";

export interface LoginOptions {
  readonly agent?: string;
  readonly scope?: readonly string[];
}

export async function run(context: Context, name: string, options: LoginOptions): Promise<ExitCode> {
  const { terminal, env } = context;
  const words = context.language === "ja" ? ja : en;
  const { agent } = options;
  const target = await loginTarget(context, name, agent);
  if (target.kind === "refused") {
    terminal.err(`kidoban: ${target.why}\n`);
    return EXIT.usage;
  }
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  try {
    const facts = await logIn({
      ...target,
      env,
      agent,
      scopes: options.scope ?? [],
      pages: words.pages,
      now: context.now,
      show(issuer, url) {
        const say = context.json ? terminal.err : terminal.out;
        say(`${words.open(name, visibleLine(issuer))}\n\n  ${url}\n\n${words.waiting}\n`);
        openBrowser(env, url);
      },
    });
    state.log.record({
      kind: "login.added",
      server: name,
      ...(agent === undefined ? {} : { agent }),
      issuer: facts.issuer,
      resource: facts.resource,
      scope: facts.scope,
      by: env.user,
    });
    await state.log.synced();
    report(context, name, agent, facts);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    terminal.err(`kidoban: ${words.failures[error.code](visibleLine(error.detail))}\n`);
    return error.code === "denied" ? EXIT.found : EXIT.unavailable;
  } finally {
    await state.close("logged in");
  }
}

function report(
  { terminal, json, language }: Context,
  server: string,
  agent: string | undefined,
  facts: LoginFacts,
): void {
  const words = language === "ja" ? ja : en;
  if (json) return terminal.out(`${JSON.stringify({ server, agent, ...facts })}\n`);
  terminal.out(`${words.done(server, agent === undefined ? words.everyAgent : words.agent(agent))}\n`);
  if (facts.scope !== "") terminal.out(`${words.scope(visibleLine(facts.scope))}\n`);
  if (!facts.isRenewable) terminal.out(`${words.noRefresh}\n`);
}
