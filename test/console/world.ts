/** A console on a real port over a real configuration, store and log, spoken to over raw HTTP: browsers hide too much. */

import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Request } from "../../src/approval/request.ts";
import { openConsole, type OpenConsole } from "../../src/compose/console/run.ts";
import { accept, proposalOf } from "../../src/compose/proposal.ts";
import { openState } from "../../src/compose/state.ts";
import { readEnv } from "../../src/config/env.ts";
import { sqliteDriver } from "../../src/store/driver.ts";
import { freePort } from "../free-port.ts";
import { assertion, makePasskey, passkeyYaml, type Gesture, type SoftPasskey } from "./authenticator.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

export interface Raw {
  readonly method?: string;
  readonly path: string;
  /** A value of undefined leaves a header out that is there otherwise. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

/** In milliseconds, on a clock of the test's own: people idle for minutes here. */
const T = 1_795_000_000_000;

export interface Offered {
  readonly gesture: string;
  readonly publicKey: {
    readonly challenge: string;
    readonly rpId: string;
    readonly allowCredentials: readonly string[];
  };
}

/** `people`: members of each, as YAML, after their passkey. */
export async function consoleWorld(people: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), "kidoban-console-"));
  const config = join(root, "gate", "kidoban.yaml");
  const port = await freePort();
  const origin = `http://kidoban.localhost:${port}`;
  const host = `kidoban.localhost:${port}`;
  const passkeys = new Map(Object.keys(people).map((name) => [name, makePasskey(origin, "kidoban.localhost")]));
  const passkeyOf = (name: string): SoftPasskey => {
    const found = passkeys.get(name);
    if (found === undefined) throw new Error(`nobody is called ${name}`);
    return found;
  };
  const write = (who: Readonly<Record<string, string>>): void =>
    writeFileSync(
      config,
      `kidoban: 1\nservers: {}\nconsole: { listen: "127.0.0.1:${port}" }\napprovers:\n${Object.entries(who)
        .map(([name, more]) => `  ${name}: { passkeys: [${passkeyYaml(passkeyOf(name))}], ${more} }\n`)
        .join("")}`,
    );
  mkdirSync(join(root, "gate"));
  write(people);
  const env = readEnv({ HOME: root, PATH: process.env["PATH"], LANG: "C.UTF-8" });
  let clock = T;
  const now = () => clock;
  const state = await openState(env.stateDir, { role: "tool", now });
  await accept(state, await proposalOf(config, state.store), { by: "test", at: T });
  const failures: unknown[] = [];
  const console_: OpenConsole = await openConsole(state, {
    env,
    configPath: config,
    listen: undefined,
    now,
    broken: (error) => failures.push(error),
  });

  const raw = ({ method = "GET", path, headers = {}, body }: Raw): Promise<Reply> =>
    new Promise((done, fail) => {
      const all = { host, connection: "close", ...headers };
      const wanted = Object.fromEntries(
        Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      );
      const sent = httpRequest({ host: "127.0.0.1", port, method, path, headers: wanted, setHost: false }, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => (text += part));
        answer.on("end", () => done({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
        answer.on("error", fail);
      });
      sent.on("error", fail);
      sent.end(body);
    });

  /** One browser: its cookies, and the token of the page it saw last. */
  function visitor() {
    const cookies = new Map<string, string>();
    let csrf = "";
    const headersOf = () => ({ cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") });
    const noted = (answer: Reply): Reply => {
      for (const cookie of answer.headers["set-cookie"] ?? []) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        cookies.set(name, value);
      }
      csrf = /name="csrf" value="([^"]+)"/.exec(answer.text)?.[1] ?? csrf;
      return answer;
    };
    const get = async (path: string, headers: Raw["headers"] = {}) =>
      noted(await raw({ path, headers: { ...headersOf(), ...headers } }));
    const post = async (
      path: string,
      form: Readonly<Record<string, string>> | URLSearchParams,
      more: Raw["headers"] = {},
    ) => {
      const body = new URLSearchParams([["csrf", csrf], ...new URLSearchParams(form)]);
      const type = "application/x-www-form-urlencoded";
      const headers = { ...headersOf(), origin, "content-type": type, ...more };
      return noted(await raw({ method: "POST", path, headers, body: body.toString() }));
    };
    const gesture = async (path: string, form: Parameters<typeof post>[1]): Promise<Offered> => {
      const answer = await post(path, form);
      if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
      return JSON.parse(answer.text) as Offered;
    };
    return {
      get,
      post,
      gesture,
      cookies,
      token: () => csrf,
      async logIn(name: string): Promise<Reply> {
        await get("/login");
        const offered = await gesture("/login/challenge", {});
        const answer = await post("/login", {
          gesture: offered.gesture,
          credential: assertion(passkeyOf(name), { challenge: offered.publicKey.challenge }),
        });
        await get("/passes");
        return answer;
      },
      /** As a person does at the page of one request: the gesture, and the form that brings it. */
      async answer(
        name: string,
        request: Request,
        word: string,
        form: Readonly<Record<string, string>> = {},
        how: Partial<Gesture> = {},
      ) {
        const path = `/requests/${request.id}`;
        const fields = { answer: word, shown: request.shown, ...form };
        const offered = await gesture(`${path}/challenge`, fields);
        const { challenge } = offered.publicKey;
        return post(`${path}/answer`, {
          ...fields,
          gesture: offered.gesture,
          credential: assertion(passkeyOf(name), { challenge, ...how }),
        });
      },
    };
  }

  return {
    root,
    config,
    origin,
    host,
    port,
    state,
    store: state.store,
    failures,
    passkeyOf,
    raw,
    visitor,
    write,
    wait: (ms: number) => (clock += ms),
    now,
    async open(request: Request): Promise<Request> {
      const answer = await state.store.openRequest(request, 100_000);
      if (answer.kind !== "opened") throw new Error(answer.kind);
      return answer.request;
    },
    /** Changes rows behind everybody's back, as the same OS user could. */
    async tamper(sql: string, ...values: readonly string[]): Promise<void> {
      const connection = (await sqliteDriver()).open(join(env.stateDir, "kidoban.db"), {});
      connection.prepare(sql).run(...values);
      connection.close();
    },
    entries: (): readonly Readonly<Record<string, unknown>>[] =>
      readdirSync(join(env.stateDir, "log"))
        .filter((name) => name.endsWith(".jsonl") && !name.startsWith("ledger"))
        .flatMap((name) => readFileSync(join(env.stateDir, "log", name), "utf8").split("\n"))
        .filter((line) => line.startsWith('{"v":1,"n"'))
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
    async close(): Promise<void> {
      await console_.close();
      await state.close("test over");
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export type ConsoleWorld = Awaited<ReturnType<typeof consoleWorld>>;
