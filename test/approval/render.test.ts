import { stripVTControlCharacters } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderView } from "../../src/approval/render.ts";
import { buildView, type ViewFacts } from "../../src/approval/show.ts";
import { en, ja } from "../../src/words/approvals.ts";
import { facts } from "./sample.ts";

const render = (more: Partial<ViewFacts> = {}, width = 80, color = false): string =>
  renderView(buildView(facts(more)), en, { color, width });

/** What stands behind the margin, continued lines joined. */
const behindMargin = (text: string): string =>
  text
    .split("\n")
    .flatMap((line) => /^ {2}([│┆]) (.*)$/s.exec(line)?.slice(1, 3).join("") ?? [])
    .join("\n")
    .replaceAll("\n┆", "")
    .replaceAll("│", "");

const columns = (line: string): number =>
  Array.from(line).reduce((sum, char) => sum + (/[\u2e80-\uffe6]/.test(char) ? 2 : 1), 0);

const read = (name: string, uri: string) => render({ kind: "resource", name, args: { uri } });

describe("a rendered view", () => {
  it("shows everything in its order, the agent's own words last", () => {
    const text = render({
      change: { before: "old\n", after: "new\n" },
      changeFailed: "no reader",
      earlier: { call: "c1", at: 0 },
      reason: "please",
    });
    const order = [
      "docs-writer",
      "files",
      "server-filesystem",
      "write_file",
      "writes, and can destroy",
      "approvals",
      '"path"',
      "- │ old",
      "+ │ new",
      "no reader",
      "c1",
      "please",
    ];
    const places = order.map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(text.trimEnd().endsWith("│ please")).toBe(true);
  });

  it("says whether a resource is read by its own URI or through a template, with the URI in full (P3)", () => {
    expect(read("file:///a", "file:///a")).toMatch(/^Resource +file:\/\/\/a$/m);
    const templated = read("file:///{+path}", "file:///etc/passwd");
    expect(templated).toMatch(/^Template +file:\/\/\/\{\+path\}$/m);
    expect(templated).toContain('"uri": "file:///etc/passwd"');
  });

  it("leaves out no argument, however narrow the terminal (P3)", () => {
    const words = fc.string({
      unit: fc.constantFrom("a", "b", " ", "漢", "\n", "\t", '"', "\\", "n", "\u202e"),
      maxLength: 200,
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 120 }), (content, width) => {
        const view = buildView(facts({ args: { content } }));
        expect(behindMargin(renderView(view, en, { color: false, width }))).toBe(view.arguments);
      }),
      { numRuns: 300 },
    );
  });

  it("breaks texts at their line ends, so that they can be read", () => {
    expect(render({ args: { content: 'one\ntwo "x"\n' } })).toContain(
      '  │   "content": "one\\n\n  ┆ two \\"x\\"\\n\n  ┆ "\n',
    );
  });

  it("fits the terminal, so that the terminal never wraps a line to where the margin is missing", () => {
    const wide = "Agent  somebody-else ".repeat(40);
    const text = render(
      {
        args: { a: wide, b: "漢字".repeat(100) },
        name: "x".repeat(300),
        reason: wide,
        change: { before: wide, after: `${wide}!` },
      },
      60,
    );
    for (const line of text.split("\n")) expect(columns(line)).toBeLessThan(60);
    for (const line of text.split("\n").filter((one) => one.includes("somebody")))
      expect(line).toMatch(/^ {2}[-+ ]? ?[│┆] | {4}┆ /);
  });
});

describe("an attacker cannot redraw the view (P3)", () => {
  const forged = "done\n\nAgent     trusted\nTool      read_file\n\nThe agent's own words\n\u001b[2J\u001b[H\r\u202e";

  it("by line ends, escapes and headings in arguments, change or reason", () => {
    const text = render({
      args: { content: forged },
      change: { before: forged, after: `${forged}x` },
      reason: forged,
      changeFailed: forged,
    });
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
    for (const line of text.split("\n")) {
      if (/trusted|read_file/.test(line)) expect(line).toMatch(/[│┆]/);
    }
    expect(text.split("\n").filter((line) => line.startsWith("Agent"))).toHaveLength(1);
  });

  it("by line ends in a tool's name or a server's endpoint", () => {
    const text = render({ name: "write_file\nAccess reads", endpoint: "npx\nDoes      reads" });
    expect(text).toContain("write_file\\u{a}Access reads");
    expect(text.split("\n").filter((line) => line.startsWith("Does"))).toEqual(["Does      writes, and can destroy"]);
  });

  it("by writing an unmarked view into the store", () => {
    const view = {
      ...buildView(facts({ reason: "x", change: { before: "a", after: "b" } })),
      agent: "a\u001b[2Jb",
      arguments: "\u001b[2J",
      reason: "\u009b2J",
      change: { before: "\u001b", after: "\u001bc" },
    };
    expect(renderView(view, en, { color: false, width: 80 })).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  it("colours stress and say nothing of their own", () => {
    const more = { change: { before: "a\nb\n", after: "a\nc\n" }, earlier: { call: "c", at: 0 }, reason: "r" };
    expect(stripVTControlCharacters(render(more, 80, true))).toBe(render(more));
    expect(render(more, 80, true)).not.toBe(render(more));
  });
});

const lines = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index}\n`).join("");
const change = (before: string | null, after: string): string => render({ change: { before, after } });

describe("a change", () => {
  it("shows every line that goes and comes, and counts what stays far from them", () => {
    const text = change(lines(30), lines(30).replace("line 15\n", "line fifteen\n"));
    expect(text).toContain("  - │ line 15\n  + │ line fifteen\n");
    expect(text).toContain("⋮ 12 lines unchanged");
    expect(text).toContain("⋮ 11 lines unchanged");
    expect(text).toContain("    │ line 18\n");
    expect(text).not.toContain("line 19");
  });

  it("of a line end alone is seen", () => {
    expect(change("a\n", "a")).toContain("  - │ a\n  + │ a\n    \\ no line end here\n");
  });

  it("of something new, of nothing, and to nothing", () => {
    expect(change(null, "x\n")).toContain("Nothing is there yet. New text:\n  + │ x\n");
    expect(change("x\n", "x\n")).toContain("The text would stay as it is.");
    expect(change("x\n", "")).toContain("  - │ x\n");
  });

  it("too large to be compared is shown whole, old and new", () => {
    const before = Array.from({ length: 6000 }, (_, index) => `${(index * 7919) % 6007}`).join("\n");
    const after = Array.from({ length: 6000 }, (_, index) => `${(index * 104_729) % 6007}`).join("\n");
    const text = change(before, after);
    expect(text).toContain("Too different to compare");
    expect(text.split("\n").filter((line) => line.startsWith("  - │ "))).toHaveLength(6000);
    expect(text.split("\n").filter((line) => line.startsWith("  + │ "))).toHaveLength(6000);
  });
});

it("the Japanese view holds the same facts", () => {
  const text = renderView(buildView(facts({ reason: "理由" })), ja, { color: false, width: 80 });
  for (const part of ["docs-writer", "write_file", "元に戻せない", "docs/a.md", "理由"]) expect(text).toContain(part);
});
