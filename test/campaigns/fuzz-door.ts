/** The agent's door with a gate of the campaign's behind it, for `fuzz.mjs`, which bundles it. Nothing between them is faked. */

import { PassThrough } from "node:stream";
import type { AgentCall, Gate } from "../../src/gateway/ports.ts";
import { serveStdio } from "../../src/mcp/agent-stdio.ts";

export interface FuzzedDoor {
  /** One line, its end included. */
  send(line: Buffer): void;
  /** Calls that came through since it was last asked. */
  calls(): readonly AgentCall[];
  /** Lines that went to the client since it was last asked. */
  said(): readonly string[];
  /** Why messages went no further since it was last asked. */
  refused(): readonly string[];
  readonly ended: boolean;
  end(): void;
}

export function openFuzzedDoor(): FuzzedDoor {
  let calls: AgentCall[] = [];
  let said: string[] = [];
  let refused: string[] = [];
  let rest = "";
  let ended = false;
  const gate: Gate = {
    agent: "fuzz",
    connected: async () => undefined,
    list: async () => ({ text: "[]", count: 0 }),
    async call(call) {
      calls.push(call);
      return { kind: "result", text: '{"content":[]}' };
    },
    task: async () => ({ kind: "unknown" }),
    refused: (side, _method, reason) => void refused.push(`${side} ${reason}`),
    watch: async () => ({ kind: "refused", error: '{"code":-32002,"message":"Resource not found"}' }),
    onLogMessage: () => () => undefined,
    kinds: () => new Set(["tool", "resource", "prompt", "completion"] as const),
    inputSchema: () => undefined,
    onListChanged: () => () => undefined,
  };
  const [input, output] = [new PassThrough(), new PassThrough()];
  output.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    said.push(...lines);
  });
  const stop = new AbortController();
  void serveStdio({ input, output, gate, version: "0", signal: stop.signal }).finally(() => {
    ended = true;
  });
  return {
    send: (line) => void input.write(line),
    calls() {
      const taken = calls;
      calls = [];
      return taken;
    },
    said() {
      const taken = said;
      said = [];
      return taken;
    },
    refused() {
      const taken = refused;
      refused = [];
      return taken;
    },
    get ended() {
      return ended;
    },
    end: () => stop.abort(),
  };
}
