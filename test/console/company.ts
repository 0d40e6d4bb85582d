/** A real OpenID provider (oidc-provider) on loopback, with people who come, go and change their groups. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

// oidc-provider gives hints for real deployments.
for (const name of ["warn", "info"] as const) console[name] = () => undefined;

export const CLIENT = { id: "kidoban-console", secret: "console-secret-0123456789" } as const;

export async function company(redirects: readonly string[]) {
  /** Names to groups; who is not here is not known. */
  const people = new Map<string, readonly string[]>();
  let who = "";
  const asked: string[] = [];
  let isDown = false;
  let callback: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  const server = createServer((request, response) => {
    asked.push(request.url?.split("?")[0] ?? "");
    if (isDown) return void request.socket.destroy();
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: [...redirects],
      },
    ],
    cookies: { keys: ["only-for-tests"] },
    claims: { openid: ["sub"], groups: ["groups"] },
    scopes: ["openid", "offline_access", "groups"],
    features: { devInteractions: { enabled: false } },
    findAccount: (_context: unknown, id: string) => {
      const groups = people.get(id);
      return groups === undefined ? undefined : { accountId: id, claims: () => ({ sub: id, groups }) };
    },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    rotateRefreshToken: true,
  });
  callback = provider.callback();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith("/interaction/") !== true) return callback?.(request, response);
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    if (prompt.name === "login") return provider.interactionFinished(request, response, { login: { accountId: who } });
    const grant = new provider.Grant({ accountId: session?.accountId ?? "", clientId: String(params["client_id"]) });
    grant.addOIDCScope("openid offline_access groups");
    return provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true },
    );
  }

  return {
    issuer,
    people,
    asked,
    down: () => (isDown = true),
    up: () => (isDown = false),
    /** Goes where the console sends this person, logs in there, and gives the address that it sends them back to. */
    async visit(url: string, name: string): Promise<string> {
      who = name;
      const cookies = new Map<string, string>();
      let at = url;
      for (let hops = 0; hops < 12; hops += 1) {
        if (redirects.some((redirect) => at.startsWith(redirect))) return at;
        const answered = await fetch(at, {
          redirect: "manual",
          headers: { cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join("; ") },
        });
        for (const cookie of answered.headers.getSetCookie()) {
          const [, key = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          cookies.set(key, value);
        }
        const location = answered.headers.get("location");
        if (location === null) throw new Error(`${answered.status} ${await answered.text()}`);
        at = new URL(location, at).href;
      }
      throw new Error("sent in circles");
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export type Company = Awaited<ReturnType<typeof company>>;
