/** One server behind the gate over stdio: a process of ours, kept alive. */

import type { Server } from "../gateway/ports.ts";
import { startProcess } from "./server-process.ts";
import { supervise, type ServerHooks } from "./supervise.ts";

export interface StdioServerConfig {
  readonly id: string;
  readonly endpoint: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the server. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its stderr is kept, 0600. */
  readonly stderrPath: string;
  /** How long it may take from its start to its answer to the handshake, ms; `npx` may have to download. */
  readonly startTimeoutMs: number;
  /** Kidoban's own version. */
  readonly version: string;
}

/** Starts at once; `ready` tells when it is up. */
export function stdioServer(config: StdioServerConfig, hooks: ServerHooks): Server {
  return supervise(
    {
      ...config,
      first: "legacy",
      connect(events) {
        const child = startProcess({
          ...config,
          line: (text) => events.receive(text),
          tooLong: (bytes) => events.refused(undefined, `a message of ${bytes} bytes`),
          ended: events.ended,
        });
        return { send: child.send, close: child.end };
      },
    },
    hooks,
  );
}
