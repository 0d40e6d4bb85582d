/**
 * `kidoban connect`: what a client that can only start a program starts, where the gate runs somewhere else. Lines to a
 * socket or a URL and back, and nothing more: it holds no key and decides nothing. Loaded without the rest of the program.
 */

import { connect as connectSocket } from "node:net";
import { parseArgs } from "node:util";
import type { Env } from "../config/env.ts";
import { en, ja } from "../words/connect.ts";
import { EXIT, type ExitCode } from "./context.ts";
import { waysIn } from "./hardening.ts";
import type { Terminal } from "./terminal.ts";

/** Lines between our own two pipes and the socket; settles when either side has ended. */
function pipeToSocket(path: string): Promise<NodeJS.ErrnoException | undefined> {
  const { stdin, stdout } = process;
  return new Promise((resolve) => {
    const socket = connectSocket(path);
    let failed: NodeJS.ErrnoException | undefined;
    socket.on("error", (error) => (failed = error));
    socket.on("close", () => resolve(failed));
    // A client that dies may never close our input; its output breaks then.
    stdout.on("error", () => socket.destroy());
    stdin.on("error", () => socket.destroy());
    stdin.pipe(socket);
    socket.pipe(stdout);
  });
}

export async function run(terminal: Terminal, env: Env, argv: readonly string[]): Promise<ExitCode> {
  const words = env.language === "ja" ? ja : en;
  const { values } = parseArgs({
    args: [...argv],
    options: { to: { type: "string" }, "token-file": { type: "string" } },
  });
  const no = (sentence: string, code: ExitCode): ExitCode => {
    terminal.err(`kidoban: ${sentence}\n`);
    return code;
  };
  const danger = waysIn();
  if (danger.length > 0) return no(words.hazard(danger.join(", ")), EXIT.usage);
  const { to } = values;
  if (to === undefined) return no(words.noTarget, EXIT.usage);
  if (/^https?:\/\//.test(to)) {
    const { connectTo } = await import("./connect-url.ts");
    return connectTo(to, values["token-file"], env, no, words);
  }
  const failed = await pipeToSocket(to);
  return failed === undefined ? EXIT.ok : no(words.noGate(to, failed.code ?? failed.message), EXIT.unavailable);
}
