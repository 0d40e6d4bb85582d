/** Every sentence a person reads, by area and language. Each area is one file with `en` and, of the same shape, `ja`. */

export type Language = "en" | "ja";

/** A language from `KIDOBAN_LANG` or the POSIX locale, English unless it says Japanese. */
export function languageOf(wanted: string | undefined): Language {
  return wanted !== undefined && /^ja(?:[-_.]|$)/i.test(wanted) ? "ja" : "en";
}

/** What a table has for a code that came from elsewhere; undefined where it has nothing. */
export const wordFor = (table: Readonly<Record<string, string>>, code: string): string | undefined =>
  Object.hasOwn(table, code) ? table[code] : undefined;

/** Files as lines of their own, set in. */
export const listed = (files: readonly string[]): string => files.map((file) => `  ${file}`).join("\n");
