/**
 * A model that follows a script, on loopback, in the four APIs that agents' clients speak. The client is real, the model
 * is not, so that a run needs no account, no network and no luck. Knows no API: each has a file of its own.
 */
import { createServer } from "node:http";
import * as anthropic from "./scripted-model/anthropic.mjs";
import * as chat from "./scripted-model/openai-chat.mjs";
import * as responses from "./scripted-model/openai-responses.mjs";
import * as gemini from "./scripted-model/gemini.mjs";

/**
 * What an API's file gives: `serves` says whether a path is its own; `read` takes from a request the names of the tools
 * that it offers and what the last call gave back, { text, isError }, where `isError` is undefined if the API has no word
 * for it; `reply` writes one answer of the model, { text } or { call: { id, name, input } }.
 */
const APIS = [anthropic, chat, responses, gemini];

/**
 * Listens on 127.0.0.1 and plays `script`: given what the calls so far gave back, it gives the next, { name, input }, or
 * undefined, or a promise of it. `results` holds what came back; after the last call the model says "DONE" and that text. `offered` holds the tools of the last request that had any: side
 * questions of a client, which offer none, are answered with one word. `unknown` holds the paths that no API serves.
 */
export async function startModel(script) {
  const results = [];
  const unknown = new Set();
  let offered = [];
  const next = async ({ tools, result }) => {
    if (tools.length === 0) return { text: "ok" };
    offered = tools;
    if (result) results.push(result);
    const call = await script(results);
    return call ? { call: { id: `call_${results.length}_${Date.now()}`, ...call } } : { text: `DONE ${result?.text}` };
  };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", async () => {
      const { pathname } = new URL(request.url, "http://127.0.0.1");
      const api = request.method === "POST" ? APIS.find(({ serves }) => serves(pathname)) : undefined;
      if (!api) {
        unknown.add(`${request.method} ${pathname}`);
        response.writeHead(404, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: { type: "not_found_error", message: "not found" } }));
        return;
      }
      const asked = JSON.parse(body);
      const { type, text } = api.reply(asked, await next(api.read(asked)), pathname);
      response.writeHead(200, { "content-type": type });
      response.end(text);
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    results,
    unknown,
    offered: () => offered,
    close: () => new Promise((done) => server.close(done).closeAllConnections()),
  };
}
