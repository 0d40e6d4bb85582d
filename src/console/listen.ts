/** The console's listener: its own, with limits on what anybody may send and how long it may take. */

import { createServer as createPlain, type Server } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { createAdaptorServer, type Http2Bindings, type HttpBindings } from "@hono/node-server";
import { openCrowd } from "./crowd.ts";
import type { ConsoleApp } from "./visitor.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Listening extends Address {
  close(): Promise<void>;
}

const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const HEADER_BYTES = 16 * 1024;
const MOST_CONNECTIONS = 256;

/** Rejects with the operating system's error, e.g. `EADDRINUSE`. */
export async function listen(app: ConsoleApp, at: Address, tls: Certificate | undefined): Promise<Listening> {
  const limits = { maxHeaderSize: HEADER_BYTES, headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS };
  const crowd = openCrowd(MOST_CONNECTIONS);
  const fetch = (request: Request, { incoming }: HttpBindings | Http2Bindings) =>
    app.fetch(request, { know: () => crowd.know(incoming.socket) });
  const server = (
    tls === undefined
      ? createAdaptorServer({ fetch, createServer: createPlain, serverOptions: limits })
      : createAdaptorServer({ fetch, createServer: createSecure, serverOptions: { ...limits, ...tls } })
  ) as Server;
  server.on("connection", (socket: Socket) => crowd.enter(socket));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Streams to open pages never end by themselves.
        server.closeAllConnections();
      }),
  };
}
