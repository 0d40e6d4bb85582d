/** What a plain reader makes of a line, to hold the gate's own reading against. */

/** What a line plainly says: undefined where it is no JSON, no UTF-8, or says anything twice. */
export function plainly(line) {
  const text = line.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(line)) return undefined;
  try {
    const value = JSON.parse(text);
    // JSON.parse keeps the last of two members of one name; then there are fewer in it than in the text.
    return countMembers(value) === countNames(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

const countMembers = (value) =>
  typeof value !== "object" || value === null
    ? 0
    : Object.values(value).reduce(
        (sum, each) => sum + countMembers(each),
        Array.isArray(value) ? 0 : Object.keys(value).length,
      );

/** Names in a text that is JSON: strings with a colon behind them. */
const countNames = (text) => (text.match(/"(?:[^"\\]|\\.)*"(?=[ \t\r\n]*:)/g) ?? []).length;

/** A message whose own members plainly stand there once each; undefined otherwise. What they hold may be anything. */
export function plainEnvelope(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  let depth = 0;
  let names = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:[ \t\r\n]*:)?|[[\]{}]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && token.endsWith(":")) names++;
  }
  return names === Object.keys(value ?? {}).length ? value : undefined;
}
