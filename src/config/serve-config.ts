/** `serve:` in kidoban.yaml: where agents reach the gate over HTTP, and whose JWTs say which agent they are. Reads no key. */

import { resolve } from "node:path";
import * as z from "zod";
import type { Json } from "../policy/json.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { id, say, strict, text, valid } from "./shape.ts";
import type { Path } from "./yaml-place.ts";

/** Signatures that only the issuer can make: nothing symmetric, and never `none` (RFC 8725 sections 3.1, 3.2). */
const JWT_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;
type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

export interface JwtConfig {
  readonly issuer: string;
  readonly audience: string;
  readonly jwks: { readonly kind: "url"; readonly url: string } | { readonly kind: "file"; readonly path: string };
  /** The claim whose value is the agent's name. */
  readonly agentClaim: string;
  readonly algorithms: readonly JwtAlgorithm[];
}

export interface ServeConfig {
  /** HOST:PORT. */
  readonly listen?: string;
  /** The endpoint's address as clients know it, where something stands before it. */
  readonly url?: string;
  /** Lower case, without port. */
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly jwt?: JwtConfig;
  /** By agent: the OS user that it runs as. Nobody is let in by it; it is what `mode` in the log is found out from. */
  readonly users?: Readonly<Record<string, string>>;
}

/** `127.0.0.1:7310`, `[::1]:7310`; undefined for anything else. */
export function addressOf(written: string): { readonly host: string; readonly port: number } | undefined {
  const [, six, four, port] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(written) ?? [];
  const host = six ?? four;
  return host === undefined || Number(port) > 65_535 ? undefined : { host, port: Number(port) };
}

const jwtSchema = strict({
  issuer: text.meta({ description: "As it stands in `iss`." }),
  audience: text.optional().meta({ description: "As it stands in `aud`; `url` when left out." }),
  jwks: text.meta({ description: "The issuer's keys: an https URL, or a file relative to this one." }),
  agent_claim: text.optional().meta({ description: "The claim that names the agent; `sub` when left out." }),
  algorithms: z.array(z.enum(JWT_ALGORITHMS)).min(1, say("empty-list")).optional(),
});

export const serveSchema = strict({
  listen: z
    .string()
    .refine((written) => addressOf(written) !== undefined, say("bad-address"))
    .optional()
    .meta({ description: "HOST:PORT; 127.0.0.1:7310 when left out." }),
  url: text.optional().meta({ description: "The endpoint's public address, where a proxy stands before it." }),
  hosts: z
    .array(z.string().regex(/^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])$/, say("bad-host")))
    .optional()
    .meta({ description: "Names that a Host header may give, beside this machine's own." }),
  origins: z
    .array(z.string().regex(/^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?$/, say("bad-origin")))
    .optional()
    .meta({ description: "Web pages that may ask, beside those of this machine." }),
  jwt: jwtSchema.optional().meta({ description: "An issuer whose JWTs name the agent." }),
  users: z
    .record(id, z.string().regex(/^[A-Za-z_][\w.-]{0,31}\$?$/, say("bad-user")))
    .optional()
    .meta({ description: "By agent: the OS user of this machine that it runs as. It lets nobody in." }),
}).meta({ description: "For `kidoban serve`." });

/** Undefined when there is none, or anything in it is wrong. */
export function readServe(reading: Reading, raw: Json | undefined, folder: string): ServeConfig | undefined {
  const written = raw === undefined ? undefined : valid(serveSchema, raw);
  if (written === undefined) return undefined;
  const { listen, jwt } = written;
  const url = written.url === undefined ? undefined : readUrl(reading, ["serve", "url"], written.url);
  const named = url === undefined ? [] : [url.hostname.toLowerCase()];
  const login = jwt === undefined ? undefined : readJwt(reading, jwt, url, folder);
  return {
    ...(listen === undefined ? {} : { listen }),
    ...(url === undefined ? {} : { url: url.href }),
    hosts: [...new Set([...named, ...(written.hosts ?? [])])],
    origins: written.origins ?? [],
    ...(login === undefined ? {} : { jwt: login }),
    ...(written.users === undefined ? {} : { users: written.users }),
  };
}

function readJwt(
  reading: Reading,
  written: z.infer<typeof jwtSchema>,
  url: URL | undefined,
  folder: string,
): JwtConfig | undefined {
  const path: Path = ["serve", "jwt"];
  const audience = written.audience ?? url?.href;
  if (audience === undefined) reading.problems.push(problem("jwt-audience", {}, reading.yaml.place(path, "key")));
  const isUrl = URL.canParse(written.jwks);
  const remote = isUrl ? readUrl(reading, [...path, "jwks"], written.jwks) : undefined;
  if (audience === undefined || (isUrl && remote === undefined)) return undefined;
  return {
    issuer: written.issuer,
    audience,
    jwks:
      remote === undefined ? { kind: "file", path: resolve(folder, written.jwks) } : { kind: "url", url: remote.href },
    agentClaim: written.agent_claim ?? "sub",
    algorithms: written.algorithms ?? ["RS256", "ES256", "EdDSA", "Ed25519"],
  };
}

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;

/** https, or plain to this machine: keys and tokens that anybody on the way can change prove nothing. */
function readUrl({ yaml, problems }: Reading, path: Path, written: string): URL | undefined {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  const is = (wanted: boolean, code: "bad-url" | "url-password" | "url-not-https"): boolean => {
    if (!wanted) problems.push(problem(code, {}, yaml.place(path)));
    return wanted;
  };
  if (!is(url !== undefined && /^https?:$/.test(url.protocol), "bad-url") || url === undefined) return undefined;
  if (!is(url.username === "" && url.password === "", "url-password")) return undefined;
  return is(url.protocol === "https:" || LOOPBACK.test(url.hostname), "url-not-https") ? url : undefined;
}
