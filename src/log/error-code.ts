/** What an error's code says. */

export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

/** The file system says that it is not there. */
export const isAbsent = (error: unknown): boolean => hasCode(error, "ENOENT");

/** For `catch`: what is not there is undefined; throws every other error on. */
export function undefinedIfAbsent(error: unknown): undefined {
  if (isAbsent(error)) return undefined;
  throw error;
}
