/**
 * Puts a passkey into the text of kidoban.yaml: a few characters or lines more, and not one of the others touched. What
 * comes out is read again, and given only if it says what was meant. Writes no file.
 */

import { isDeepStrictEqual } from "node:util";
import { isMap, isSeq, parseDocument, type Document, type YAMLMap, type YAMLSeq } from "yaml";
import type { Passkey } from "../approval/approver.ts";

interface Insertion {
  readonly at: number;
  readonly text: string;
}

const flowPasskey = ({ id, key, origin, rp }: Passkey): string =>
  `{ id: ${JSON.stringify(id)}, key: ${JSON.stringify(key)}, origin: ${JSON.stringify(origin)}, rp: ${JSON.stringify(rp)} }`;

const itemLines = ({ id, key, origin, rp }: Passkey, indent: string): string =>
  `${indent}- id: ${JSON.stringify(id)}\n${indent}  key: ${key}\n${indent}  origin: ${origin}\n${indent}  rp: ${rp}\n`;

const keyLines = (passkey: Passkey, indent: string): string =>
  `${indent}passkeys:\n${itemLines(passkey, `${indent}  `)}`;

const personLines = (name: string, passkey: Passkey, groups: readonly string[], indent: string): string =>
  `${indent}${name}:\n${groups.length === 0 ? "" : `${indent}  groups: [${groups.join(", ")}]\n`}${keyLines(passkey, `${indent}  `)}`;

/** Before the closing bracket of a collection in one line. */
function inFlow(text: string, { range, items }: YAMLMap | YAMLSeq, more: string): Insertion | undefined {
  if (range === undefined || range === null) return undefined;
  let at = range[1] - 1;
  while (/\s/.test(text[at - 1] ?? "")) at--;
  return { at, text: items.length === 0 ? ` ${more} ` : `${text[at - 1] === "," ? " " : ", "}${more}` };
}

/** After the last line of a collection of lines, as far in as its first item stands. */
function inBlock(
  text: string,
  { range, items }: YAMLMap | YAMLSeq,
  more: (indent: string) => string,
): Insertion | undefined {
  if (range === undefined || range === null || items.length === 0) return undefined;
  const [start, end] = range;
  const indent = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  if (!/^ *$/.test(indent)) return undefined;
  // Comments and empty lines behind it belong to what follows.
  const body = text.slice(start, end).replace(/(?:\n[ \t]*(?:#[^\n]*)?)+$/, "");
  const lineEnd = text.indexOf("\n", start + body.length);
  const at = lineEnd < 0 ? text.length : lineEnd + 1;
  return { at, text: `${lineEnd < 0 ? "\n" : ""}${more(indent)}` };
}

function insertion(
  text: string,
  doc: Document.Parsed,
  name: string,
  passkey: Passkey,
  groups: readonly string[],
): Insertion | undefined {
  const approvers = doc.get("approvers", true);
  if (approvers === undefined) {
    const more = `approvers:\n${personLines(name, passkey, groups, "  ")}`;
    return { at: text.length, text: text === "" || text.endsWith("\n") ? more : `\n${more}` };
  }
  if (!isMap(approvers)) return undefined;
  const person = approvers.get(name, true);
  if (person === undefined) {
    const member = `${name}: { ${groups.length === 0 ? "" : `groups: [${groups.join(", ")}], `}passkeys: [${flowPasskey(passkey)}] }`;
    return approvers.flow === true
      ? inFlow(text, approvers, member)
      : inBlock(text, approvers, (indent) => personLines(name, passkey, groups, indent));
  }
  if (!isMap(person)) return undefined;
  const known = person.get("passkeys", true);
  if (known === undefined) {
    return person.flow === true
      ? inFlow(text, person, `passkeys: [${flowPasskey(passkey)}]`)
      : inBlock(text, person, (indent) => keyLines(passkey, indent));
  }
  if (!isSeq(known)) return undefined;
  return known.flow === true
    ? inFlow(text, known, flowPasskey(passkey))
    : inBlock(text, known, (indent) => itemLines(passkey, indent));
}

/** What the changed text must say, and nothing else. */
function meant(
  doc: Document.Parsed,
  name: string,
  { id, key, origin, rp }: Passkey,
  groups: readonly string[],
): unknown {
  const passkey = { id, key, origin, rp };
  const said = doc.clone();
  const path = ["approvers", name];
  if (!said.hasIn(path)) said.setIn(path, said.createNode(groups.length === 0 ? {} : { groups }));
  if (said.hasIn([...path, "passkeys"])) said.addIn([...path, "passkeys"], said.createNode(passkey));
  else said.setIn([...path, "passkeys"], said.createNode([passkey]));
  return said.toJS();
}

/** Undefined where the text is no YAML that could be changed safely. `groups`: for a person who is not there yet. */
export function withPasskey(
  text: string,
  name: string,
  passkey: Passkey,
  groups: readonly string[],
): string | undefined {
  const doc = parseDocument(text);
  if (doc.errors.length > 0 || !isMap(doc.contents)) return undefined;
  const found = insertion(text, doc, name, passkey, groups);
  if (found === undefined) return undefined;
  const changed = text.slice(0, found.at) + found.text + text.slice(found.at);
  const read = parseDocument(changed);
  return read.errors.length === 0 && isDeepStrictEqual(read.toJS(), meant(doc, name, passkey, groups))
    ? changed
    : undefined;
}
