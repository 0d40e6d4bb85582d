/** `console:` in kidoban.yaml: where people reach their pages, and the name that their passkeys are bound to. */

import { resolve } from "node:path";
import * as z from "zod";
import type { Json } from "../policy/json.ts";
import { oidcSchema, readOidc, type OidcConfig } from "./oidc-config.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { addressOf } from "./serve-config.ts";
import { say, strict, text, valid } from "./shape.ts";

export interface ConsoleConfig {
  /** HOST:PORT. */
  readonly listen?: string;
  /** Origin as browsers know it, e.g. `https://kidoban.example.com`. */
  readonly url: string;
  /** WebAuthn relying-party id. */
  readonly rp: string;
  /** Further exact values of `Host`, as a reverse proxy may send them; lower case. */
  readonly hosts: readonly string[];
  /** Absolute paths of PEM files; left out: plain, or TLS ends at a reverse proxy. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly oidc?: OidcConfig;
}

export const CONSOLE_LISTEN = "127.0.0.1:7540";
/** Browsers take every `*.localhost` for this machine, and a name of its own keeps its passkeys from other local pages. */
const LOCAL_NAME = "kidoban.localhost";

export const consoleSchema = strict({
  listen: z
    .string()
    .refine((written) => addressOf(written) !== undefined, say("bad-address"))
    .optional()
    .meta({ description: `HOST:PORT; ${CONSOLE_LISTEN} when left out.` }),
  url: text
    .optional()
    .meta({ description: `Where browsers reach it, with https; http://${LOCAL_NAME} with the port when left out.` }),
  rp: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, say("bad-host"))
    .optional()
    .meta({
      description: "What passkeys are bound to: the host of `url`, which it is when left out, or a domain above.",
    }),
  hosts: z
    .array(z.string().regex(/^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/, say("bad-host")))
    .optional()
    .meta({ description: "Further values of the Host header, with port, as a reverse proxy sends them." }),
  tls: strict({ cert: text, key: text }).optional().meta({
    description: "PEM files, relative to this one. Left out: plain HTTP, for this machine or a reverse proxy.",
  }),
  oidc: oidcSchema.optional(),
}).meta({ description: "For `kidoban console`, and beside `kidoban serve`." });

/** What holds where `console:` is silent. `listen`: HOST:PORT. */
export const localConsole = (listen: string): ConsoleConfig => ({
  url: `http://${LOCAL_NAME}:${addressOf(listen)?.port ?? 0}`,
  rp: LOCAL_NAME,
  hosts: [],
});

/** Undefined when there is none, or anything in it is wrong. */
export function readConsole(reading: Reading, raw: Json | undefined, folder: string): ConsoleConfig | undefined {
  const written = raw === undefined ? undefined : valid(consoleSchema, raw);
  if (written === undefined) return undefined;
  const { listen, hosts = [], tls } = written;
  const oidc = written.oidc === undefined ? undefined : readOidc(reading, ["console", "oidc"], written.oidc);
  const local = localConsole(listen ?? CONSOLE_LISTEN);
  const url = written.url === undefined ? new URL(local.url) : readOrigin(reading, written.url);
  if (url === undefined) return undefined;
  const rp = written.rp ?? url.hostname;
  if (url.hostname !== rp && !url.hostname.endsWith(`.${rp}`)) {
    reading.problems.push(problem("bad-host", { found: rp }, reading.yaml.place(["console", "rp"])));
    return undefined;
  }
  return {
    ...(listen === undefined ? {} : { listen }),
    url: url.origin,
    rp,
    hosts,
    ...(tls === undefined ? {} : { tls: { cert: resolve(folder, tls.cert), key: resolve(folder, tls.key) } }),
    ...(oidc === undefined ? {} : { oidc }),
  };
}

/** A secure context (W3C Secure Contexts), or no browser would show a passkey's dialog; an origin, nothing behind it. */
function readOrigin({ yaml, problems }: Reading, written: string): URL | undefined {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && /^(?:.+\.)?localhost$/.test(url.hostname));
  if (url !== undefined && isSafe && (url.origin === written || `${url.origin}/` === written)) return url;
  problems.push(problem("bad-origin", { found: written }, yaml.place(["console", "url"])));
  return undefined;
}
