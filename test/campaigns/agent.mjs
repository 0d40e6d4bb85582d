/** An agent's client over stdio (2025-11-25), as bare as can be: it calls and notes every answer. Knows nothing of the gate's inside. */
import { spawn } from "node:child_process";
import { eachLine } from "../../scripts/lines.mjs";

/**
 * Starts `command` and opens a session on it. Gives the child and `call`, which resolves with the answer's message, or
 * with undefined when the other side ended first; `ended` resolves when it has.
 */
export function connect(command, args, options) {
  // Its own process group, as clients do: what a kill leaves behind is then the gate's doing.
  const child = spawn(command, args, { ...options, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const waiting = new Map();
  let next = 1;
  let stderr = "";
  child.stderr.on("data", (bytes) => {
    stderr = (stderr + bytes).slice(-4000);
  });
  child.stdin.on("error", () => {});
  child.on("error", (error) => {
    stderr += error.message;
  });
  const ended = new Promise((done) => {
    child.on("close", (code, signal) => {
      for (const settle of waiting.values()) settle(undefined);
      waiting.clear();
      done({ code, signal, stderr });
    });
  });
  const send = (message) => child.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
  eachLine(child.stdout, (line) => {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      // The last line of a killed process may be torn; then there was no answer.
      return;
    }
    if (message.method !== undefined) {
      if (message.id !== undefined) send({ id: message.id, error: { code: -32601, message: "Method not found" } });
      return;
    }
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  });
  const request = (method, params) =>
    new Promise((settle) => {
      // It has ended, but its pipes may still have something to say.
      if (child.exitCode !== null || child.signalCode !== null) return void ended.then(() => settle(undefined));
      const id = next++;
      waiting.set(id, settle);
      send({ id, method, params: { ...params, _meta: { progressToken: id } } });
    });
  return {
    child,
    ended,
    /** True once initialized; false when it ended before. */
    async open() {
      const clientInfo = { name: "campaign", version: "1.0.0" };
      const answer = await request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
      if (answer?.result === undefined) return false;
      send({ method: "notifications/initialized" });
      return true;
    },
    listTools: () => request("tools/list", {}),
    call: (name, args) => request("tools/call", { name, arguments: args }),
    /** Ends the session as a client does. */
    async close() {
      child.stdin.end();
      return ended;
    },
  };
}

/** The text of a tool result, or of an error. */
export const textOf = (answer) =>
  answer.error ? answer.error.message : (answer.result.content ?? []).map((block) => block.text ?? "").join("\n");
