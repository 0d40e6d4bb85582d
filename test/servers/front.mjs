// Stands before an HTTP server and notes the headers that reach it: node front.mjs URL FILE; prints its own URL.
import { appendFileSync } from "node:fs";
import { createServer, request } from "node:http";

const [target, file] = [new URL(process.argv[2]), process.argv[3]];
const front = createServer((incoming, outgoing) => {
  appendFileSync(file, JSON.stringify(incoming.headers) + "\n");
  const options = { method: incoming.method, headers: { ...incoming.headers, host: target.host } };
  const onward = request(target, options, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  incoming.pipe(onward);
});
front.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${front.address().port}${target.pathname}`));
