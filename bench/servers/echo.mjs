// Echo server over stdio, without an SDK: one JSON-RPC message a line.
import { lineSplitter } from "../lib/lines.mjs";
import { answer, OFFICE } from "./office.mjs";

process.stdin.on(
  "data",
  lineSplitter((line) => {
    const reply = answer(OFFICE, JSON.parse(line));
    if (reply) process.stdout.write(JSON.stringify(reply) + "\n");
  }),
);
process.stdin.on("end", () => process.exit(0));
