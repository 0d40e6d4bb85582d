/** The one error that configuration throws: for files, keys and secrets that cannot be used, never for what a file says. */

export class ConfigError extends Error {
  readonly code: "missing" | "unreadable" | "environment" | "secret" | "key" | "no-agent" | "archive" | "sockets";
  constructor(code: ConfigError["code"], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** The `code` of a Node system error such as ENOENT; undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
