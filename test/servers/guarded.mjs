// An MCP server (SDK v2, both eras) that demands tokens, and a real authorization server for them (oidc-provider), which
// lets everybody in. Each line of options on stdin makes a pair of its own and is answered by {"url","issuer"}. `GET /seen`
// of the first tells what happened, `POST /revoke` ends all access tokens, `POST /revoke-all` refresh tokens too.
//   ttl: life of an access token, s · header: false leaves the place of the metadata out of the 401
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { createMcpHandler, fromJsonSchema, McpServer } from "@modelcontextprotocol/server";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { Provider } from "oidc-provider";

// oidc-provider gives hints for real deployments.
for (const name of ["warn", "info"]) console[name] = () => undefined;

const text = (value) => ({ content: [{ type: "text", text: value }] });
const listen = (server) =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`)));

async function guarded({ ttl = 3600, header = true }) {
  const seen = { authorizations: [], grants: [], refused: [], authorized: [], echoed: [], revoked: 0 };
  /** Access tokens that are good, by whom. */
  const good = new Map();
  const refreshTokens = new Set();

  const issuerServer = createServer((request, response) => issue(request, response));
  const mcpServer = createServer((request, response) => void serve(request, response));
  const [issuer, origin] = [await listen(issuerServer), await listen(mcpServer)];
  const resource = `${origin}/mcp`;

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "registered",
        client_secret: "registered-secret-0123456789",
        application_type: "native",
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: ["http://127.0.0.1/callback"],
      },
    ],
    cookies: { keys: ["only-for-tests"] },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo(_context, indicator) {
          if (indicator !== resource) throw new Error(`asked for ${indicator}`);
          return {
            scope: "notes:read notes:write",
            audience: resource,
            accessTokenTTL: ttl,
            accessTokenFormat: "opaque",
          };
        },
      },
    },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    scopes: ["openid", "offline_access"],
  });
  provider.on("access_token.saved", (token) => good.set(token.jti, token));
  provider.on("refresh_token.saved", (token) => refreshTokens.add(token.jti));
  provider.on("grant.success", ({ oidc }) => seen.grants.push(oidc.params.grant_type));
  provider.on("grant.error", ({ oidc }, error) => seen.refused.push(`${oidc.params?.grant_type} ${error.error}`));
  provider.on("authorization.success", ({ oidc }) => seen.authorizations.push({ ...oidc.params }));
  provider.on("access_token.destroyed", (token) => good.delete(token.jti) && seen.revoked++);
  const byLibrary = provider.callback();

  async function issue(request, response) {
    if (!request.url.startsWith("/interaction/")) return byLibrary(request, response);
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    if (prompt.name === "login")
      return provider.interactionFinished(request, response, { login: { accountId: "aiko" } });
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope("openid offline_access");
    grant.addResourceScope(resource, "notes:read notes:write");
    return provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true },
    );
  }

  function build() {
    const server = new McpServer({ name: "guarded", version: "1.0.0" }, { capabilities: { tools: {} } });
    const inputSchema = fromJsonSchema({ type: "object", properties: { text: { type: "string" } } });
    server.registerTool("echo", { inputSchema }, async ({ text: said }) => {
      seen.echoed.push(said);
      return text(String(said));
    });
    server.registerTool("leak", { inputSchema }, async () => text(JSON.stringify(seen.authorized.slice(-1))));
    return server;
  }
  const mcp = toNodeHandler(createMcpHandler(build));

  async function serve(request, response) {
    const { pathname } = new URL(request.url, origin);
    const json = (value) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (pathname === "/.well-known/oauth-protected-resource/mcp")
      return json({ resource, authorization_servers: [issuer], scopes_supported: ["notes:read"] });
    if (pathname === "/seen") return json(seen);
    if (pathname.startsWith("/revoke")) {
      good.clear();
      if (pathname === "/revoke-all") for (const id of refreshTokens) await provider.RefreshToken.adapter.destroy(id);
      return json({});
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    const found = token === undefined ? undefined : await provider.AccessToken.find(token);
    if (found === undefined || found.aud !== resource || !good.has(found.jti)) {
      seen.refused.push(token === undefined ? "no token" : "bad token");
      const place = `${origin}/.well-known/oauth-protected-resource/mcp`;
      const challenge = header ? `Bearer resource_metadata="${place}", scope="notes:read"` : "Bearer";
      return response.writeHead(401, { "www-authenticate": challenge }).end();
    }
    seen.authorized.push(token);
    return mcp(request, response);
  }
  return { url: resource, issuer };
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await guarded(JSON.parse(line)))}\n`);
