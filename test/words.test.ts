/** Whatever a person reads exists in English and in Japanese. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as reasons from "../src/words/reasons.ts";

const SRC = join(import.meta.dirname, "../src");
const WORDS = join(SRC, "words");

/** What only the agent's model reads is English; the others hold no sentences. */
const WITHOUT_TWIN = new Set(["agent.ts", "spans.ts", "words.ts"]);
const areas = readdirSync(WORDS).filter((name) => !WITHOUT_TWIN.has(name));

type Words = Readonly<Record<string, unknown>>;

/** Every sentence with its place; functions are called with values that can be told from words. */
function* sentences(words: unknown, path: readonly string[] = []): Generator<readonly [string, string]> {
  if (typeof words === "string") yield [path.join("."), words];
  else if (typeof words === "function") {
    const said = speak(words as (...values: unknown[]) => unknown);
    if (said !== undefined) yield [path.join("."), said];
  }
  // Answers that are understood: some more in one language than in the other.
  else if (Array.isArray(words)) yield [path.join("."), words.join(", ")];
  else if (typeof words === "object" && words !== null)
    for (const [name, each] of Object.entries(words)) yield* sentences(each, [...path, name]);
}

/** A sentence with numbers for its values, or with an object that has a number under every name. */
function speak(sentence: (...values: unknown[]) => unknown): string | undefined {
  const any = new Proxy({}, { get: (_, name) => (typeof name === "string" ? "7" : undefined) });
  const tries = [
    Array.from({ length: 8 }, () => 7),
    Array.from({ length: 8 }, () => "7"),
    [any, any, any],
    [["7"], ["7"], ["7"]],
  ];
  for (const values of tries) {
    try {
      const said = sentence(...values);
      if (typeof said === "string" && !said.includes("[object")) return said;
    } catch {
      // Another kind of value is wanted.
    }
  }
  return undefined;
}

const JAPANESE = /[\u3040-\u30ff\u3400-\u9fff]/;
/** A sentence or a part of one; single words may be names, codes and symbols that both languages share. */
const isSentence = (text: string): boolean => (text.match(/\p{L}{2,}/gu) ?? []).length > 1;

test.each(areas)("%s says everything in both languages, and Japanese in Japanese", async (name) => {
  const { en, ja } = (await import(join(WORDS, name))) as { readonly en: Words; readonly ja: Words };
  const [english, japanese] = [new Map(sentences(en)), new Map(sentences(ja))];
  expect([...japanese.keys()].toSorted()).toEqual([...english.keys()].toSorted());
  const untranslated = [...english].filter(([place, text]) => {
    const twin = japanese.get(place) ?? "";
    // A command to type is the same in both.
    return isSentence(text) && !JAPANESE.test(twin) && !(text === twin && /^kidoban /i.test(text));
  });
  expect(untranslated).toEqual([]);
  expect([...english].filter(([, text]) => JAPANESE.test(text))).toEqual([]);
});

test("an area of words has both languages", () => {
  for (const name of areas) {
    const text = readFileSync(join(WORDS, name), "utf8");
    expect(text, name).toMatch(/export const en\b/);
    expect(text, name).toMatch(/export const ja\b/);
  }
});

/** The literal parts of every template after `html` in a source, nested ones too, with a gap where a value stands. */
function templates(source: string): readonly string[] {
  const found: string[] = [];
  const open: { text: string; braces: number; isHtml: boolean }[] = [];
  for (let at = 0; at < source.length; at++) {
    const inside = open.at(-1);
    const inText = inside !== undefined && inside.braces === 0;
    const letter = source[at] ?? "";
    if (inText && letter === "\\") at++;
    else if (letter === "`" && inText) {
      open.pop();
      if (inside.isHtml) found.push(inside.text);
    } else if (letter === "`") open.push({ text: "", braces: 0, isHtml: source.slice(0, at).endsWith("html") });
    else if (inText && letter === "$" && source[at + 1] === "{") {
      inside.braces = 1;
      inside.text += "\n";
      at++;
    } else if (inText) inside.text += letter;
    else if (inside !== undefined && letter === "{") inside.braces++;
    else if (inside !== undefined && letter === "}") inside.braces--;
  }
  return found;
}

/** Pages take every sentence from the words: in a template of theirs no text stands between tags. */
test("no page of the console has a sentence of its own", () => {
  const folder = join(SRC, "console");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const all = files.flatMap((name) =>
    templates(readFileSync(join(folder, name), "utf8").replaceAll(/^\s*(?:\/\*\*?|\*|\/\/).*$/gm, "")).map((text) => ({
      name,
      text,
    })),
  );
  expect(all.length).toBeGreaterThan(30);
  const spoken = all.flatMap(({ name, text }) =>
    text
      .replaceAll(/<[^>]*>/g, "\n")
      .split("\n")
      // Two words at least: attributes, names and keys are none. Commands to type are the same in both languages.
      .filter((piece) => /\p{L}{2,}[ ,.]+\p{L}{2,}/u.test(piece) && !/^\s*(?:kidoban |--)/.test(piece))
      .map((piece) => `${name}: ${piece.trim()}`),
  );
  expect(spoken).toEqual([]);
});

test("what a stream of the log was closed after is said in both languages", () => {
  const closed = readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.startsWith("words"))
    .flatMap((name) => [
      ...readFileSync(join(SRC, name), "utf8").matchAll(/\b(?:state|after|log)\.(?:close|succeed)\("([^"]+)"\)/g),
    ])
    .map(([, why]) => why ?? "");
  expect(closed.length).toBeGreaterThan(15);
  for (const words of [reasons.en, reasons.ja])
    expect(
      [...closed, "the client left", "ended"].filter((why) => reasons.closingIn(words, why) === undefined),
    ).toEqual([]);
});
