/** Starts the fixture servers behind our own server side and notes what it reports. */

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Forwarded, ForwardedCall, Server } from "../../src/gateway/ports.ts";
import type { QuestionHooks } from "../../src/mcp/asked.ts";
import { httpServer, type HttpServerConfig } from "../../src/mcp/server-http.ts";
import { stdioServer, type StdioServerConfig } from "../../src/mcp/server-stdio.ts";
import type { ServerHooks } from "../../src/mcp/supervise.ts";
import { serverProgram } from "../programs.ts";
import { runs } from "../running.ts";

export const fixture = serverProgram;

export interface Noted {
  readonly server: Server;
  readonly refusals: { readonly method: string | undefined; readonly reason: string }[];
  readonly starts: Server["claimed"][];
  readonly ends: string[];
  readonly changes: string[];
  /** Where its stderr goes. */
  readonly folder: string;
}

function noting(): Omit<Noted, "server"> & { hooks: ServerHooks } {
  const folder = mkdtempSync(join(tmpdir(), "kidoban-server-"));
  const noted: Omit<Noted, "server"> = { refusals: [], starts: [], ends: [], changes: [], folder };
  const hooks: ServerHooks = {
    refused: (method, reason) => noted.refusals.push({ method, reason }),
    started: (claimed) => noted.starts.push(claimed),
    ended: (reason) => noted.ends.push(reason),
    hide: (text) => text.replaceAll("sesame", "[hidden]"),
  };
  return { ...noted, hooks };
}

const opened: Noted[] = [];
const children: ChildProcess[] = [];

function keep(noted: Noted): Noted {
  opened.push(noted);
  noted.server.onChanged((reason) => noted.changes.push(reason));
  return noted;
}

export function startStdio(
  args: readonly string[],
  config: Partial<StdioServerConfig> = {},
  questions?: QuestionHooks,
): Noted {
  const { hooks: own, ...noted } = noting();
  const hooks = questions === undefined ? own : { ...own, questions };
  const server = stdioServer(
    {
      id: "one",
      endpoint: "test",
      command: process.execPath,
      args,
      cwd: noted.folder,
      env: { PATH: "/usr/bin:/bin" },
      stderrPath: join(noted.folder, "kept", "stderr"),
      startTimeoutMs: 10_000,
      version: "0.0.0",
      ...config,
    },
    hooks,
  );
  return keep({ ...noted, server });
}

export const startOdd = (...flags: string[]): Noted => startStdio([fixture("odd.mjs"), ...flags]);

export function startHttp(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  more: Partial<HttpServerConfig> = {},
): Noted {
  const { hooks, ...noted } = noting();
  const credentials = { headers: () => headers, renew: () => Promise.resolve(false), hint: "" };
  const server = httpServer(
    { id: "one", endpoint: "test", url, credentials, startTimeoutMs: 10_000, version: "0.0.0", ...more },
    hooks,
  );
  return keep({ ...noted, server });
}

/** Runs a fixture that serves HTTP and gives its URL, which it prints. */
export async function serveHttp(name: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [fixture(name), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const line = await new Promise<Buffer>((resolve) => child.stdout.once("data", resolve));
  return line.toString().trim();
}

/** Ends everything that was started here. */
export async function endAll(): Promise<void> {
  await Promise.all(opened.map((noted) => noted.server.close()));
  for (const noted of opened.splice(0)) rmSync(noted.folder, { recursive: true, force: true });
  for (const child of children.splice(0)) child.kill();
}

export const call = (
  server: Server,
  name: string,
  args: unknown = {},
  more: Partial<ForwardedCall> = {},
): Promise<Forwarded> =>
  server.call({ kind: "tool", name, access: "read", argsText: JSON.stringify(args), timeoutMs: 10_000, ...more });

/** The text of a tool's first content block. */
export const textOf = (forwarded: Forwarded): string =>
  (JSON.parse(forwarded.text ?? "{}") as { content: { text: string }[] }).content[0]?.text ?? "";

/** Resolves once `holds`; the test's own time-out is the limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A SIGKILL does its work in the system's own time, not in that of who sent it. */
export const allGone = (pids: readonly number[]): Promise<void> => until(() => !pids.some(runs));
