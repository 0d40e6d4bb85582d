// Echo server over stdio, without an SDK: one JSON-RPC message a line.
import { lineSplitter } from "../lib/lines.mjs";
import { answer } from "./echo-core.mjs";
process.stdin.on(
  "data",
  lineSplitter((line) => {
    const reply = answer(JSON.parse(line));
    if (reply) process.stdout.write(JSON.stringify(reply) + "\n");
  }),
);
process.stdin.on("end", () => process.exit(0));
