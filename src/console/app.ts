/** The console's pages as one application: what is checked first, then every group of routes. Listens nowhere itself. */

import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { objection } from "./checks.ts";
import type { ConsolePorts } from "./ports.ts";
import { noticePage } from "./pages/notice.ts";
import { consoleWords } from "./layout.ts";
import { sendPage } from "./respond.ts";
import { agentRoutes } from "./routes/agents.ts";
import { assetRoutes } from "./routes/assets.ts";
import { configRoutes } from "./routes/config.ts";
import { entranceRoutes } from "./routes/entrance.ts";
import { enrolRoutes } from "./routes/enrol.ts";
import { batchRoutes } from "./routes/batch.ts";
import { editRoutes } from "./routes/edit.ts";
import { passRoutes } from "./routes/passes.ts";
import { eventRoutes } from "./routes/events.ts";
import { historyRoutes } from "./routes/history.ts";
import { inboxRoutes } from "./routes/inbox.ts";
import { loginRoutes } from "./routes/login.ts";
import { logRoutes } from "./routes/log.ts";
import { preferenceRoutes } from "./routes/preferences.ts";
import { requestRoutes } from "./routes/request.ts";
import { serverRoutes } from "./routes/servers.ts";
import { stopRoutes } from "./routes/stops.ts";
import { tokenMaker } from "./secret.ts";
import { openSessions } from "./session.ts";
import { visitorOf, type ConsoleApp, type ConsoleContext, type ConsoleEnv, type House } from "./visitor.ts";

const MOST_BODY_BYTES = 256 * 1024;

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy":
    "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), microphone=()",
  "cache-control": "no-store",
};

/** Reached without a login; everything else is not. */
const isOpen = (path: string): boolean =>
  path === "/login" ||
  path === "/login/challenge" ||
  path === "/login/provider" ||
  path === "/login/provider/callback" ||
  path === "/preferences" ||
  /^\/(?:assets|enrol)\//.test(path);

/** `broken`: told of what should not have happened. */
export function consoleApp(ports: ConsolePorts, broken: (error: unknown) => void): ConsoleApp {
  const house: House = { ports, sessions: openSessions(), tokens: tokenMaker() };
  const app: ConsoleApp = new Hono<ConsoleEnv>();
  const isSecure = ports.site.origin.startsWith("https:");

  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    if (isSecure) c.res.headers.set("strict-transport-security", "max-age=31536000");
  });

  app.use(async (c, next) => {
    const header = (name: string): string | undefined => c.req.header(name);
    const reason = objection(
      {
        method: c.req.method,
        host: header("host"),
        origin: header("origin"),
        fetchSite: header("sec-fetch-site"),
        fetchMode: header("sec-fetch-mode"),
        fetchDest: header("sec-fetch-dest"),
        authorization: header("authorization"),
        contentType: header("content-type"),
      },
      ports.site,
    );
    // Asked for again by this very origin, the browser brings its cookies along.
    if (reason === "followed") return c.html('<!doctype html><meta http-equiv="refresh" content="0" />');
    if (reason === undefined) return next();
    return c.text(`refused: ${reason}\n`, reason === "method" ? 405 : reason === "host" ? 421 : 403);
  });

  app.use(bodyLimit({ maxSize: MOST_BODY_BYTES, onError: (c) => c.text("refused: too large\n", 413) }));

  app.use(async (c, next) => {
    const watches = c.req.path === "/events" || c.req.header("x-kidoban-refresh") !== undefined;
    const visitor = await visitorOf(c, house, !watches);
    c.set("visitor", visitor);
    const body = c.req.method === "POST" ? await c.req.text() : "";
    // No person types one, and no text of the store may hold one.
    if (/%00|\0/.test(c.req.url + body)) return c.text("refused: NUL\n", 400);
    if (c.req.method === "POST") {
      const form = new URLSearchParams(body);
      c.set("form", form);
      if (!house.tokens.isTokenFor(visitor.visit, form.get("csrf") ?? "")) return c.text("refused: token\n", 403);
    }
    if (visitor.person !== undefined) c.env?.know?.();
    if (visitor.person !== undefined || isOpen(c.req.path)) return next();
    if (c.req.method !== "GET" || watches) return c.text("refused: not logged in\n", 401);
    const { pathname, search } = new URL(c.req.url);
    return c.redirect(pathname === "/" ? "/login" : `/login?next=${encodeURIComponent(pathname + search)}`, 303);
  });

  for (const routes of [
    assetRoutes,
    preferenceRoutes,
    loginRoutes,
    entranceRoutes,
    enrolRoutes,
    eventRoutes,
    inboxRoutes,
    requestRoutes,
    editRoutes,
    batchRoutes,
    passRoutes,
    historyRoutes,
    agentRoutes,
    serverRoutes,
    configRoutes,
    logRoutes,
    stopRoutes,
  ])
    routes(app, house);

  app.notFound((c: ConsoleContext) => {
    const { notice } = consoleWords(c.var.visitor.language);
    return sendPage(c, house, noticePage(notice.missing), 404);
  });
  app.onError((error, c) => {
    // Whoever hangs up in the middle of a form is no fault of ours, and fills no log of faults.
    if ("code" in error && error.code === "ECONNRESET") return c.text("refused: incomplete\n", 400);
    broken(error);
    return c.text("Something went wrong; it is in the operational log.\n", 500);
  });
  return app;
}
