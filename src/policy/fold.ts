/** One spelling for all that a server or a file system might take for the same name. Used where more matches is stricter. */

/** Marks that NFKD splits off, and characters that show nothing. */
const UNSEEN = /[\p{M}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Drops case, width, compatibility forms, marks and invisible characters (Unicode UAX #15, UTS #39 section 4). Upper case
 * first: it joins dotless ı with i, long ſ with s and ß with ss, which lower case alone leaves apart.
 */
export const fold = (text: string): string =>
  isPlain(text) ? text.toLowerCase() : text.normalize("NFKD").replace(UNSEEN, "").toUpperCase().toLowerCase();

/** ASCII needs no tables; nearly every name is. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7e) return false;
  return true;
}
