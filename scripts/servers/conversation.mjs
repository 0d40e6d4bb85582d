/**
 * One conversation with an MCP server, or with the gate in front of it, over stdio: lines out, lines in. No SDK and no
 * parser of ours, so that what is compared is what was written.
 */
import { spawn } from "node:child_process";
import { eachLine } from "../lines.mjs";

/** Members of an answer in either order, as a serialiser without spaces writes them. */
const ANSWERS = [
  /^\{"jsonrpc":"2\.0","id":(?<id>\d+),"(?<member>result|error)":(?<text>.*)\}$/s,
  /^\{"(?<member>result|error)":(?<text>.*),"jsonrpc":"2\.0","id":(?<id>\d+)\}$/s,
];

/** `program`: { command, args, cwd, env }. A client that can be asked nothing. */
export async function converse({ command, args, ...options }) {
  const child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
  const waiting = new Map();
  const progress = [];
  let said = "";
  let last = 0;
  child.stderr.on("data", (bytes) => (said = (said + bytes).slice(-4000)));
  child.stdin.on("error", () => undefined);
  let over = false;
  const ended = new Promise((resolve) => {
    const end = () => {
      over = true;
      for (const { fail } of waiting.values()) fail(new Error(`${command} ended\n${said}`));
      resolve();
    };
    child.on("error", end);
    child.on("close", end);
  });

  const send = (message) => void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const take = (line) => {
    const groups = ANSWERS.map((shape) => shape.exec(line)?.groups).find((found) => found !== undefined);
    const asked = waiting.get(Number(groups?.id));
    if (asked !== undefined) {
      waiting.delete(Number(groups.id));
      return asked.answered({ member: groups.member, text: groups.text });
    }
    const { id, method, params } = JSON.parse(line);
    if (method === "notifications/progress") progress.push(params);
    if (id === undefined) return undefined;
    if (method === undefined) throw new Error(`an answer to nothing, or of another shape: ${line.slice(0, 200)}`);
    return send(method === "ping" ? { id, result: {} } : { id, error: { code: -32601, message: "Method not found" } });
  };
  eachLine(child.stdout, take);

  /** Gives the raw text of `result` or `error`: { member, text }. */
  const ask = (method, params) =>
    new Promise((answered, fail) => {
      if (over) return fail(new Error(`${command} ended\n${said}`));
      last += 1;
      waiting.set(last, { answered, fail });
      return send({ id: last, method, params });
    });
  await ask("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "servers", version: "1" },
  });
  send({ method: "notifications/initialized" });
  return {
    ask,
    /** The `params` of each progress notification so far. */
    progress,
    async close() {
      child.stdin.end();
      const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(late);
    },
  };
}
