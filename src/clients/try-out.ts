/**
 * Starts a gate as its client will, in an empty environment, and asks it for its tools: JSON lines by hand, so that
 * nothing of ours on this side can hide a fault on that one.
 */

import { spawn } from "node:child_process";
import type { ChildProcess, ChildProcessWithoutNullStreams } from "node:child_process";
import { parse } from "node:path";
import { lineBatches } from "../audit/lines.ts";
import { isObject } from "../policy/json.ts";
import type { JsonObject } from "../policy/json.ts";
import type { GateEntry } from "./client-file.ts";

/** What a trial calls itself, so that nobody takes it for an agent's client. */
export const TRIAL_CLIENT = "kidoban-init";

/** MCP 2025-11-25, lifecycle: https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle */
const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: TRIAL_CLIENT, version: "1" } },
};
const INITIALIZED = { jsonrpc: "2.0", method: "notifications/initialized" };
const LIST = { jsonrpc: "2.0", id: 2, method: "tools/list" };

/** What went wrong; `stderr` is the end of what the gate said there. */
export interface TryFault {
  readonly fault:
    | { readonly kind: "silent"; readonly seconds: number }
    | { readonly kind: "not-started"; readonly message: string }
    /** `code 1`, `SIGKILL`. */
    | { readonly kind: "ended"; readonly how: string }
    | { readonly kind: "not-json" }
    | { readonly kind: "refused"; readonly method: string };
  readonly stderr: string;
}
export type TryAnswer = ({ readonly kind: "failed" } & TryFault) | { readonly kind: "done"; readonly tools: number };

const STDERR_KEPT = 600;
const GRACE_MS = 3000;

/** Never throws for what the gate does; whatever it started is ended with it. */
export async function tryOut(entry: GateEntry, limitMs: number): Promise<TryAnswer> {
  const child = spawn(entry.command, [...entry.args], {
    env: { ...entry.env },
    // Where desktops start their programs: nothing may depend on the folder.
    cwd: parse(process.cwd()).root,
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own, so that its servers can be ended with it.
    detached: process.platform !== "win32",
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()).once("error", () => resolve()));
  const answer = await converse(child, limitMs);
  child.stdin.end();
  // One that works may end in its own time; one that does not has had its time.
  const patience = setTimeout(() => killGroup(child), answer.kind === "done" ? GRACE_MS : 0);
  await ended;
  clearTimeout(patience);
  killGroup(child);
  return answer;
}

function converse(child: ChildProcessWithoutNullStreams, limitMs: number): Promise<TryAnswer> {
  return new Promise((resolve) => {
    let stderr = "";
    const settle = (answer: TryAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const end = (fault: TryFault["fault"]): void => settle({ kind: "failed", fault, stderr: stderr.trim() });
    const timer = setTimeout(() => end({ kind: "silent", seconds: limitMs / 1000 }), limitMs);
    const send = (message: object): void => void child.stdin.write(`${JSON.stringify(message)}\n`);

    child.stdin.on("error", () => undefined); // It ended; "close" says so.
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT);
    });
    child.once("error", ({ message }) => end({ kind: "not-started", message }));
    child.once("close", (code, signal) => end({ kind: "ended", how: signal ?? `code ${code}` }));
    const take = (line: string | undefined): void => {
      const message = line === undefined ? undefined : readMessage(line);
      if (message === undefined) return end({ kind: "not-json" });
      const { id, result } = message;
      if (id === INITIALIZE.id) {
        if (!isObject(result)) return end({ kind: "refused", method: INITIALIZE.method });
        send(INITIALIZED);
        send(LIST);
      } else if (id === LIST.id) {
        const tools = isObject(result) ? result["tools"] : undefined;
        if (!Array.isArray(tools)) return end({ kind: "refused", method: LIST.method });
        settle({ kind: "done", tools: tools.length });
      }
    };
    const listen = async (): Promise<void> => {
      // Not readline, which ends lines at U+2028 as well in Node 24.
      for await (const batch of lineBatches(child.stdout)) for (const { text, ended } of batch) if (ended) take(text);
    };
    listen().catch(() => undefined); // It broke off; "close" says so.
    send(INITIALIZE);
  });
}

function readMessage(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) && value["jsonrpc"] === "2.0" ? value : undefined;
  } catch {
    return undefined;
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}
