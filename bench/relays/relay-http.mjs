// Bare relay, HTTP -> stdio: reads a POST, JSON.parse, another id, JSON.stringify to the server's stdin; its line back the
// same way as application/json. No session, no token: the least that a gateway between the two does. argv: command args...
import { spawn } from "node:child_process";
import { listen } from "../lib/http-end.mjs";
import { lineSplitter } from "../lib/lines.mjs";

const [cmd, ...args] = process.argv.slice(2);
const server = spawn(cmd, args, { stdio: ["pipe", "pipe", "inherit"] });
const pending = new Map();
let next = 1;

listen((message, send) => {
  if (message.id === undefined || message.method === undefined) send(undefined);
  else {
    const id = next++;
    pending.set(id, { id: message.id, send });
    message.id = id;
  }
  server.stdin.write(JSON.stringify(message) + "\n");
});
server.stdout.on(
  "data",
  lineSplitter((line) => {
    const message = JSON.parse(line);
    const asked = pending.get(message.id);
    if (asked === undefined || message.method !== undefined) return;
    pending.delete(message.id);
    message.id = asked.id;
    asked.send(JSON.stringify(message));
  }),
);
server.on("exit", () => process.exit(0));
