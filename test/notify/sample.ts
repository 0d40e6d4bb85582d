/** Notices and listeners that the tests of messages share. */

import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Notice, NoticedRequest } from "../../src/approval/notice.ts";
import { checkedUrl, guardedLookup } from "../../src/mcp/oauth/reach.ts";
import type { Network } from "../../src/notify/network.ts";

export const T0 = Date.UTC(2026, 10, 22, 5, 0, 0);

export const about = (more: Partial<NoticedRequest> = {}): NoticedRequest => ({
  request: "0123456789abcdef",
  code: "K7Q-2FD",
  agent: "docs-writer",
  server: "files",
  kind: "tool",
  name: "write_file",
  access: "write",
  destructive: true,
  rules: ["moves"],
  groups: ["ops"],
  need: 2,
  expiresAt: T0 + 15 * 60_000,
  ...more,
});

export const opened = (more: Partial<NoticedRequest> = {}): Notice => ({ kind: "request.opened", about: about(more) });

/** As compose makes it. */
export const NETWORK: Network = { answerMs: 10_000, checkedUrl, lookup: guardedLookup };
/** The patience of who expects no answer. */
export const HASTY_MS = 300;

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real listener on this machine; `answer` is given what came, whole. */
export async function listen(
  answer: (received: Received, response: ServerResponse, request: IncomingMessage) => void,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => answer({ headers: request.headers, body }, response, request));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
