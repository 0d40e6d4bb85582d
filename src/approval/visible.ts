/**
 * Makes text safe to judge by eye: what cannot be seen, changes the reading direction, drives a terminal or imitates
 * another letter becomes a mark such as `\u{202e}`. Nothing is left out and no two texts become the same. Pure.
 *
 * A heuristic on letters (UTS 39, "highly restrictive"), not a proof: fullwidth forms and look-alikes inside one script stay.
 */

import type { Json } from "../policy/json.ts";

const mark = (char: string): string => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;

// What Unicode itself calls ignorable, control, format, private; every space but U+0020 and the wide U+3000; the blank
// braille cell; mathematical letters; slashes and dots that pass for the ASCII ones.
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2024\u2044\u2215\u2800\u{1d400}-\u{1d7ff}]|(?![ \u3000])\p{Zs}/gu;
/** Emoji join with U+200D and take U+FE0F; there they are seen. */
const EMOJI = /\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier}|\u200d\p{Extended_Pictographic})*/gu;

/** Marks what the eye or a terminal could not take as it is. Applying it twice changes nothing more. */
export function markUnseen(text: string, keep: "lines" | "nothing"): string {
  const marked = (part: string): string =>
    part.replaceAll(UNSEEN, (char) => (keep === "lines" && (char === "\n" || char === "\t") ? char : mark(char)));
  let out = "";
  let from = 0;
  for (const emoji of text.matchAll(EMOJI)) {
    out += marked(text.slice(from, emoji.index)) + emoji[0];
    from = emoji.index + emoji[0].length;
  }
  return out + marked(text.slice(from));
}

/** Scripts that are written together without anybody wondering (UTS 39 section 5.2), and what belongs to no script. */
const FAMILIAR =
  /[\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u;
const LATIN = /\p{Script=Latin}/u;
/** Letters of other scripts that are drawn like Latin ones: Cyrillic, Greek, Armenian. */
const TWINS = /^[АВСЕЅІЇЈКМНОРТХУҮԌԚԜаӓсԁеёѕіїјӏорԛԝхуүһΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγικνορυχօոսհցզք]+$/u;
const ALIEN = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/u;
const ALIEN_WORD = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]+/gu;

const markAliens = (word: string): string =>
  Array.from(word, (char) => (FAMILIAR.test(char) ? char : mark(char))).join("");

/**
 * Marks the letters that a word has no honest reason to hold: of another script beside Latin ones, or a whole word of
 * twins on a line where that script is not plainly in use. `words` splits the line; what it matches first is left alone.
 */
function markTwins(line: string, words: RegExp): string {
  if (!ALIEN.test(line) && !/[^\p{ASCII}]/u.test(line)) return line;
  const inUse = [...line.matchAll(ALIEN_WORD)].some(([word]) => !TWINS.test(word));
  return line.replaceAll(words, (word) => {
    if (word.startsWith("\\")) return word;
    const mixed = LATIN.test(word) && Array.from(word).some((char) => !FAMILIAR.test(char));
    return mixed || (!inUse && TWINS.test(word)) ? markAliens(word) : word;
  });
}

// Format characters are inside a word here, so that an unseen one cannot split it in two innocent halves.
const WORD = /[\p{L}\p{M}\p{N}\p{Cf}]+/gu;
const JSON_WORD = /\\(?:u[0-9a-f]{4}|.)|[\p{L}\p{M}\p{N}\p{Cf}]+/gu;

/** One line: a name, an endpoint. Line ends and tabs are marked too. */
export const visibleLine = (text: string): string =>
  markUnseen(markTwins(text.replaceAll("\\u{", "\\u{5c}u{"), WORD), "nothing");

/** Many lines: line ends and tabs stay. A literal `\u{` gets its backslash marked, so that a mark is always ours. */
export const visibleText = (text: string): string =>
  markUnseen(
    text
      .replaceAll("\\u{", "\\u{5c}u{")
      .split("\n")
      .map((line) => markTwins(line, WORD))
      .join("\n"),
    "lines",
  );

/** Pretty-printed JSON. JSON's own escapes stay; `\u{` is none of them, so that a mark is always ours. */
export const visibleJson = (value: Json): string =>
  markUnseen(
    JSON.stringify(value, null, 2)
      .split("\n")
      .map((line) => markTwins(line, JSON_WORD))
      .join("\n"),
    "lines",
  );
