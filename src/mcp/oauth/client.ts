/** Who we are to an authorization server: as configured, by the URL of a document, or registered just now (RFC 7591). */

import {
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  allowInsecureRequests,
  dynamicClientRegistrationRequest,
  None,
  processDynamicClientRegistrationResponse,
  type AuthorizationServer,
  type ClientAuth,
} from "oauth4webapi";
import { AuthError } from "./failure.ts";
import { checkedUrl, type Reach } from "./reach.ts";
import { fetchWithin } from "./request.ts";

export interface AuthClient {
  readonly id: string;
  readonly secret?: string;
  /** How the token endpoint is shown that it is us. */
  readonly proof: "none" | "basic" | "post";
}

/** What the configuration says of us. */
export interface KnownClient {
  readonly id?: string;
  readonly secret?: string;
}

/** For every call of the library: our own fetch, which decides about addresses better than its flag does. */
export const callOptions = (reach: Reach) => ({ [customFetch]: fetchWithin(reach), [allowInsecureRequests]: true });

export function authOf({ secret, proof }: AuthClient): ClientAuth {
  if (secret === undefined || proof === "none") return None();
  return proof === "basic" ? ClientSecretBasic(secret) : ClientSecretPost(secret);
}

/** In the order of 2026-07-28, client-registration. @throws AuthError */
export async function clientFor(
  issuer: AuthorizationServer,
  known: KnownClient,
  redirect: string,
  reach: Reach,
): Promise<AuthClient> {
  if (known.id !== undefined) {
    if (known.id.startsWith("https://") && issuer["client_id_metadata_document_supported"] !== true)
      throw new AuthError("no-client", issuer.issuer);
    if (known.secret === undefined) return { id: known.id, proof: "none" };
    // RFC 8414: client_secret_basic where it is not said.
    const methods = issuer.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    return { id: known.id, secret: known.secret, proof: methods.includes("client_secret_basic") ? "basic" : "post" };
  }
  if (issuer.registration_endpoint === undefined) throw new AuthError("no-client", issuer.issuer);
  checkedUrl(issuer.registration_endpoint, reach);
  return register(issuer, redirect, reach);
}

async function register(issuer: AuthorizationServer, redirect: string, reach: Reach): Promise<AuthClient> {
  const metadata = {
    client_name: "Kidoban",
    // Without it some take us for a web application and refuse a redirect to this machine.
    application_type: "native",
    redirect_uris: [redirect],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  };
  const response = await dynamicClientRegistrationRequest(issuer, metadata, callOptions(reach));
  const status = response.status;
  const registered = await processDynamicClientRegistrationResponse(response).catch((error: unknown) => {
    if (error instanceof AuthError) throw error;
    throw new AuthError("registration", errorCode(error) ?? `HTTP ${status}`);
  });
  const { client_id: id, client_secret: secret } = registered;
  if (typeof secret !== "string") return { id, proof: "none" };
  switch (registered["token_endpoint_auth_method"]) {
    case "none":
      return { id, proof: "none" };
    case "client_secret_post":
      return { id, secret, proof: "post" };
    default:
      return { id, secret, proof: "basic" };
  }
}

/** The `error` of an OAuth answer (RFC 6749 section 5.2); nothing else of it is ever shown. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("error" in error) || typeof error.error !== "string") return undefined;
  return /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(error.error) ? error.error : undefined;
}
