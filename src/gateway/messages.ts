/** Log messages of servers on their way to the agent: recorded by digest, level by level, to whoever asked for them. */

import { type Server } from "./ports.ts";
import { isWanted, LOG_LEVELS, type LogLevel, type LogMessage } from "./log-message.ts";
import type { GateState, Messages } from "./state.ts";

interface Listener {
  readonly least: LogLevel;
  readonly tell: (message: LogMessage) => void;
}

export function openMessages(gate: GateState, servers: () => Iterable<Server>): Messages {
  const listeners = new Set<Listener>();
  /** The most talkative level that anybody has asked for. */
  let asked: LogLevel | undefined;

  const halted = (): boolean => gate.stops.standing !== undefined || gate.log.sealed !== undefined;

  const want = (level: LogLevel): void => {
    if (halted()) return;
    if (asked !== undefined && LOG_LEVELS.indexOf(asked) <= LOG_LEVELS.indexOf(level)) return;
    asked = level;
    for (const server of servers()) server.setLogLevel(level);
  };

  const relay = (message: LogMessage, tell: (message: LogMessage) => void): void => {
    if (halted()) return;
    gate.log.record({
      kind: "message.relayed",
      agent: gate.agent,
      server: message.server,
      method: "notifications/message",
      body: gate.log.body(message.params, false),
    });
    // It tells nothing that a call has not been recorded for; what fails to be written seals all the same.
    void gate.log.written().then(
      () => tell(message),
      () => undefined,
    );
  };

  return {
    listen(least, tell) {
      const listener: Listener = { least, tell };
      listeners.add(listener);
      want(least);
      return () => listeners.delete(listener);
    },
    want,
    relay,
    adopt(server) {
      if (asked !== undefined) server.setLogLevel(asked);
      server.onLogMessage((message) => {
        const wanted = [...listeners].filter(({ least }) => isWanted(message.level, least));
        if (wanted.length > 0) relay(message, (one) => wanted.forEach(({ tell }) => tell(one)));
      });
    },
  };
}
