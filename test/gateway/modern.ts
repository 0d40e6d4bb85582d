/** A client of 2026-07-28 without an SDK, before a real gate on stdio: each request says for itself what it declares. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { eachLine } from "../../scripts/lines.mjs";

export const TASKS = "io.modelcontextprotocol/tasks";
export const DECLARED = { extensions: { [TASKS]: {} } };

export interface Reply {
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** `command`: the gate. */
export function modernClient(command: readonly string[], env: Readonly<Record<string, string>>) {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  const waiting = new Map<number, (reply: Reply) => void>();
  let last = 0;
  eachLine(child.stdout, (line) => {
    const { id, ...reply } = JSON.parse(line) as Reply & { readonly id?: number };
    if (id === undefined) return;
    waiting.get(id)?.(reply);
    waiting.delete(id);
  });
  child.stderr.resume();
  child.stdin.on("error", () => undefined);
  const exited = once(child, "exit");
  child.on("exit", () => {
    for (const answer of waiting.values()) answer({ error: { code: 0, message: "the gate has ended" } });
  });

  const request = (method: string, params: object = {}, capabilities: object = DECLARED): Promise<Reply> =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      const _meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": capabilities,
      };
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: last, method, params: { ...params, _meta } })}\n`);
    });

  return {
    request,
    call: (name: string, given: object, capabilities: object = DECLARED) =>
      request("tools/call", { name, arguments: given }, capabilities),
    async kill(): Promise<void> {
      child.kill("SIGKILL");
      await exited;
    },
    async close(): Promise<void> {
      child.stdin.end();
      await exited;
    },
  };
}

export type Modern = ReturnType<typeof modernClient>;
