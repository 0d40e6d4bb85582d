/** `kidoban logout SERVER`: takes a login away, here and at the authorization server. */

import { logOut } from "../compose/login.ts";
import { openState } from "../compose/state.ts";
import { en, ja } from "../words/login.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { loginTarget } from "./login-target.ts";

export async function run(context: Context, name: string, { agent }: { readonly agent?: string }): Promise<ExitCode> {
  const { terminal, env } = context;
  const words = context.language === "ja" ? ja : en;
  const target = await loginTarget(context, name, agent);
  if (target.kind === "refused") {
    terminal.err(`kidoban: ${target.why}\n`);
    return EXIT.usage;
  }
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  try {
    const done = await logOut({ ...target, env, agent });
    if (done.kind === "gone") {
      const by = env.user;
      state.log.record({ kind: "login.removed", server: name, ...(agent === undefined ? {} : { agent }), by });
      await state.log.synced();
    }
    const whom = agent === undefined ? words.everyAgent : words.agent(agent);
    if (context.json) terminal.out(`${JSON.stringify({ server: name, agent, ...done })}\n`);
    else if (done.kind === "none") terminal.out(`${words.notLoggedIn(name, whom)}\n`);
    else terminal.out(`${words.loggedOut(name, whom)}\n${done.revoked ? words.revoked : words.notRevoked}\n`);
    return done.kind === "none" ? EXIT.found : EXIT.ok;
  } finally {
    await state.close("logged out");
  }
}
