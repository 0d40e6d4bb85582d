/** A console over a real configuration, store and log, asked as a browser asks it, by people with passkeys in software. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Request } from "../../src/approval/request.ts";
import { consoleApp } from "../../src/console/app.ts";
import { consolePorts } from "../../src/compose/console/ports.ts";
import { openRulebook } from "../../src/compose/rulebook.ts";
import { refusedLogins } from "../../src/compose/refused-logins.ts";
import { openState, type State } from "../../src/compose/state.ts";
import { readEnv } from "../../src/config/env.ts";
import type { JsonObject } from "../../src/policy/json.ts";
import { mildRequest, obligation } from "../approval/sample.ts";
import { pinOnce } from "../pinned.ts";
import { toItsEnd } from "../to-its-end.ts";
import { softPasskey, type SoftPasskey } from "./soft-passkey.ts";

const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");
const LEDGER_SERVER = resolve(import.meta.dirname, "../campaigns/ledger-server.mjs");
export const ORIGIN = "http://kidoban.localhost:7540";
const RP = "kidoban.localhost";

export const ROLES = { olga: ["owner"], aiko: ["approver"], otto: ["operator"], audrey: ["auditor"] } as const;
export type Person = keyof typeof ROLES;

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location: string | null;
}

interface Options {
  /** Members of kidoban.yaml after `approvers:`. */
  readonly more?: string;
  readonly accepted?: boolean;
  /** Everybody has their name as subject at the provider. */
  readonly subjects?: boolean;
  readonly prepare?: (folder: string) => void;
}

const manifestText = (rules: string): string => `kidoban: 1
agent: worker
owner: olga
servers:
  ledger: { access: read-write }
rules:
${rules === "" ? "  []" : rules}
`;

export async function pagesWorld({ more = "", accepted = true, subjects = false, prepare }: Options = {}) {
  const root = mkdtempSync(join(tmpdir(), "kidoban-pages-"));
  const folder = join(root, "config");
  const config = join(folder, "kidoban.yaml");
  const variables = {
    PATH: process.env["PATH"] ?? "",
    HOME: root,
    LANG: "C.UTF-8",
    XDG_STATE_HOME: join(root, "state"),
    XDG_CONFIG_HOME: join(root, "approver"),
    KIDOBAN_CONFIG: config,
  };
  const env = readEnv(variables);
  const passkeys = Object.fromEntries(
    Object.keys(ROLES).map((name) => [name, softPasskey(ORIGIN, RP)]),
  ) as unknown as Readonly<Record<Person, SoftPasskey>>;
  const configText = (extra: string): string => `kidoban: 1
servers:
  ledger:
    command: ${JSON.stringify(process.execPath)}
    args: [${JSON.stringify(LEDGER_SERVER)}, ${JSON.stringify(join(root, "ledger.jsonl"))}]
approvers:
${Object.entries(ROLES)
  .map(
    ([name, roles]) =>
      `  ${name}: { roles: [${roles.join(", ")}], groups: [ops], passkeys: [${passkeys[name as Person].yaml}]${subjects ? `, subject: ${name}` : ""} }`,
  )
  .join("\n")}
${extra}
`;
  mkdirSync(join(folder, "manifests"), { recursive: true });
  prepare?.(folder);
  writeFileSync(config, configText(more));
  writeFileSync(join(folder, "manifests", "worker.yaml"), manifestText(""));
  pinOnce({ root, folder }, () => {
    const pinned = toItsEnd(process.execPath, [KIDOBAN, "pin", "--accept-hints"], {
      env: variables,
    });
    if (pinned.status !== 0) throw new Error(pinned.stdout + pinned.stderr);
  });

  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const state: State = await openState(env.stateDir, { role: "tool", now });
  if (accepted) {
    // As the first start of a gate does.
    const book = await openRulebook({
      configPath: config,
      agent: "worker",
      store: state.store,
      log: state.log,
      now,
      broken: () => undefined,
    });
    book.close();
  }
  const site = { origin: ORIGIN, rp: RP, hosts: new Set(["kidoban.localhost:7540"]) };
  const failures: unknown[] = [];
  const refused = refusedLogins(state.log, now);
  const ports = consolePorts({ state, configPath: config, site, language: "en", env, refused, now });
  const app = consoleApp(ports, (error) => failures.push(error));

  /** One browser. */
  function browser(language: "en" | "ja" = "en") {
    const cookies = new Map<string, string>();
    let csrf = "";
    const ask = async (path: string, form?: Readonly<Record<string, string>>): Promise<Answer> => {
      const answer = await app.request(`${ORIGIN}${path}`, {
        method: form === undefined ? "GET" : "POST",
        headers: {
          host: "kidoban.localhost:7540",
          "accept-language": language,
          cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
          ...(form === undefined ? {} : { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded" }),
        },
        ...(form === undefined ? {} : { body: new URLSearchParams({ csrf, ...form }).toString() }),
      });
      for (const cookie of answer.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        cookies.set(name, value);
      }
      const text = await answer.text();
      csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? csrf;
      return { status: answer.status, text, location: answer.headers.get("location") };
    };
    return {
      ask,
      /** The challenge, the gesture and the form that carries it, as the page's script does. */
      async sign(
        who: Person,
        challenge: string,
        action: string,
        form: Readonly<Record<string, string>>,
      ): Promise<Answer> {
        const asked = await ask(challenge, form);
        if (asked.status !== 200) return asked;
        const offer = JSON.parse(asked.text) as { gesture: string; publicKey: Parameters<SoftPasskey["use"]>[0] };
        return ask(action, { ...form, gesture: offer.gesture, credential: passkeys[who].use(offer.publicKey) });
      },
    };
  }
  type Browser = ReturnType<typeof browser>;

  return {
    root,
    folder,
    config,
    env,
    variables,
    state,
    ports,
    app,
    passkeys,
    failures,
    refused,
    now,
    /** Moves the console's clock on. */
    wait: (ms: number) => (ahead += ms),
    writeConfig: (extra: string) => writeFileSync(config, configText(extra)),
    writeManifest: (rules: string) => writeFileSync(join(folder, "manifests", "worker.yaml"), manifestText(rules)),
    browser,
    async logIn(who: Person, language: "en" | "ja" = "en"): Promise<Browser> {
      const visitor = browser(language);
      await visitor.ask("/login");
      const answer = await visitor.sign(who, "/login/challenge", "/login", { name: who });
      if (answer.status !== 303) throw new Error(`no login: ${answer.status} ${answer.text}`);
      await visitor.ask("/stops");
      return visitor;
    },
    /** Opens a request that a passkey has to answer; `content` may be changed. */
    async open(args: JsonObject): Promise<Request> {
      const times = { openedAt: now(), expiresAt: now() + 900_000 };
      const obligations = [obligation({ assurance: "verified", edit: ["content"] })];
      const opened = await state.store.openRequest(
        mildRequest({ agent: "worker", ...times, obligations }, args),
        100_000,
      );
      if (opened.kind !== "opened") throw new Error(opened.kind);
      return opened.request;
    },
    /** What the provider gave somebody, as it is kept. */
    tokens: (who: string): readonly string[] =>
      readdirSync(join(env.stateDir, "logins"))
        .filter((name) => name.startsWith(`person-${who}-`) && name.endsWith(".json"))
        .flatMap((name) => {
          const { tokens } = JSON.parse(readFileSync(join(env.stateDir, "logins", name), "utf8")) as {
            readonly tokens: { readonly access: string; readonly refresh?: string };
          };
          return [tokens.access, ...(tokens.refresh === undefined ? [] : [tokens.refresh])];
        }),
    entries: (): Readonly<Record<string, unknown>>[] =>
      readdirSync(join(env.stateDir, "log"))
        .filter((name) => /^\d{8}-\d{6}-[0-9a-f]{16}\.jsonl$/.test(name))
        .toSorted()
        .flatMap((name) => readFileSync(join(env.stateDir, "log", name), "utf8").split("\n"))
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
    async close() {
      await state.close("test over");
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export type PagesWorld = Awaited<ReturnType<typeof pagesWorld>>;
