/**
 * A client's pipe onto a gate over Streamable HTTP, in both eras: each line a request, each message that comes back a line.
 * Reads of a message only what becomes a header; the gate at the other end decides everything.
 */

import type { Readable, Writable } from "node:stream";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import { errorText } from "./errors.ts";
import { oneLine } from "./http-answer.ts";
import { httpCaller, type Ended, type Exchange } from "./http-exchange.ts";
import { namedBy } from "./modern-headers.ts";
import { headerValue, markedArguments, paramHeaders, type Marked } from "./param-headers.ts";
import { readMessage, type Id, type Message } from "./read-message.ts";
import * as era from "./era.ts";
import { lineWriter, readLines } from "./wire.ts";

export interface HttpPipe {
  readonly url: URL;
  readonly token: string;
  readonly input: Readable;
  readonly output: Writable;
}

/** Above this a client that does not read is not read from either. */
const MAX_BACKLOG_BYTES = 1024 * 1024;
/** How long a goodbye may take. */
const GOODBYE_MS = 1000;
/** A stream that ends is asked for again, not at once. */
const STREAM_AGAIN_MS = 1000;

/** Runs until the client leaves or the gate lets nobody in; gives why it did not. */
export function pipeToHttp({ url, token, input, output }: HttpPipe): Promise<string | undefined> {
  const caller = httpCaller(url);
  const asked = new Map<Id, Exchange>();
  /** Marked arguments by tool, as last listed. */
  const marks = new Map<string, readonly Marked[]>();
  let session: string | undefined;
  let version: string | undefined;
  let stream: Exchange | undefined;
  let again: NodeJS.Timeout | undefined;

  const headers = (): Record<string, string> => ({
    authorization: `Bearer ${token}`,
    accept: "application/json, text/event-stream",
    ...(session === undefined ? {} : { "mcp-session-id": session }),
    ...(version === undefined ? {} : { "mcp-protocol-version": version }),
  });

  /** What a list says of arguments that go into headers is remembered. */
  const noteMarks = (text: string): void => {
    if (!text.includes('"x-mcp-header"')) return;
    const message: unknown = JSON.parse(text);
    const result = isObject(message) ? message["result"] : undefined;
    const tools = isObject(result) && Array.isArray(result["tools"]) ? result["tools"] : [];
    for (const tool of tools) {
      if (!isObject(tool) || typeof tool["name"] !== "string") continue;
      const found = markedArguments(tool["inputSchema"] ?? null);
      marks.set(tool["name"], typeof found === "string" ? [] : found);
    }
  };
  const noteVersion = (text: string): void => {
    const message: unknown = JSON.parse(text);
    const result = isObject(message) ? message["result"] : undefined;
    const settled = isObject(result) ? result["protocolVersion"] : undefined;
    if (typeof settled === "string") version = settled;
  };

  /** Headers that a modern request needs beside those of all. */
  const mirrored = (method: string, params: JsonObject): Record<string, string> => {
    const meta = params["_meta"];
    const said = isObject(meta) ? meta[era.VERSION_META] : undefined;
    if (typeof said !== "string") return {};
    const member = namedBy(method);
    const name: Json | undefined = member === undefined ? undefined : params[member];
    const args = params["arguments"];
    return {
      "mcp-protocol-version": headerValue(said),
      "mcp-method": headerValue(method),
      ...(typeof name === "string" ? { "mcp-name": headerValue(name) } : {}),
      ...(method === "tools/call" && typeof name === "string" && isObject(args)
        ? paramHeaders(marks.get(name) ?? [], args)
        : {}),
    };
  };

  return new Promise((resolve) => {
    let ended = false;
    const end = (reason?: string): void => {
      if (ended) return;
      ended = true;
      clearTimeout(again);
      reader.stop();
      for (const exchange of asked.values()) exchange.abort();
      stream?.abort();
      const close = (): void => {
        caller.close();
        writer.end();
        resolve(reason);
      };
      if (session === undefined) return close();
      const late = setTimeout(close, GOODBYE_MS);
      caller.exchange({
        method: "DELETE",
        headers: headers(),
        ended() {
          clearTimeout(late);
          close();
        },
      });
      return undefined;
    };
    const writer = lineWriter(output, { closed: () => end(), drained: () => reader.resume() });

    const tell = (text: string): void => void writer.send(oneLine(text));

    const listen = (): void => {
      stream = caller.exchange({
        method: "GET",
        headers: { ...headers(), accept: "text/event-stream" },
        message: tell,
        ended(how) {
          if (ended || how.kind === "status") return;
          again = setTimeout(listen, STREAM_AGAIN_MS).unref();
        },
      });
    };

    /** A gate that lets nobody in, or that is not there, is told to the person; a question gets an answer all the same. */
    const failed = (how: Exclude<Ended, { kind: "done" }>, id: Id | undefined): void => {
      const reason = how.kind === "status" ? `HTTP ${how.status}` : how.reason;
      if (how.kind === "status" && isErrorText(how.body)) writer.send(how.body.trim());
      else if (id !== undefined)
        writer.send(errorText(id, { code: era.INTERNAL_ERROR, message: `The gate cannot be reached: ${reason}` }));
      const isLost = how.kind === "status" && (how.status === 401 || (how.status === 404 && session !== undefined));
      if (isLost || (how.kind === "broken" && !how.sent)) end(reason);
    };

    const post = (message: Message, body: string): void => {
      const id = message.kind === "request" ? message.id : undefined;
      const method = message.kind === "request" || message.kind === "notification" ? message.method : undefined;
      const exchange = caller.exchange({
        method: "POST",
        headers: {
          ...headers(),
          "content-type": "application/json",
          ...(message.kind === "request" ? mirrored(message.method, message.params) : {}),
        },
        body,
        opened(given) {
          const begun = given["mcp-session-id"];
          if (method === "initialize" && typeof begun === "string") session = begun;
        },
        message(text) {
          if (method === "initialize") noteVersion(text);
          if (method === "tools/list") noteMarks(text);
          tell(text);
        },
        ended(how) {
          // Of a question that was cancelled nothing more is said.
          if (ended || (id !== undefined && asked.get(id) !== exchange)) return;
          if (id !== undefined) asked.delete(id);
          if (how.kind !== "done") return failed(how, id);
          if (method === "notifications/initialized" && session !== undefined) listen();
        },
      });
      if (id !== undefined) asked.set(id, exchange);
    };

    const reader = readLines(input, {
      line(text, utf8) {
        const message = readMessage(text, utf8);
        if (message.kind === "notification" && message.method === "notifications/cancelled" && session === undefined) {
          // Of a modern request the closing of its connection is the cancellation.
          const id = message.params["requestId"];
          if (typeof id !== "string" && typeof id !== "number") return;
          const exchange = asked.get(id);
          asked.delete(id);
          return exchange?.abort();
        }
        post(message, text);
        if (writer.backlog > MAX_BACKLOG_BYTES) reader.pause();
      },
      tooLong: () => end("a message above 16 MiB"),
      ended: () => end(),
    });
  });
}

/** A JSON-RPC error that came with another status than 200 is the answer all the same. */
function isErrorText(body: string): boolean {
  try {
    const message: unknown = JSON.parse(body);
    return (
      isObject(message) && message["jsonrpc"] === "2.0" && message["id"] !== undefined && isObject(message["error"])
    );
  } catch {
    return false;
  }
}
