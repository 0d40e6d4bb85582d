import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markUnseen, visibleJson, visibleLine, visibleText } from "../../src/approval/visible.ts";
import { character } from "../texts.ts";

describe("what cannot be seen is marked (P3)", () => {
  it.each([
    ["a right-to-left override", "docs/\u202eexe.md", "docs/\\u{202e}exe.md"],
    ["bidi isolates", "a\u2066b\u2069c", "a\\u{2066}b\\u{2069}c"],
    ["a zero-width space", "pass\u200bword", "pass\\u{200b}word"],
    ["a soft hyphen", "a\u00adb", "a\\u{ad}b"],
    ["a byte order mark", "\ufeffa", "\\u{feff}a"],
    ["a terminal escape", "\u001b[2J\u001b]0;x\u0007", "\\u{1b}[2J\\u{1b}]0;x\\u{7}"],
    ["a C1 control sequence introducer", "\u009b2J", "\\u{9b}2J"],
    ["NUL and DEL", "a\0b\u007f", "a\\u{0}b\\u{7f}"],
    ["a carriage return that would overwrite the line", "rm -rf /\rls", "rm -rf /\\u{d}ls"],
    ["tag characters that carry hidden text", "ok\u{e0041}\u{e0042}", "ok\\u{e0041}\\u{e0042}"],
    ["variation selectors that carry hidden bytes", "a\u{e0101}\ufe01", "a\\u{e0101}\\u{fe01}"],
    ["a no-break space", "rm\u00a0-rf", "rm\\u{a0}-rf"],
    ["a Hangul filler", "a\u3164b", "a\\u{3164}b"],
    ["a line separator", "a\u2028b", "a\\u{2028}b"],
    ["a private-use character", "a\ue000", "a\\u{e000}"],
    ["a lone surrogate", "a\ud800", "a\\u{d800}"],
    ["a division slash", "etc\u2215passwd", "etc\\u{2215}passwd"],
    ["mathematical letters", "𝐫𝐦", "\\u{1d42b}\\u{1d426}"],
    ["a joiner outside an emoji", "a\u200db", "a\\u{200d}b"],
  ])("%s", (_what, text, marked) => {
    expect(visibleLine(text)).toBe(marked);
  });

  it("leaves what people write alone", () => {
    for (const text of [
      "docs/読み方 ガイド.md",
      "全角　スペース",
      "Grüße, naïve café, Ελληνικά, Документы/отчёт.txt",
      "МОСКВА и область",
      "안녕하세요 world",
      "👩‍💻 ❤️ 👍🏽",
      "x ≤ 3 → y",
    ]) {
      expect(visibleLine(text)).toBe(text);
    }
  });

  it("keeps line ends and tabs where a text has lines, and nowhere else", () => {
    expect(visibleText("a\n\tb")).toBe("a\n\tb");
    expect(visibleLine("a\n\tb")).toBe("a\\u{a}\\u{9}b");
  });
});

describe("letters that imitate others are marked (P3)", () => {
  it.each([
    ["a Cyrillic а in a Latin word", "p\u0430ypal.com", "p\\u{430}ypal.com"],
    ["a Greek ο in a Latin word", "g\u03bf", "g\\u{3bf}"],
    ["an Armenian letter", "\u0585ps", "\\u{585}ps"],
    ["a Cherokee letter", "\u13a0B", "\\u{13a0}B"],
    [
      "a word of look-alikes only",
      "\u0430\u0440\u0440\u04cf\u0435.com",
      "\\u{430}\\u{440}\\u{440}\\u{4cf}\\u{435}.com",
    ],
    ["a mixed word split by something unseen", "p\u200b\u0430y", "p\\u{200b}\\u{430}y"],
  ])("%s", (_what, text, marked) => {
    expect(visibleLine(text)).toBe(marked);
    expect(visibleJson({ to: text })).toContain(marked);
  });

  it("is not fooled by JSON's own escapes before a word", () => {
    expect(visibleJson(["\nпривет"])).toBe('[\n  "\\nпривет"\n]');
    expect(visibleJson(["\\n\u0430b"])).toContain("\\\\n\\u{430}b");
  });
});

const read = (text: string): string =>
  text.replaceAll(/\\u\{([0-9a-f]+)\}/g, (_mark, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));

describe("marks cannot be forged", () => {
  it("marks the backslash of a literal mark", () => {
    expect(visibleText("\\u{202e}")).toBe("\\u{5c}u{202e}");
    expect(visibleText("\u202e")).toBe("\\u{202e}");
    expect(visibleJson(["\\u{202e}"])).toBe('[\n  "\\\\u{202e}"\n]');
  });

  const hostile = fc.string({
    unit: fc.oneof(
      fc.constantFrom(
        "\\",
        "u",
        "{",
        "}",
        "2",
        "0",
        "e",
        "\u202e",
        "\u0430",
        "\n",
        "\t",
        "\u200d",
        "❤",
        "\ufe0f",
        '"',
        "\u0000",
      ),
      character,
    ),
  });

  it("no two texts look the same, line by line or as JSON (P3)", () => {
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        if (one === other) return;
        expect(visibleLine(one)).not.toBe(visibleLine(other));
        expect(visibleText(one)).not.toBe(visibleText(other));
        expect(visibleJson([one])).not.toBe(visibleJson([other]));
      }),
      { numRuns: 2000 },
    );
  });

  it("a marked text can be read back without loss (P3)", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(read(visibleLine(text))).toBe(text);
        expect(read(visibleText(text))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it("nothing unseen is left, and marking again changes nothing", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const marked = visibleLine(text);
        expect(marked).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u200b\u2060\ufeff]/u);
        expect(markUnseen(marked, "nothing")).toBe(marked);
      }),
      { numRuns: 2000 },
    );
  });
});
