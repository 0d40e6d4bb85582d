/** Puts a text in front of what a server answered, in its raw JSON: every other byte stays as the server wrote it. Pure. */

/** Where the value of a member of the outermost object begins; the text is a JSON object, strictly parsed before. */
function valueOf(text: string, name: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    else if (char === '"') {
      const from = at;
      for (at++; text[at] !== '"' && at < text.length; at++) if (text[at] === "\\") at++;
      if (depth !== 1) continue;
      const colon = /^\s*:\s*/.exec(text.slice(at + 1, at + 65));
      if (colon === null || JSON.parse(text.slice(from, at + 1)) !== name) continue;
      return at + 1 + colon[0].length;
    }
  }
  return undefined;
}

const begin = (text: string, part: string, empty: string): string =>
  `${part}${text.trimStart().startsWith(empty) ? "" : ","}${text}`;

/** The result of a tool with one more block of text, the first. */
export function withFirstBlock(result: string, said: string): string {
  const block = JSON.stringify({ type: "text", text: said });
  const at = valueOf(result, "content");
  if (at !== undefined && result[at] === "[") return result.slice(0, at + 1) + begin(result.slice(at + 1), block, "]");
  const open = result.indexOf("{") + 1;
  return `{${begin(result.slice(open), `"content":[${block}]`, "}")}`;
}

/** An error with a message that begins so. */
export function withFirstWords(error: string, said: string): string {
  const at = valueOf(error, "message");
  if (at === undefined || error[at] !== '"') return error;
  return `${error.slice(0, at + 1)}${JSON.stringify(`${said} `).slice(1, -1)}${error.slice(at + 1)}`;
}
