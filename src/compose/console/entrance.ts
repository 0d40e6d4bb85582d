/** The console's way in by the company's OpenID provider: leaving for it, coming back, and looking again while it runs. */

import { generateRandomCodeVerifier, generateRandomNonce } from "oauth4webapi";
import { AuthError } from "../../mcp/oauth/failure.ts";
import type { EntrancePort } from "../../console/entrance.ts";
import { ConfigError } from "../../config/error.ts";
import { arrive, loginUrl, type Leaving } from "../oidc/provider.ts";
import type { ConsoleStandings } from "./standings.ts";

const CALLBACK = "/login/provider/callback";

export interface EntranceParts {
  readonly standings: ConsoleStandings;
  /** Of the console. */
  readonly origin: string;
  readonly now: () => number;
}

const isLeaving = (value: object): value is Leaving => "verifier" in value && "nonce" in value;

export function entrancePort({ standings, origin, now }: EntranceParts): EntrancePort {
  const redirect = `${origin}${CALLBACK}`;
  return {
    issuer: async () => (await standings.configs())[0]?.console?.oidc?.issuer,
    async leave() {
      const at = await standings.provider(redirect);
      if (at === undefined) return undefined;
      const leaving: Leaving = {
        issuer: at.oidc.issuer,
        nonce: generateRandomNonce(),
        verifier: generateRandomCodeVerifier(),
        redirect,
      };
      return { leaving, url: (state) => loginUrl(at.provider, at.oidc, state, leaving) };
    },
    async arrive(answer, state, leaving) {
      if (!isLeaving(leaving)) return { kind: "refused", why: "answer" };
      try {
        const at = await standings.provider(redirect);
        // Configured for another one since: what comes back is not its answer.
        if (at === undefined || at.oidc.issuer !== leaving.issuer) return { kind: "refused", why: "other-issuer" };
        const { person, tokens } = await arrive(at.provider, at.oidc, answer, state, leaving, now());
        const [accepted] = await standings.configs();
        const known = (accepted?.approvers ?? []).filter(({ subject }) => subject === person.subject);
        const [approver, ...others] = known;
        if (approver === undefined || others.length > 0) return { kind: "refused", why: "no approver of this subject" };
        await standings.entered(approver.name, at.oidc.issuer, at.oidc.clientId, person, tokens);
        return { kind: "entered", name: approver.name, subject: person.subject };
      } catch (error) {
        if (error instanceof AuthError) return { kind: "refused", why: error.message.slice(0, 200) };
        if (error instanceof ConfigError) return { kind: "refused", why: error.code };
        throw error;
      }
    },
  };
}
