/** Who asks, as far as a cookie can tell: enough to show pages, never to decide anything. */

import type { Context, Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { hasRole, type Approver } from "../approval/approver.ts";
import type { Language } from "../words/words.ts";
import { isStillIn } from "./entrance.ts";
import type { ConsolePorts, Site } from "./ports.ts";
import { randomSecret, type TokenMaker } from "./secret.ts";
import type { Sessions } from "./session.ts";
import { isTheme, type Theme } from "./theme.ts";

export interface Visitor {
  /** Of the cookie; sessions and tokens are bound to it. */
  readonly visit: string;
  readonly csrf: string;
  readonly language: Language;
  readonly theme: Theme;
  /** Logged in, and in the accepted configuration still, with the same passkey and some role. */
  readonly person: Approver | undefined;
  /** What they entered with: a passkey's public key, or their subject at the provider. */
  readonly key: string | undefined;
}

/** What every route is given. */
export interface House {
  readonly ports: ConsolePorts;
  readonly sessions: Sessions;
  readonly tokens: TokenMaker;
}

export interface ConsoleEnv {
  readonly Bindings: {
    /** Keeps the connection of this request: somebody logged in speaks on it. Left out where there is none. */
    readonly know?: () => void;
  };
  readonly Variables: { readonly visitor: Visitor; readonly form: URLSearchParams };
}
export type ConsoleContext = Context<ConsoleEnv>;
export type ConsoleApp = Hono<ConsoleEnv>;

const isSecure = ({ origin }: Site): boolean => origin.startsWith("https:");
const NAME = "kidoban";
const THEME = "kidoban-theme";
const LANGUAGE = "kidoban-language";
const YEAR_SECONDS = 365 * 24 * 3600;

function giveCookie(c: ConsoleContext, site: Site, name: string, value: string, maxAge?: number): void {
  const secure = isSecure(site);
  setCookie(c, name, value, {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    secure,
    ...(secure ? { prefix: "host" as const } : {}),
    ...(maxAge === undefined ? {} : { maxAge }),
  });
}

const cookie = (c: ConsoleContext, site: Site, name: string): string | undefined =>
  getCookie(c, isSecure(site) ? `__Host-${name}` : name);

/** Another visit than before: what is known of the old one does not help to enter the new one. */
export const giveVisit = (c: ConsoleContext, site: Site, visit: string): void => giveCookie(c, site, NAME, visit);

export function givePreference(c: ConsoleContext, site: Site, what: "theme" | "language", value: string): void {
  giveCookie(c, site, what === "theme" ? THEME : LANGUAGE, value, YEAR_SECONDS);
}

export const isLanguage = (text: string): text is Language => text === "en" || text === "ja";

/** The first of `Accept-Language` that is one of ours, by its weights (RFC 9110 section 12.5.4). */
function languageAccepted(header: string | undefined): Language | undefined {
  const wanted = (header ?? "").split(",").flatMap((part) => {
    const [tag = "", ...parameters] = part.trim().split(";");
    const weight = parameters.map((one) => /^\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(one)?.[1]).find((one) => one);
    const [name = ""] = tag.toLowerCase().split("-");
    const value = Number(weight ?? 1);
    return isLanguage(name) && value > 0 ? [{ language: name, weight: value }] : [];
  });
  return wanted.toSorted((a, b) => b.weight - a.weight)[0]?.language;
}

/** `touch`: somebody is there; pages that look again by themselves do not say so. */
export async function visitorOf(c: ConsoleContext, house: House, touch: boolean): Promise<Visitor> {
  const { ports, sessions, tokens } = house;
  const given = cookie(c, ports.site, NAME);
  const known = given !== undefined && /^[\w-]{43}$/.test(given) ? given : undefined;
  const visit = known ?? randomSecret();
  if (known === undefined) giveVisit(c, ports.site, visit);
  const theme = cookie(c, ports.site, THEME) ?? "";
  const chosen = cookie(c, ports.site, LANGUAGE) ?? "";
  const language = isLanguage(chosen) ? chosen : (languageAccepted(c.req.header("accept-language")) ?? ports.language);
  const session = sessions.find(visit, ports.now(), touch);
  const person =
    session &&
    (await ports.people()).find((one) => one.name === session.person && isStillIn(one, session.key) && hasRole(one));
  // Who left, or whose passkey or last role was taken away, is out from this moment.
  if (session !== undefined && person === undefined) sessions.end(visit);
  return {
    visit,
    csrf: tokens.tokenFor(visit),
    language,
    theme: isTheme(theme) ? theme : "auto",
    person,
    key: session?.key,
  };
}
