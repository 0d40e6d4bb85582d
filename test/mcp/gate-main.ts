/** A program for tests: serves a tiny gate over stdio in front of the server whose command line it is given. */

import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { serveStdio } from "../../src/mcp/agent-stdio.ts";
import { stdioServer } from "../../src/mcp/server-stdio.ts";
import { httpServer } from "../../src/mcp/server-http.ts";
import { tinyGate } from "./tiny-gate.ts";

const [folder = "", command = "", ...args] = process.argv.slice(2);
const hooks = {
  refused: (method: string | undefined, reason: string) => note("refused", { method, reason }),
  started: (claimed: object) => note("started", claimed),
  ended: (reason: string) => note("ended", { reason }),
  hide: (text: string) => text,
};
const note = (what: string, value: object): void =>
  appendFileSync(join(folder, "notes"), `${JSON.stringify({ what, ...value })}\n`);
const noCredentials = { headers: () => ({}), renew: () => Promise.resolve(false), hint: "" };
const common = { id: "one", endpoint: "test", version: "0.0.0", startTimeoutMs: 10_000 };
const server = command.startsWith("http:")
  ? httpServer({ ...common, url: command, credentials: noCredentials }, hooks)
  : stdioServer(
      {
        ...common,
        command,
        args,
        cwd: process.cwd(),
        env: { PATH: process.env["PATH"] ?? "" },
        stderrPath: join(folder, "stderr"),
      },
      hooks,
    );
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
await serveStdio({
  input: process.stdin,
  output: process.stdout,
  gate: tinyGate(server),
  version: "0.0.0",
  signal: stop.signal,
});
await server.close();
process.exit(0);
