/**
 * The operational log: what went wrong inside, for whoever runs the gate. Never the audit log, never the agent's business:
 * a file of its own (0600), since clients keep a server's stderr where the agent can read it.
 */

import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";

export interface Operations {
  /** `event` names what happened; `facts` hold no arguments and no secrets. */
  warn(event: string, facts: Readonly<Record<string, unknown>>): void;
}

/** Nothing is opened or loaded before the first line. A line that cannot be written is lost: nothing may depend on it. */
export function operationalLog(stateDir: string): Operations {
  let logger: Promise<Logger> | undefined;
  const open = async (): Promise<Logger> => {
    const { pino } = await import("pino");
    const path = join(stateDir, "operations.log");
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    closeSync(openSync(path, "a", 0o600));
    chmodSync(path, 0o600);
    const file = pino.destination({ dest: path, sync: true });
    // On a full disk an error that nobody hears of would end the gate.
    file.on("error", () => undefined);
    return pino({ base: { pid: process.pid } }, file);
  };
  return {
    warn(event, facts) {
      logger ??= open();
      logger.then(
        (to) => to.warn(facts, event),
        () => undefined,
      );
    },
  };
}
