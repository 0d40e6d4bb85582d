/**
 * One YAML file as JSON with places. Stricter than YAML 1.2: what a reviewer reads must be what is there, so no aliases,
 * tags, directives, second documents, duplicate or non-text keys. Knows nothing of what the file is for.
 */

import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from "yaml";
import { MAX_FILE_BYTES } from "./files.ts";
import type { Json, JsonObject } from "../policy/json.ts";
import type { Place, Problem } from "../policy/manifest.ts";
import { problem } from "./problem.ts";
import { placeFinder, type Part, type Path, type PlaceAt } from "./yaml-place.ts";

export interface YamlFile {
  readonly file: string;
  /** Undefined when the text is no YAML at all. With problems it may still be there, so that all mistakes are told at once. */
  readonly value: Json | undefined;
  readonly problems: readonly Problem[];
  /** Where `path` stands; for what is missing, where it would have to be. */
  place(path: Path, part?: Part): Place;
}

const MAX_DEPTH = 100;

export function parseYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const placeAt: PlaceAt = (offset) => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const start: Place = { file, line: 1, column: 1 };
  const refused = (...problems: Problem[]): YamlFile => ({ file, value: undefined, problems, place: () => start });

  if (Buffer.byteLength(text) > MAX_FILE_BYTES)
    return refused(problem("too-large", { limit: String(MAX_FILE_BYTES) }, start));
  // Duplicate keys are found in `convert`, which can name them; at a lower log level a second document would pass.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: "error" } as const;
  const document: Document.Parsed = parseDocument(text, options);
  // The parser's stack ran out; it may say so several times, and what else it says then is about nothing.
  const exhausted = document.errors.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  if (exhausted !== undefined)
    return refused(problem("too-deep", { limit: String(MAX_DEPTH) }, placeAt(exhausted.pos[0])));
  const problems: Problem[] = directives(document, text, placeAt);
  for (const { code, message, pos } of document.errors) {
    if (code === "MULTIPLE_DOCS") problems.push(problem("several-documents", {}, placeAt(pos[0])));
    else problems.push(problem("yaml-syntax", { detail: message.split("\n")[0] ?? message }, placeAt(pos[0])));
  }
  const broken = document.errors.some(({ code }) => code !== "MULTIPLE_DOCS");
  if (broken) return refused(...problems);
  if (document.contents === null) return refused(...problems, problem("empty-file", {}, start));

  const value = convert(document.contents, { placeAt, problems, depth: 0 });
  return {
    file,
    value,
    problems,
    place: placeFinder(document.contents, text, placeAt),
  };
}

/** %YAML 1.1 would turn `no` into false and `010` into 8; %TAG has no use where tags are refused. */
function directives(document: Document.Parsed, text: string, placeAt: PlaceAt): Problem[] {
  const { yaml, tags } = document.directives;
  if (yaml.explicit !== true && Object.keys(tags).length <= 1) return [];
  const offset = Math.max(0, text.search(/^%/m));
  return [problem("yaml-directive", { directive: text.slice(offset).split(/\s/, 1)[0] ?? "" }, placeAt(offset))];
}

interface Conversion {
  readonly placeAt: PlaceAt;
  readonly problems: Problem[];
  readonly depth: number;
}

function convert(node: Node | null, context: Conversion): Json {
  if (node === null) return null;
  const { problems, placeAt, depth } = context;
  const place = placeAt(node.range?.[0] ?? 0);
  if (isAlias(node)) {
    problems.push(problem("yaml-alias", { name: `*${node.source}` }, place));
    return null;
  }
  if (node.tag !== undefined) problems.push(problem("yaml-tag", { tag: shortTag(node.tag) }, place));
  const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
  if (anchor !== undefined) problems.push(problem("yaml-alias", { name: `&${anchor}` }, place));
  if (depth > MAX_DEPTH) {
    problems.push(problem("too-deep", { limit: String(MAX_DEPTH) }, place));
    return null;
  }
  const inner = { ...context, depth: depth + 1 };
  if (isSeq<Node | null>(node)) return node.items.map((item) => convert(item, inner));
  if (isMap<Node, Node | null>(node)) return convertMap(node.items, inner);
  return isScalar(node) ? scalar(node.value, place, problems) : null;
}

function convertMap(items: readonly { key: Node; value: Node | null }[], context: Conversion): JsonObject {
  const { problems, placeAt } = context;
  const object: Record<string, Json> = {};
  const seen = new Map<string, Place>();
  for (const { key, value } of items) {
    const place = placeAt(key.range?.[0] ?? 0);
    if (key.tag !== undefined) problems.push(problem("yaml-tag", { tag: shortTag(key.tag) }, place));
    if (!isScalar(key) || typeof key.value !== "string") {
      problems.push(problem("key-not-text", {}, place));
      convert(value, context);
      continue;
    }
    if (key.anchor !== undefined) problems.push(problem("yaml-alias", { name: `&${key.anchor}` }, place));
    const first = seen.get(key.value);
    if (first !== undefined)
      problems.push(problem("duplicate-key", { key: key.value, line: String(first.line) }, place));
    // The one name that would not become a member of a plain object.
    if (key.value === "__proto__") problems.push(problem("key-forbidden", { key: key.value }, place));
    else if (first === undefined) object[key.value] = convert(value, context);
    if (first === undefined) seen.set(key.value, place);
  }
  return object;
}

const shortTag = (tag: string): string => tag.replace(/^tag:yaml\.org,2002:/, "!!");

function scalar(value: unknown, place: Place, problems: Problem[]): Json {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  problems.push(problem("number-not-json", {}, place));
  return null;
}
