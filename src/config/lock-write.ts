/**
 * Lock → YAML text, for `kidoban pin`. Own emitter, because the text is reviewed and compared: the same lock gives the
 * same bytes whatever a library's version, one member a line, and what cannot be seen is written as an escape.
 */

import type { Json, JsonObject } from "../policy/json.ts";
import { isObject } from "../policy/json.ts";
import type { Lock, LockedItem, Preview } from "../policy/manifest.ts";
import { SECTIONS } from "./lock-file.ts";

/** Items are sorted by name; definitions keep the server's order. Reading it back gives the same lock, and the same text again. */
export function writeLock(lock: Omit<Lock, "server" | "place">): string {
  const file: Record<string, Json> = { kidoban: 1, endpoint: lock.endpoint };
  for (const [section, kind] of Object.entries(SECTIONS)) {
    const items = lock.items.filter((item) => item.kind === kind).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    if (items.length > 0) file[section] = Object.fromEntries(items.map((item) => [item.name, itemJson(item)]));
  }
  return `# Written by \`kidoban pin\`; reviewed like code.\n${members(file, 0)}`;
}

function itemJson(item: Omit<LockedItem, "place">): JsonObject {
  return {
    access: item.access,
    ...(item.readWhen === undefined ? {} : { read_when: item.readWhen.source }),
    // Always told for a write, so that a review sees it.
    ...(item.access === "write" ? { destructive: item.destructive } : {}),
    ...(item.reviewed === undefined ? {} : { reviewed: { by: item.reviewed.by, on: item.reviewed.on } }),
    ...(item.preview === undefined ? {} : { preview: previewJson(item.preview) }),
    ...(item.volatile.length === 0 ? {} : { volatile: item.volatile }),
    definition: item.definition,
  };
}

function previewJson(preview: Preview): JsonObject {
  switch (preview.kind) {
    case "change":
      return { read: preview.read, with: preview.with, becomes: preview.becomes };
    case "dry-run":
      return { dry_run: preview.argument, ...(preview.value === true ? {} : { value: preview.value }) };
    case "sql":
      return { sql: preview.argument, dialect: preview.dialect };
  }
}

const pad = (depth: number): string => "  ".repeat(depth);

function members(object: JsonObject, depth: number): string {
  return Object.entries(object)
    .map(([name, value]) => `${pad(depth)}${key(name, depth)}:${after(value, depth)}`)
    .join("");
}

/** What follows `key:` or `-`, from the space on to the line's end. */
function after(value: Json, depth: number): string {
  if (typeof value === "string") return ` ${string(value, depth)}\n`;
  if (Array.isArray(value)) {
    if (value.length === 0) return " []\n";
    return `\n${value.map((item: Json) => `${pad(depth + 1)}-${after(item, depth + 1)}`).join("")}`;
  }
  if (isObject(value)) return Object.keys(value).length === 0 ? " {}\n" : `\n${members(value, depth + 1)}`;
  return ` ${JSON.stringify(value)}\n`;
}

/** Long keys need the explicit form (YAML 1.2.2 section 7.4.2: an implicit key ends within 1024 characters). */
function key(name: string, depth: number): string {
  const written = /^[A-Za-z_][\w.-]*$/.test(name) && !RESERVED.test(name) ? name : quoted(name);
  return written.length > 1000 ? `? ${written}\n${pad(depth)}` : written;
}

/** Also what YAML 1.1 readers take for booleans. */
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n|nan|inf)$/i;
const PLAIN = /^[A-Za-z](?:[\w ,.;/()+='"`-]*[\w.,;/()='"`])?$/;
/** Letters, marks, numbers, punctuation, symbols and the plain space, but for letters and marks that are drawn as nothing. */
const VISIBLE = /^(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{N}\p{P}\p{S} ])*$/u;

function string(text: string, depth: number): string {
  if (PLAIN.test(text) && !RESERVED.test(text)) return text;
  const lines = text.split("\n");
  const end = lines.at(-1) === "" ? "" : "-";
  const body = end === "" ? lines.slice(0, -1) : lines;
  // A block keeps its text only when its first line cannot be taken for indentation and no line ends in a space unseen.
  const [first = "", last = ""] = [body[0], body.at(-1)];
  if (
    body.length > 1 &&
    body.every((line) => VISIBLE.test(line) && !line.endsWith(" ")) &&
    !/^ |^$/.test(first) &&
    last !== ""
  )
    return `|${end}\n${body.map((line) => (line === "" ? "" : pad(depth + 1) + line)).join("\n")}`;
  return quoted(text);
}

/** A JSON string that YAML reads alike, with every invisible or reordering character as an escape. */
function quoted(text: string): string {
  let out = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"' || character === "\\") out += `\\${character}`;
    else if (character === "\n") out += "\\n";
    else if (character === "\t") out += "\\t";
    else if (VISIBLE.test(character)) out += character;
    else out += code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  }
  return `"${out}"`;
}
