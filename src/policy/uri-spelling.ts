/**
 * The ways in which whoever serves a URI may read it: a URI can be written so that it looks like another one and leads to
 * the same. Rather too many than too few: this is for what denies, asks or withholds. Pure.
 */

/** Escapes are read this many times over: servers behind servers may each read them once. */
const READINGS = 3;

/** As written, with dots resolved (WHATWG URL), each with its escapes read, and each without what servers may leave out. */
export function spellings(uri: string): readonly string[] {
  let found: readonly string[] = [uri];
  for (let times = 0; times < READINGS; times++) {
    found = [...new Set(found.flatMap((each) => [each, resolved(each), unescaped(each)]))];
  }
  return [...new Set(found.flatMap((each) => [each, ...barer(each)]))];
}

const resolved = (uri: string): string => (URL.canParse(uri) ? new URL(uri).href : uri);

/** Half an escape stays as it is; what is not UTF-8 is read byte by byte. */
function unescaped(uri: string): string {
  return uri.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes.replaceAll(/%(..)/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    }
  });
}

/** Scheme, authority and path of a URI without query and fragment (RFC 3986, appendix B). */
const PARTS = /^([a-z][a-z0-9+.-]*:\/\/)([^/]*)(.*)$/is;

/** Without the fragment, without the query too, and last without user, the host's final dot and slashes that say nothing. */
function barer(uri: string): readonly string[] {
  const [whole = ""] = uri.split("#", 1);
  const [plain = ""] = whole.split("?", 1);
  const [, scheme, authority = "", path = ""] = PARTS.exec(plain) ?? [];
  if (scheme === undefined) return [whole, plain];
  const host = authority.slice(authority.lastIndexOf("@") + 1).replace(/\.(?=$|:\d*$)/, "");
  return [whole, plain, `${scheme}${host}${path.replaceAll(/\/{2,}/g, "/").replace(/\/$/, "")}`];
}
