// The side of a bare HTTP endpoint that clients see: one JSON-RPC message a POST, answers as application/json. No session.
import http from "node:http";

/** Listens, says where on standard output, and gives each message with what sends its answer: a string, or nothing. */
export function listen(onMessage) {
  const server = http.createServer((request, response) => {
    // Nothing comes by itself, so there is no stream to be had.
    if (request.method !== "POST") return void response.writeHead(405).end();
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () =>
      onMessage(JSON.parse(Buffer.concat(parts).toString("utf8")), (text) => {
        if (text === undefined) return void response.writeHead(202).end();
        response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
        response.end(text);
      }),
    );
  });
  server.listen(0, "127.0.0.1", () => {
    process.stdout.write(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/mcp` }) + "\n");
  });
}
