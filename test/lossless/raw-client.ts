/** A client that sends lines and reads lines: no SDK, no parser of ours, so that what it compares is what was written. */

import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { eachLine } from "../../scripts/lines.mjs";
import type { EraName } from "./exceptions.ts";

interface RawAnswer {
  readonly member: string;
  readonly text: string;
}

export interface RawClient {
  /** Sends a request whose params are this JSON text without `_meta`; gives the raw text of `result` or `error`. */
  ask(method: string, params: string, meta?: string): Promise<RawAnswer>;
  /** Everything that came and was no answer. */
  readonly others: readonly string[];
  close(): Promise<void>;
}

/** Where its messages go and come from; `ended` settles when the other side is gone. */
export interface Pipes {
  readonly input: Writable;
  readonly output: Readable;
  ended(): Promise<void>;
}

const MODERN_META =
  '"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"raw","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}';

/** A program of Node on the other side. */
export function program(args: readonly string[], env: Record<string, string>): Pipes {
  const child = spawn(process.execPath, args, { env, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  return { input: child.stdin, output: child.stdout, ended: () => ended };
}

export async function rawClient(era: EraName, { input, output, ended }: Pipes): Promise<RawClient> {
  const waiting = new Map<number, (answer: RawAnswer) => void>();
  const others: string[] = [];
  eachLine(output, (line) => {
    // Any order of the envelope's members, but each as a serialiser without spaces writes it.
    const [, id, member, text] =
      /^\{"jsonrpc":"2\.0","id":(\d+),"(result|error)":(.*)\}$/s.exec(line) ??
      /^\{()"(result|error)":(.*),"jsonrpc":"2\.0","id":(\d+)\}$/s
        .exec(line)
        ?.map((part, at, all) => [part, all[4], all[2], all[3]][at]) ??
      [];
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
    const answer = new Promise<RawAnswer>((resolve) => waiting.set(id, resolve));
    input.write(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params.slice(0, -1)}${tail}}\n`);
    return answer;
  };
  if (era === "legacy") {
    const info = '"capabilities":{},"clientInfo":{"name":"raw","version":"1"}';
    await ask("initialize", `{"protocolVersion":"2025-11-25",${info}}`);
    input.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  }
  return {
    ask,
    others,
    async close() {
      input.end();
      await ended();
    },
  };
}
