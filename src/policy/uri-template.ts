/**
 * Which URIs a resource template can stand for (RFC 6570, read backwards), in linear time. Rather too few than too many:
 * a URI that steps out of its place by dot segments or control characters is of no template. Pure.
 */

import { compileRegex } from "./linear.ts";

const MAX_URI_LENGTH = 8192;
const MAX_COMPILED = 10_000;

/** What one variable may have become, by the operator before it (RFC 6570 section 2.2); without one it is a single segment. */
const EXPANSIONS: Readonly<Record<string, string>> = {
  "": "[^/?#]*",
  "+": ".*",
  "#": "(?:#.*)?",
  ".": "(?:\\.[^/?#]*)?",
  "/": "(?:/[^?#]*)?",
  ";": "(?:;[^/?#]*)?",
  "?": "(?:\\?[^#]*)?",
  "&": "(?:&[^#]*)?",
};

const EXPRESSION = /\{([+#./;?&]?)[\w.%*:,]+\}/y;
const SPECIAL = /[\\^$.*+?()[\]{}|/-]/g;

/** The template as a regular expression, or undefined where it is none: then it stands for nothing. */
function toRegex(template: string): string | undefined {
  let source = "";
  let literal = 0;
  for (let open = template.indexOf("{"); open >= 0; open = template.indexOf("{", literal)) {
    EXPRESSION.lastIndex = open;
    const found = EXPRESSION.exec(template);
    if (found === null) return undefined;
    source += escape(template.slice(literal, open)) + EXPANSIONS[found[1] ?? ""];
    literal = EXPRESSION.lastIndex;
  }
  const rest = template.slice(literal);
  return rest.includes("}") ? undefined : `^${source}${escape(rest)}$`;
}

const escape = (text: string): string => text.replace(SPECIAL, "\\$&");

/** `..` or `.` between slashes, also percent-encoded: what it leads to is the server's to say, not the template's. */
const DOT_SEGMENT = /(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\?#]|$)/i;
/** Printable ASCII and what is beyond it, but no space and no backslash: nothing else may stand in a URI (RFC 3986, RFC 3987). */
const PLAIN = /^[!-[\]-~\u00a0-\u{10ffff}]*$/u;

/** Where some readers see the end. */
const NUL = /%(?:25)*00/;

const isPlainUri = (uri: string): boolean =>
  uri.length <= MAX_URI_LENGTH &&
  PLAIN.test(uri) &&
  !NUL.test(uri) &&
  !DOT_SEGMENT.test(uri.replaceAll(/%2f|%5c/gi, "/"));

const compiled = new Map<string, (uri: string) => boolean>();

/** Whether `uri` can be an expansion of `template`. */
export function matchesTemplate(template: string, uri: string): boolean {
  if (!isPlainUri(uri)) return false;
  let match = compiled.get(template);
  if (match === undefined) {
    const source = toRegex(template);
    const regex = source === undefined ? undefined : compileRegex(source);
    match = (text) => regex?.matches(text) ?? false;
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(template, match);
  }
  return match(uri);
}
