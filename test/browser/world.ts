/**
 * A person's gate and console for a browser: real programs from dist/ in front of the real filesystem server, people with
 * passkeys in software that Chromium's virtual authenticator is given.
 */

import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { signAcceptance } from "../../src/approval/acceptance.ts";
import type { Request, RequestState } from "../../src/approval/request.ts";
import { keyText } from "../../src/approval/signature.ts";
import { accept, proposalOf } from "../../src/compose/proposal.ts";
import { RejectedConfig } from "../../src/compose/rejected.ts";
import { openState, type State } from "../../src/compose/state.ts";
import { pinOnce } from "../pinned.ts";
import { makePasskey, passkeyYaml, pkcs8, type SoftPasskey } from "../console/authenticator.ts";
import { freePort } from "../free-port.ts";
import { toItsEnd } from "../to-its-end.ts";

const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");
const FILES_SERVER = resolve(
  import.meta.dirname,
  "../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js",
);

interface Person {
  readonly groups: readonly string[];
  /** YAML of further members. */
  readonly more?: string;
}

export interface WorldOptions {
  readonly people: Readonly<Record<string, Person>>;
  /** Of the manifest, as YAML list items. */
  readonly rules?: string;
  /** Further servers, by name: program and its arguments. The agent may write to each. */
  readonly servers?: Readonly<Record<string, readonly string[]>>;
  /** Members of kidoban.yaml. */
  readonly config?: string;
}

export async function makeWorld(options: WorldOptions) {
  const root = mkdtempSync(join(tmpdir(), "kidoban-browser-"));
  const folder = join(root, "gate");
  const workspace = join(root, "workspace");
  const config = join(folder, "kidoban.yaml");
  const port = await freePort();
  const origin = `http://kidoban.localhost:${port}`;
  const owner = generateKeyPairSync("ed25519").privateKey;
  const passkeys = new Map<string, SoftPasskey>(
    Object.keys(options.people).map((name) => [name, makePasskey(origin, "kidoban.localhost")]),
  );
  const more = Object.entries(options.servers ?? {});
  const people = Object.entries(options.people).map(([name, { groups, more = "" }]) => {
    const passkey = passkeys.get(name);
    return `  ${name}: { groups: [${groups.join(", ")}], passkeys: [${passkey === undefined ? "" : passkeyYaml(passkey)}]${more} }`;
  });
  mkdirSync(join(folder, "manifests"), { recursive: true });
  mkdirSync(workspace);
  writeFileSync(
    config,
    `kidoban: 1
servers:
  files:
    command: ${JSON.stringify(process.execPath)}
    args: [${JSON.stringify(FILES_SERVER)}, ${JSON.stringify(workspace)}]
    root: ${JSON.stringify(workspace)}
${more.map(([name, [command, ...args]]) => `  ${name}: { command: ${JSON.stringify(command)}, args: ${JSON.stringify(args)} }\n`).join("")}approvers:
  owner: { key: ${JSON.stringify(keyText(owner))} }
${people.join("\n")}
console: { listen: "127.0.0.1:${port}" }
${options.config ?? "approvals: { assurance: verified }"}
`,
  );
  writeFileSync(
    join(folder, "manifests", "writer.yaml"),
    `kidoban: 1
agent: writer
wait: 10m
servers:
  files: { access: read-write }
${more.map(([name]) => `  ${name}: { access: read-write }\n`).join("")}rules:
${options.rules ?? "  []"}
`,
  );
  const env: Record<string, string> = {
    PATH: process.env["PATH"] ?? "",
    HOME: root,
    LANG: "C.UTF-8",
    XDG_STATE_HOME: join(root, "state"),
    XDG_CONFIG_HOME: join(root, "approver"),
    KIDOBAN_CONFIG: config,
  };
  const kidoban = (...args: readonly string[]): string => {
    const done = toItsEnd(process.execPath, [KIDOBAN, ...args], { env, cwd: root });
    if (done.status !== 0) throw new Error(`kidoban ${args.join(" ")}: ${done.stdout}${done.stderr}`);
    return done.stdout;
  };
  pinOnce({ root, folder }, () => kidoban("pin", "--accept-hints"));
  const lock = join(folder, "kidoban.lock", "files.yaml");
  // As a person does after a look at the tool.
  writeFileSync(
    lock,
    readFileSync(lock, "utf8").replace(
      /^( {2}write_file:\n(?: {4}.*\n)*?)( {4}definition:)/m,
      "$1    preview: { read: read_text_file, with: { path: args.path }, becomes: args.content }\n$2",
    ),
  );

  const state: State = await openState(join(root, "state", "kidoban"), { role: "tool", now: Date.now });
  const acceptNow = async (): Promise<void> => {
    const proposal = await proposalOf(config, state.store).catch((error: unknown) => {
      throw error instanceof RejectedConfig ? new Error(JSON.stringify(error.problems)) : error;
    });
    const { digest, previous, acceptableFrom } = proposal;
    const at = Math.max(Date.now(), acceptableFrom);
    const body = { v: 1, config, previous: previous ?? "", digest, approver: "owner", acceptedAt: at } as const;
    const leave = previous === undefined ? { by: "owner", at } : signAcceptance(body, owner);
    const answer = await accept(state, proposal, leave);
    if (answer.kind !== "accepted") throw new Error(answer.kind);
  };
  await acceptNow();

  const running: ChildProcess[] = [];
  const clients: Client[] = [];
  const start = (...args: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [KIDOBAN, ...args], { env, cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    running.push(child);
    return child;
  };
  const console_ = start("console");
  await new Promise<void>((done, fail) => {
    console_.stdout?.once("data", () => done());
    console_.once("exit", () => fail(new Error("the console ended")));
    console_.stderr?.on("data", (bytes: Buffer) => fail(new Error(bytes.toString())));
  });

  return {
    root,
    folder,
    workspace,
    config,
    lock,
    origin,
    env,
    state,
    passkeys,
    kidoban,
    start,
    acceptNow,
    file: (name: string): string | undefined => {
      const path = join(workspace, name);
      return existsSync(path) ? readFileSync(path, "utf8") : undefined;
    },
    put: (name: string, text: string): void => writeFileSync(join(workspace, name), text),
    async client(): Promise<Client> {
      const transport = new StdioClientTransport({
        command: process.execPath,
        args: [KIDOBAN, "stdio", "--agent", "writer"],
        env,
        stderr: "ignore",
      });
      const client = new Client({ name: "test", version: "1" });
      await client.connect(transport);
      clients.push(client);
      return client;
    },
    async waitFor(state_: RequestState, count = 1): Promise<readonly Request[]> {
      for (let tries = 0; tries < 800; tries += 1) {
        const found = await state.store.requests({ states: [state_] });
        if (found.length >= count) return found;
        await new Promise((done) => setTimeout(done, 25));
      }
      throw new Error(`no ${state_} request`);
    },
    async close(): Promise<void> {
      await Promise.all(clients.map((client) => client.close()));
      await Promise.all(
        running.map(
          (child) =>
            new Promise<void>((done) => {
              if (child.exitCode !== null || child.signalCode !== null) done();
              child.once("exit", () => done());
              child.kill("SIGTERM");
            }),
        ),
      );
      await state.close("test over");
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export type World = Awaited<ReturnType<typeof makeWorld>>;

export interface Seat {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Everything that the browser complained about. */
  readonly complaints: readonly string[];
  readonly cdp: CDPSession;
  /** Whether the person at the authenticator touches it. */
  present(is: boolean): Promise<void>;
}

/** A browser of one person; `passkey` left out: an authenticator without any. */
export async function sit(
  browser: Browser,
  passkey: SoftPasskey | undefined,
  look: Parameters<Browser["newContext"]>[0] = {},
): Promise<Seat> {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1200, height: 900 }, ...look });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  if (passkey !== undefined) {
    await cdp.send("WebAuthn.addCredential", {
      authenticatorId,
      credential: {
        credentialId: Buffer.from(passkey.id, "base64url").toString("base64"),
        isResidentCredential: true,
        rpId: passkey.rp,
        privateKey: pkcs8(passkey),
        userHandle: Buffer.from("somebody").toString("base64"),
        signCount: 0,
      },
    });
  }
  return {
    context,
    page,
    complaints,
    cdp,
    present: async (is) => {
      await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: is });
    },
  };
}

export async function logIn({ page }: Pick<Seat, "page">, origin: string, path = "/"): Promise<void> {
  await page.goto(origin + path);
  await page.locator("form[action='/login'] button").click();
  await page.waitForURL((url) => url.pathname !== "/login");
}
