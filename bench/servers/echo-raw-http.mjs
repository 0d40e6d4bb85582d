// Echo server over Streamable HTTP with JSON answers, without an SDK. argv: port
import { randomUUID } from "node:crypto";
import http from "node:http";
import { answer } from "./echo-core.mjs";
http
  .createServer((request, response) => {
    if (request.method !== "POST") {
      response.writeHead(request.method === "DELETE" ? 200 : 405, { allow: "POST, DELETE" }).end();
      return;
    }
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const message = JSON.parse(Buffer.concat(parts).toString("utf8"));
      const reply = answer(message);
      if (!reply) {
        response.writeHead(202).end();
        return;
      }
      const body = JSON.stringify(reply);
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        ...(message.method === "initialize" && { "mcp-session-id": randomUUID() }),
      });
      response.end(body);
    });
  })
  .listen(Number(process.argv[2]), "127.0.0.1");
