// Bare relay, stdio in, Streamable HTTP out (JSON answers, one kept connection). argv: url
import http from "node:http";
import { lineSplitter } from "../lib/lines.mjs";
const url = new URL(process.argv[2]);
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
let next = 1;
let session;
process.stdin.on(
  "data",
  lineSplitter((line) => {
    const m = JSON.parse(line);
    const original = m.id;
    if (original !== undefined) m.id = next++;
    const body = JSON.stringify(m);
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "content-length": Buffer.byteLength(body),
    };
    if (session) headers["mcp-session-id"] = session;
    const request = http.request(url, { method: "POST", agent, headers }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => {
        session = response.headers["mcp-session-id"] ?? session;
        if (response.statusCode !== 200) return;
        const answer = JSON.parse(Buffer.concat(parts).toString("utf8"));
        answer.id = original;
        process.stdout.write(JSON.stringify(answer) + "\n");
      });
    });
    request.end(body);
  }),
);
process.stdin.on("end", () => process.exit(0));
