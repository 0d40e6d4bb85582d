/**
 * The statements of a TOML file with their places in the text, so that single ones can be changed and comments stay.
 * Values are only skipped over here; what they mean is the TOML parser's to say, which has accepted the text before.
 */

/** TOML 1.0 https://toml.io/en/v1.0.0; all offsets into the text. */
export interface Statement {
  /** `[key]`, `[[key]]` or `key = value`. */
  readonly kind: "table" | "array-table" | "pair";
  readonly key: readonly string[];
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly start: number;
  /** Behind the value or the closing bracket, before a comment. */
  readonly end: number;
}

/** Throws for what is no TOML, which is a bug: the caller has parsed it. */
export function statementsOf(text: string): readonly Statement[] {
  const statements: Statement[] = [];
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const char = text[at] ?? "";
    if (/\s/.test(char)) at++;
    else if (char === "#") at = lineEnd(text, at);
    else {
      const statement = char === "[" ? header(text, at) : pair(text, at);
      statements.push(statement);
      at = statement.end;
    }
  }
  return statements;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
}

function header(text: string, start: number): Statement {
  const kind = text[start + 1] === "[" ? "array-table" : "table";
  const brackets = kind === "table" ? 1 : 2;
  const { key, keyStart, keyEnd } = keyAt(text, start + brackets);
  const end = expect(text, skipBlanks(text, keyEnd), "]".repeat(brackets));
  return { kind, key, keyStart, keyEnd, start, end };
}

function pair(text: string, start: number): Statement {
  const { key, keyStart, keyEnd } = keyAt(text, start);
  const end = skipValue(text, skipBlanks(text, expect(text, skipBlanks(text, keyEnd), "=")));
  return { kind: "pair", key, keyStart, keyEnd, start, end };
}

function expect(text: string, at: number, wanted: string): number {
  if (!text.startsWith(wanted, at)) throw new Error(`expected ${wanted} at offset ${at}`);
  return at + wanted.length;
}

function skipBlanks(text: string, at: number): number {
  while (text[at] === " " || text[at] === "\t") at++;
  return at;
}

/** A key of one or more parts with dots between. */
function keyAt(text: string, from: number): Pick<Statement, "key" | "keyStart" | "keyEnd"> {
  const keyStart = skipBlanks(text, from);
  const key: string[] = [];
  for (let at = keyStart; ;) {
    const end = text[at] === '"' || text[at] === "'" ? skipString(text, at) : bareEnd(text, at);
    key.push(unquote(text.slice(at, end)));
    const next = skipBlanks(text, end);
    if (text[next] !== ".") return { key, keyStart, keyEnd: end };
    at = skipBlanks(text, next + 1);
  }
}

function bareEnd(text: string, from: number): number {
  let at = from;
  while (/[A-Za-z0-9_-]/.test(text[at] ?? "")) at++;
  if (at === from) throw new Error(`expected a key at offset ${from}`);
  return at;
}

function unquote(part: string): string {
  if (part.startsWith("'")) return part.slice(1, -1);
  if (!part.startsWith('"')) return part;
  const escapes: Readonly<Record<string, string>> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", e: "\u001b" };
  return part
    .slice(1, -1)
    .replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))/g, (_, u, U, x, c) => {
      const code: string | undefined = u ?? U ?? x;
      return code === undefined ? (escapes[String(c)] ?? String(c)) : String.fromCodePoint(Number.parseInt(code, 16));
    });
}

/** Skips one string of any of the four kinds. */
function skipString(text: string, from: number): number {
  const quote = text[from] ?? "";
  const long = text.startsWith(quote.repeat(3), from);
  let at = from + (long ? 3 : 1);
  for (; at < text.length; at++) {
    if (quote === '"' && text[at] === "\\") at++;
    else if (!long && text[at] === quote) return at + 1;
    else if (long && text.startsWith(quote.repeat(3), at)) {
      // Up to two quotes may stand directly before the closing three.
      let end = at + 3;
      while (end < at + 5 && text[end] === quote) end++;
      return end;
    }
  }
  throw new Error(`a string without an end at offset ${from}`);
}

function skipValue(text: string, from: number): number {
  const char = text[from] ?? "";
  if (char === '"' || char === "'") return skipString(text, from);
  if (char === "[" || char === "{") return skipNested(text, from);
  const end = /[\r\n#]/.exec(text.slice(from));
  return from + text.slice(from, end === null ? text.length : from + end.index).trimEnd().length;
}

function skipNested(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length;) {
    const char = text[at] ?? "";
    if (char === '"' || char === "'") at = skipString(text, at);
    else if (char === "#") at = lineEnd(text, at);
    else {
      if (char === "[" || char === "{") depth++;
      if (char === "]" || char === "}") depth--;
      at++;
      if (depth === 0) return at;
    }
  }
  throw new Error(`a bracket without an end at offset ${from}`);
}
