/** Log messages of servers and their levels. Shapes only. */

/** RFC 5424 severities as the protocol names them, the most talkative first. */
export const LOG_LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A log message of a server, `params` as JSON text with configured secrets taken out. */
export interface LogMessage {
  readonly server: string;
  readonly level: LogLevel;
  readonly params: string;
}

/** Whether a message of this level is wanted by who asked for `least` and above. */
export const isWanted = (level: LogLevel, least: LogLevel): boolean =>
  LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
