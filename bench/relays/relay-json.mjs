// Bare JSON-RPC relay: split lines, JSON.parse, rewrite the id, JSON.stringify, both ways.
// This is the least any gateway that looks at messages does. argv: command args...
import { spawn } from "node:child_process";
import { lineSplitter } from "../lib/lines.mjs";
const [cmd, ...args] = process.argv.slice(2);
const c = spawn(cmd === "node" ? process.execPath : cmd, args, { stdio: ["pipe", "pipe", "inherit"] });
const pending = new Map();
let next = 1;
process.stdin.on(
  "data",
  lineSplitter((line) => {
    const m = JSON.parse(line);
    if (m.id !== undefined && m.method !== undefined) {
      const id = next++;
      pending.set(id, m.id);
      m.id = id;
    }
    c.stdin.write(JSON.stringify(m) + "\n");
  }),
);
c.stdout.on(
  "data",
  lineSplitter((line) => {
    const m = JSON.parse(line);
    if (m.id !== undefined && m.method === undefined) {
      const orig = pending.get(m.id);
      if (orig === undefined) return;
      pending.delete(m.id);
      m.id = orig;
    }
    process.stdout.write(JSON.stringify(m) + "\n");
  }),
);
process.stdin.on("end", () => {
  c.kill();
  process.exit(0);
});
c.on("exit", () => process.exit(0));
