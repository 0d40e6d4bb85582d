/** Logins against servers that lie. Each is an MCP server and an authorization server in one, as hostile as its parts say. */

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { authorize, type AuthorizeParts, type Authorized } from "../../src/mcp/oauth/authorize.ts";
import { AuthError } from "../../src/mcp/oauth/failure.ts";
import { refreshTokens, revoke, type Grantor } from "../../src/mcp/oauth/grant.ts";

type Members = Readonly<Record<string, unknown>>;

interface Hostile {
  readonly origin: string;
  readonly mcp: string;
  /** Path and body of every request. */
  readonly requests: {
    readonly path: string;
    readonly body: URLSearchParams;
    readonly headers: IncomingMessage["headers"];
  }[];
}

interface HostileParts {
  /** Over the members of the server's own metadata; null: there is none. */
  readonly resource?: Members | null;
  /** Over the members of the authorization server's. */
  readonly issuer?: Members;
  readonly challenge?: string;
  /** What the token endpoint answers. */
  readonly token?: Members;
  readonly tokenStatus?: number;
  readonly registered?: Members;
  /** Path of the issuer, and the only place where its metadata is. */
  readonly issuerPath?: string;
  readonly wellKnown?: string;
}

const running: Server[] = [];
afterEach(() => {
  for (const server of running.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

const GOOD = {
  access_token: "access-0123456789",
  token_type: "Bearer",
  refresh_token: "refresh-0123456789",
  expires_in: 60,
};

async function hostile(parts: HostileParts = {}): Promise<Hostile> {
  const requests: Hostile["requests"] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const path = request.url ?? "";
    requests.push({ path, body: new URLSearchParams(body), headers: request.headers });
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    const issuer = `${origin}${parts.issuerPath ?? ""}`;
    if (path === "/mcp") return response.writeHead(401, { "www-authenticate": parts.challenge ?? "Bearer" }).end();
    if (path === "/.well-known/oauth-protected-resource/mcp" && parts.resource !== null)
      return json(200, { resource: mcp, authorization_servers: [issuer], ...parts.resource });
    if (path === (parts.wellKnown ?? "/.well-known/oauth-authorization-server"))
      return json(200, {
        issuer,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        registration_endpoint: `${origin}/register`,
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
        ...parts.issuer,
      });
    if (path === "/register") return json(201, { client_id: "registered", ...parts.registered });
    if (path === "/token") return json(parts.tokenStatus ?? 200, parts.token ?? GOOD);
    return response.writeHead(404).end();
  };
  const server = createServer((request, response) => void answer(request, response));
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const mcp = `${origin}/mcp`;
  return { origin, mcp, requests };
}

const tokenRequests = ({ requests }: Hostile) => requests.filter(({ path }) => path === "/token");

/** `answer`: what the browser brings back, made from the state and the issuer that was shown. */
async function logIn(
  server: string,
  answer: (state: string, issuer: string) => string = (state, issuer) =>
    `code=c0de&state=${state}&iss=${encodeURIComponent(issuer)}`,
  parts: Partial<AuthorizeParts> = {},
): Promise<{ readonly shown: URL | undefined; readonly done: Authorized | AuthError }> {
  let shown: URL | undefined;
  const done = await authorize({
    server: new URL(server),
    issuer: undefined,
    client: {},
    scopes: undefined,
    alsoScopes: [],
    pages: { received: "received", foreign: "foreign" },
    timeoutMs: 5000,
    now: () => 1_000_000,
    show(issuer, url) {
      shown = new URL(url);
      const { redirect_uri: redirect = "", state = "" } = Object.fromEntries(shown.searchParams);
      void fetch(`${redirect}?${answer(state, issuer)}`);
    },
    ...parts,
  }).catch((error: unknown) => {
    if (error instanceof AuthError) return error;
    throw error;
  });
  return { shown, done };
}

const codeOf = async (login: ReturnType<typeof logIn>): Promise<string> => {
  const { done } = await login;
  return done instanceof AuthError ? done.code : "logged in";
};

describe("attack: mix-up of authorization servers", () => {
  test("a code of an honest one that comes while another was asked goes to nobody", async () => {
    const [attacker, honest] = [await hostile(), await hostile()];
    const brought = (state: string) => `code=honest-code&state=${state}&iss=${encodeURIComponent(honest.origin)}`;
    expect(await codeOf(logIn(attacker.mcp, brought))).toBe("answer");
    expect(tokenRequests(attacker)).toEqual([]);
    expect(tokenRequests(honest)).toEqual([]);
  });

  test("an answer in the name of the attacker's own does not end in a login at the honest one", async () => {
    const [attacker, honest] = [await hostile(), await hostile()];
    const brought = (state: string) => `code=attackers-code&state=${state}&iss=${encodeURIComponent(attacker.origin)}`;
    expect(await codeOf(logIn(honest.mcp, brought))).toBe("answer");
    expect(tokenRequests(honest)).toEqual([]);
  });

  test.each([
    ["without iss, where it was promised", (state: string) => `code=c&state=${state}`],
    ["with iss twice", (state: string, issuer: string) => `code=c&state=${state}&iss=${issuer}&iss=${issuer}`],
    ["with a slash after iss", (state: string, issuer: string) => `code=c&state=${state}&iss=${issuer}/`],
    ["with iss in capitals", (state: string, issuer: string) => `code=c&state=${state}&iss=${issuer.toUpperCase()}`],
    ["with two codes", (state: string, issuer: string) => `code=c&code=d&state=${state}&iss=${issuer}`],
    ["with an empty code", (state: string, issuer: string) => `code=&state=${state}&iss=${issuer}`],
    ["without a code", (state: string, issuer: string) => `state=${state}&iss=${issuer}`],
    [
      "with a token in it (implicit flow)",
      (state: string, issuer: string) => `code=c&token=t&state=${state}&iss=${issuer}`,
    ],
    [
      "with an error of somebody else",
      (state: string) => `error=access_denied&state=${state}&iss=https://evil.example`,
    ],
  ])("an answer %s is none", async (_what, brought) => {
    const server = await hostile();
    const { done } = await logIn(server.mcp, brought);
    expect(done).toMatchObject({ code: "answer", detail: "" });
    expect(tokenRequests(server)).toEqual([]);
  });

  test("iss is looked at where it was not promised too, and may be missing there alone", async () => {
    const server = await hostile({ issuer: { authorization_response_iss_parameter_supported: false } });
    expect(await codeOf(logIn(server.mcp, (state) => `code=c&state=${state}&iss=https://evil.example`))).toBe("answer");
    expect(await codeOf(logIn(server.mcp, (state) => `code=c&state=${state}`))).toBe("logged in");
  });

  test("metadata that speaks for another issuer is none", async () => {
    const honest = await hostile();
    const attacker = await hostile({ issuer: { issuer: honest.origin } });
    expect(await codeOf(logIn(attacker.mcp))).toBe("no-metadata");
    expect(attacker.requests.map(({ path }) => path)).not.toContain("/register");
  });

  test("a server that asks for access to another one is refused before anybody is asked", async () => {
    const honest = await hostile();
    for (const resource of [honest.mcp, `${honest.origin}/`, "https://bank.example/mcp", "not a url", 7, undefined]) {
      const attacker = await hostile({ resource: { resource, authorization_servers: [honest.origin] } });
      expect(await codeOf(logIn(attacker.mcp))).toBe("foreign-resource");
    }
    const sibling = await hostile({ resource: { resource: undefined } });
    for (const path of ["/mcp/deeper", "/mc", "/other", "/mcp?tenant=2", "/mcp#x"]) {
      const attacker = await hostile();
      const lying = await hostile({ resource: { resource: `${sibling.origin}${path}` } });
      expect(await codeOf(logIn(lying.mcp))).toBe("foreign-resource");
      expect(attacker.requests).toEqual([]);
    }
    expect(honest.requests).toEqual([]);
  });

  test("a registered client and its secret are shown to the configured issuer alone", async () => {
    const honest = await hostile();
    const attacker = await hostile();
    const registered = { issuer: honest.origin, client: { id: "kidoban", secret: "secret0123456789" } };
    expect(await codeOf(logIn(attacker.mcp, undefined, registered))).toBe("other-issuer");
    expect(honest.requests).toEqual([]);
    const both = await hostile({ resource: { authorization_servers: [attacker.origin, honest.origin] } });
    expect(await codeOf(logIn(both.mcp, undefined, registered))).toBe("logged in");
    expect(tokenRequests(attacker)).toEqual([]);
    const [{ headers }] = tokenRequests(honest) as [Hostile["requests"][number]];
    expect(headers.authorization).toBe(`Basic ${Buffer.from("kidoban:secret0123456789").toString("base64")}`);
  });
});

describe("attack: metadata that leads astray", () => {
  test.each([
    ["authorization_endpoint", "javascript:alert(1)"],
    ["authorization_endpoint", "file:///etc/passwd"],
    ["authorization_endpoint", "http://auth.example/authorize"],
    ["authorization_endpoint", "--incognito"],
    ["token_endpoint", "http://10.0.0.1/token"],
    ["token_endpoint", "http://auth.example/token"],
    ["registration_endpoint", "gopher://127.0.0.1/"],
  ])("%s: %s is refused, and no browser is sent there", async (member, value) => {
    const server = await hostile({ issuer: { [member]: value } });
    const { shown, done } = await logIn(server.mcp);
    expect(done).toMatchObject({ code: "address" });
    expect(shown).toBeUndefined();
  });

  test.each([
    ["http://169.254.169.254/latest"],
    ["file:///etc/passwd"],
    ["http://metadata.example/"],
    ["https://user:password@auth.example/"],
  ])("a challenge that points to %s is refused", async (place) => {
    const server = await hostile({ challenge: `Bearer resource_metadata="${place}"` });
    expect(await codeOf(logIn(server.mcp))).toBe("address");
  });

  test.each(["http://10.0.0.1", "http://auth.example", "ftp://auth.example", "nonsense"])(
    "an authorization server at %s is refused",
    async (issuer) => {
      const server = await hostile({ resource: { authorization_servers: [issuer] } });
      expect(await codeOf(logIn(server.mcp))).toBe("address");
    },
  );

  test("a server that is not encrypted is only logged in to on this machine", async () => {
    expect(await codeOf(logIn("http://mcp.example/mcp"))).toBe("address");
    expect(await codeOf(logIn("http://192.168.1.7/mcp"))).toBe("address");
  });

  test("without PKCE by S256 there is no login", async () => {
    for (const methods of [undefined, [], ["plain"]]) {
      const server = await hostile({ issuer: { code_challenge_methods_supported: methods } });
      expect(await codeOf(logIn(server.mcp))).toBe("no-pkce");
    }
  });

  test("a server that asks for nothing, or names nobody, has no login", async () => {
    expect(await codeOf(logIn((await hostile({ resource: null })).mcp))).toBe("not-asked");
    expect(await codeOf(logIn((await hostile({ resource: { authorization_servers: [] } })).mcp))).toBe("no-issuer");
  });

  test.each([
    ["another type of token", { ...GOOD, token_type: "DPoP" }],
    ["a token with a line break", { ...GOOD, access_token: "access\r\nX-Admin: true" }],
    ["a token too short to be searched for", { ...GOOD, access_token: "abc" }],
    ["a refresh token too short to be searched for", { ...GOOD, refresh_token: "abc" }],
    ["no token", { token_type: "Bearer" }],
  ])("%s is not taken", async (_what, token) => {
    expect(await codeOf(logIn((await hostile({ token })).mcp))).toBe("token");
  });

  test("P9: what an authorization server says of an error is shown as its code, never as its text", async () => {
    const server = await hostile({
      tokenStatus: 400,
      token: {
        error: "invalid_grant",
        error_description: "your token access-0123456789 is bad",
        error_uri: "https://evil.example",
      },
    });
    const { done } = await logIn(server.mcp);
    expect(done).toMatchObject({ code: "token", detail: "invalid_grant" });
    const said = done as AuthError;
    expect(`${said.message} ${said.stack ?? ""} ${JSON.stringify(said)}`).not.toMatch(/access-0123|evil/);
    expect(said.cause).toBeUndefined();
  });
});

describe("a login", () => {
  test("proves with PKCE that it is the one that asked, and names the resource at both endpoints (RFC 7636, 8707)", async () => {
    const server = await hostile({
      challenge: 'Bearer scope="read write"',
      issuer: { scopes_supported: ["read", "offline_access"] },
    });
    const { shown, done } = await logIn(server.mcp, undefined, { alsoScopes: ["write", "extra"] });
    const asked = Object.fromEntries(shown?.searchParams ?? []);
    expect(asked).toMatchObject({
      response_type: "code",
      client_id: "registered",
      code_challenge_method: "S256",
      resource: server.mcp,
      scope: "read write extra offline_access",
      prompt: "consent",
    });
    const [{ body }] = tokenRequests(server) as [Hostile["requests"][number]];
    expect(
      createHash("sha256")
        .update(body.get("code_verifier") ?? "")
        .digest("base64url"),
    ).toBe(asked["code_challenge"]);
    expect(Object.fromEntries(body)).toMatchObject({
      grant_type: "authorization_code",
      code: "c0de",
      redirect_uri: asked["redirect_uri"],
      resource: server.mcp,
      client_id: "registered",
    });
    expect(done).toMatchObject({
      client: { id: "registered", proof: "none" },
      grantor: { issuer: server.origin, resource: server.mcp, tokenEndpoint: `${server.origin}/token` },
      tokens: {
        access: "access-0123456789",
        refresh: "refresh-0123456789",
        expiresAt: 1_060_000,
        scope: "read write extra offline_access",
      },
    });
  });

  test.each([
    ["/tenant", "/.well-known/oauth-authorization-server/tenant"],
    ["/tenant", "/.well-known/openid-configuration/tenant"],
    ["/tenant", "/tenant/.well-known/openid-configuration"],
    ["", "/.well-known/openid-configuration"],
  ])("finds an issuer at path %j by %s", async (issuerPath, wellKnown) => {
    expect(await codeOf(logIn((await hostile({ issuerPath, wellKnown })).mcp))).toBe("logged in");
  });

  test("registers itself as a native program where it is not known, and takes what it was given", async () => {
    const server = await hostile({
      registered: {
        client_secret: "given-secret-0123",
        client_secret_expires_at: 0,
        token_endpoint_auth_method: "client_secret_post",
      },
    });
    const { done } = await logIn(server.mcp);
    expect(done).toMatchObject({ client: { id: "registered", secret: "given-secret-0123", proof: "post" } });
    expect(Object.fromEntries(tokenRequests(server)[0]?.body ?? [])).toMatchObject({
      client_secret: "given-secret-0123",
    });
  });

  test("by the URL of its own document needs an authorization server that takes those", async () => {
    const client = { id: "https://kidoban.example/client.json" };
    expect(await codeOf(logIn((await hostile()).mcp, undefined, { client }))).toBe("no-client");
    const server = await hostile({ issuer: { client_id_metadata_document_supported: true } });
    const { shown, done } = await logIn(server.mcp, undefined, { client });
    expect(done).toMatchObject({ client: { id: client.id, proof: "none" } });
    expect(shown?.searchParams.get("client_id")).toBe(client.id);
    expect(server.requests.map(({ path }) => path)).not.toContain("/register");
    expect(await codeOf(logIn((await hostile({ issuer: { registration_endpoint: undefined } })).mcp))).toBe(
      "no-client",
    );
  });

  test("that the human or the authorization server refused says why", async () => {
    const server = await hostile();
    const { done } = await logIn(
      server.mcp,
      (state, issuer) => `error=access_denied&error_description=evil&state=${state}&iss=${issuer}`,
    );
    expect(done).toMatchObject({ code: "denied", detail: "access_denied" });
  });

  test("that nobody answers is over in time, and its address with it", async () => {
    let redirect = "";
    const server = await hostile();
    const late = logIn(server.mcp, undefined, {
      timeoutMs: 20,
      show: (_issuer, url) => (redirect = new URL(url).searchParams.get("redirect_uri") ?? ""),
    });
    expect(await codeOf(late)).toBe("late");
    await expect(fetch(redirect)).rejects.toThrow();
  });
});

const grantorOf = ({ origin, mcp }: Hostile): Grantor => ({
  issuer: origin,
  tokenEndpoint: `${origin}/token`,
  resource: mcp,
  reach: "loopback",
});

describe("a renewal", () => {
  const client = { id: "registered", proof: "none" } as const;
  const renewal = (server: Hostile) => refreshTokens(grantorOf(server), client, "refresh-old-0123", () => 0);

  test("takes the new refresh token, or keeps the old one where none came, for the same resource", async () => {
    const rotating = await hostile();
    expect(await renewal(rotating)).toMatchObject({ refresh: "refresh-0123456789", expiresAt: 60_000 });
    expect(Object.fromEntries(tokenRequests(rotating)[0]?.body ?? [])).toEqual({
      grant_type: "refresh_token",
      refresh_token: "refresh-old-0123",
      client_id: "registered",
      resource: rotating.mcp,
    });
    const { refresh_token: _, ...token } = GOOD;
    expect(await renewal(await hostile({ token }))).toMatchObject({ refresh: "refresh-old-0123" });
  });

  test("tells an end from a failure that may pass", async () => {
    for (const [status, error, code] of [
      [400, "invalid_grant", "ended"],
      [401, "invalid_client", "ended"],
      [400, "invalid_request", "token"],
      [503, "temporarily_unavailable", "token"],
    ] as const)
      await expect(renewal(await hostile({ tokenStatus: status, token: { error } }))).rejects.toMatchObject({ code });
    const gone = await hostile();
    running.at(-1)?.close();
    running.at(-1)?.closeAllConnections();
    await expect(renewal(gone)).rejects.toMatchObject({ code: "unreachable" });
  });

  test("and a revocation go nowhere nearer than the login did", async () => {
    const near: Grantor = {
      ...grantorOf(await hostile()),
      reach: "public",
      revocationEndpoint: "https://10.0.0.1/revoke",
    };
    await expect(refreshTokens(near, client, "refresh-old-0123", () => 0)).rejects.toMatchObject({ code: "address" });
    await expect(revoke(near, client, "refresh-old-0123")).rejects.toMatchObject({ code: "address" });
  });
});
