/** A client that sends lines and reads lines: no SDK, no parser of ours, so that what it compares is what was written. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { EraName } from "./exceptions.ts";

export interface RawClient {
  /** Sends a request whose params are this JSON text without `_meta`; gives the raw text of `result` or `error`. */
  ask(method: string, params: string, meta?: string): Promise<{ readonly member: string; readonly text: string }>;
  /** Everything that came and was no answer. */
  readonly others: readonly string[];
  close(): Promise<void>;
}

const MODERN_META =
  '"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"raw","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}';

export async function rawClient(
  era: EraName,
  args: readonly string[],
  env: Record<string, string>,
): Promise<RawClient> {
  const child = spawn(process.execPath, args, { env, stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<number, (answer: { member: string; text: string }) => void>();
  const others: string[] = [];
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [, id, member, text] = /^\{"jsonrpc":"2\.0","id":(\d+),"(result|error)":(.*)\}$/s.exec(line) ?? [];
    const answered = waiting.get(Number(id));
    if (answered === undefined || member === undefined || text === undefined) return void others.push(line);
    waiting.delete(Number(id));
    answered({ member, text });
  });
  let last = 0;
  const ask: RawClient["ask"] = (method, params, meta = "") => {
    const id = ++last;
    const members = [era === "modern" ? MODERN_META : "", meta].filter((text) => text !== "").join(",");
    const tail = members === "" ? "}" : `${params === "{}" ? "" : ","}"_meta":{${members}}}`;
    const answer = new Promise<{ member: string; text: string }>((resolve) => waiting.set(id, resolve));
    child.stdin.write(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params.slice(0, -1)}${tail}}\n`);
    return answer;
  };
  if (era === "legacy") {
    await ask(
      "initialize",
      '{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}',
    );
    child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  }
  return {
    ask,
    others,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
