/** What requests to one HTTP server carry: its configured headers with secrets filled in, or the token of a login. */

import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import { fillTransport } from "../config/secrets.ts";
import type { Transport } from "../config/server-config.ts";
import { secretsIn } from "../config/template.ts";
import type { Credentials } from "../mcp/credentials.ts";
import { openLogin } from "./login-renewal.ts";
import type { SecretValues } from "./secret-values.ts";

export interface CredentialParts {
  readonly env: Env;
  readonly config: Config;
  /** Whose credentials are used; left out: those of all. */
  readonly agent?: string;
  /** Those of this server are loaded. */
  readonly secrets: SecretValues;
  readonly learn: (name: string, value: string) => void;
  readonly now: () => number;
}

type Http = Extract<Transport, { readonly kind: "http" }>;
type Headers = Readonly<Record<string, string>>;

/** Whether the configuration itself says what to show; a login is not looked for then. */
export const bringsToken = ({ headers }: Http): boolean =>
  Object.keys(headers).some((name) => name.toLowerCase() === "authorization");

/** Throws ConfigError where what is configured cannot be filled in. */
export async function httpCredentials(
  server: string,
  transport: Http,
  { env, config, agent, secrets, learn, now }: CredentialParts,
): Promise<Credentials & { close(): void }> {
  let from = secrets.current;
  const fill = (): Headers => {
    const filled = fillTransport(transport, secrets.current);
    return filled.kind === "http" ? filled.headers : {};
  };
  let filled = fill();
  const configured = (): Headers => {
    if (from === secrets.current) return filled;
    from = secrets.current;
    try {
      filled = fill();
    } catch {
      // A value that no header can carry: the one before stays until a better one comes.
    }
    return filled;
  };
  const names = Object.values(transport.headers).flatMap(secretsIn);

  if (bringsToken(transport)) {
    return {
      headers: configured,
      async renew(used) {
        await secrets.reload(names);
        return isOther(configured(), used);
      },
      hint: `The credentials configured for ${server} are not taken any more.`,
      close: () => undefined,
    };
  }
  const [own] = secretsIn(transport.oauth?.clientSecret ?? "");
  const shared = { config: config.file, server };
  const login = await openLogin({
    stateDir: env.stateDir,
    keys: agent === undefined ? [shared] : [{ ...shared, agent }, shared],
    url: transport.url,
    clientSecret: () => (own === undefined ? undefined : secrets.current.get(own)),
    learn: (value) => learn(`login-${server}`, value),
    now,
  });
  const headers = (): Headers => {
    const token = login.bearer();
    return token === undefined ? configured() : { ...configured(), authorization: `Bearer ${token}` };
  };
  return {
    headers,
    async renew(used) {
      await Promise.all([secrets.reload(names), login.renew(used["authorization"]?.slice("Bearer ".length))]);
      return isOther(headers(), used);
    },
    hint: `A person has to log in: kidoban login ${server}`,
    close: () => login.close(),
  };
}

const isOther = (now: Headers, used: Headers): boolean =>
  Object.keys({ ...now, ...used }).some((name) => now[name] !== used[name]);
