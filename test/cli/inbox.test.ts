import { EventEmitter } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { OnDesk } from "../../src/approval/desk.ts";
import { buildView, viewDigest } from "../../src/approval/show.ts";
import { screen, viewLines, type Look } from "../../src/cli/inbox-screen.ts";
import { isIdle, paged, refreshed, step, type Inbox, type Page } from "../../src/cli/inbox-state.ts";
import { DEAF_MS, keyAfterReading, keysIn, type Key } from "../../src/cli/keys.ts";
import type { Device } from "../../src/cli/terminal.ts";
import { en, ja } from "../../src/words/approvals.ts";
import { facts, sampleRequest, T0 } from "../approval/sample.ts";

const row = (more: Parameters<typeof sampleRequest>[0] = {}): OnDesk => ({
  kind: "found",
  request: sampleRequest(more),
  standing: { state: "open", approvers: [], missing: [] },
});
const SHORT: Page = { lines: 5, height: 20 };
const LONG: Page = { lines: 50, height: 20 };
const look: Look = { words: en, language: "en", color: false, columns: 80, rows: 12, consoles: [] };

/** Presses keys one after another, each long after what was shown. */
function press(inbox: Inbox, keys: readonly Key[], page: Page, since = 0) {
  let at = since;
  let [state, wish] = [inbox, "nothing"];
  for (const key of keys) {
    [state, wish] = step(state, key, page, (at += DEAF_MS + 1));
    state = paged(state, page);
  }
  return { state, wish };
}

describe("keys", () => {
  it("are told apart, sequences whole, and unknown sequences mean nothing", () => {
    expect(keysIn("a\u001b[Ab\u001b[6~ \r\u0003")).toEqual([
      "a",
      "up",
      "b",
      "page-down",
      "page-down",
      "enter",
      "interrupt",
    ]);
    expect(keysIn("\u001b[1;5Aa")).toEqual(["\u001b[1;5A", "a"]);
    expect(keysIn("\u001b")).toEqual(["escape"]);
    expect(keysIn("木a")).toEqual(["木", "a"]);
  });

  it("answer a question only once it could have been read; an interrupt ends it at once (P7)", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const input = Object.assign(new EventEmitter(), { setRawMode: vi.fn(), resume: vi.fn(), pause: vi.fn() });
    const device = { input } as unknown as Device;
    const type = (text: string) => input.emit("data", Buffer.from(text));

    const answered = keyAfterReading(device);
    type("a");
    vi.advanceTimersByTime(DEAF_MS - 1);
    type("d");
    vi.advanceTimersByTime(1);
    type("r");
    expect(await answered).toBe("r");

    const interrupted = keyAfterReading(device);
    type("\u0003");
    expect(await interrupted).toBe("interrupt");
    expect(input.listenerCount("data")).toBe(0);
  });
});

describe("the inbox", () => {
  const rows = [row(), row(), row()];
  const inbox = refreshed({ rows: [] }, rows);
  const ids = rows.map(({ request }) => request.id);

  it("keeps the selection on its request, whatever comes and goes", () => {
    const { state } = press(inbox, ["down"], SHORT);
    expect(state.selected).toBe(ids[1]);
    const more = refreshed(state, [row(), ...rows]);
    expect(more.selected).toBe(ids[1]);
    expect(refreshed(more, [rows[2] as OnDesk]).selected).toBe(ids[2]);
    expect(refreshed(more, [])).not.toHaveProperty("selected");
  });

  it("answers nothing in the list (P7)", () => {
    for (const key of ["a", "d", "c", "y"])
      expect(press(inbox, [key], SHORT)).toEqual({ state: inbox, wish: "nothing" });
  });

  it("opens the selected request and keeps it, whatever arrives (P3)", () => {
    const { state } = press(inbox, ["down", "enter"], SHORT);
    const after = refreshed(state, [row(), row()]);
    expect(after.opened?.row.request.id).toBe(ids[1]);
  });

  it("is deaf until what it shows could have been read (P7)", () => {
    const { state } = press(inbox, ["enter"], SHORT);
    const since = state.opened?.since ?? 0;
    for (const key of ["a", "d", "escape", "enter"]) {
      expect(step(state, key, SHORT, since + DEAF_MS - 1)).toEqual([state, "nothing"]);
    }
    expect(step(state, "a", SHORT, since + DEAF_MS)[1]).toBe("approve");
    expect(step(state, "interrupt", SHORT, since)[1]).toBe("quit");
  });

  it("approves a long request only after its end was on the screen; denies at once (P3)", () => {
    const open = press(inbox, ["enter"], LONG).state;
    expect(press(open, ["a"], LONG, 5000).wish).toBe("nothing");
    expect(press(open, ["d"], LONG, 5000).wish).toBe("deny");
    expect(press(open, ["page-down", "a"], LONG, 5000).wish).toBe("nothing");
    expect(press(open, ["page-down", "page-down", "a"], LONG, 5000).wish).toBe("approve");
    expect(press(open, ["end", "home", "a"], LONG, 5000).wish).toBe("approve");
    expect(press(open, ["end"], LONG, 5000).state.opened?.top).toBe(30);
  });

  it("sends back, and asks for a ticket or a comment, whether or not the end was on the screen", () => {
    const open = press(inbox, ["enter"], LONG).state;
    for (const [key, wish] of [
      ["r", "return"],
      ["t", "ticket"],
      ["c", "comment"],
    ] as const)
      expect(press(open, [key], LONG, 5000).wish).toBe(wish);
    expect(press(inbox, ["r", "t"], LONG)).toEqual({ state: inbox, wish: "nothing" });
  });

  it("lets go of an unlocked key after fifteen minutes without a key pressed (P7)", () => {
    expect(isIdle(1000, 1000 + 15 * 60_000 - 1)).toBe(false);
    expect(isIdle(1000, 1000 + 15 * 60_000)).toBe(true);
  });

  it("does not open what was changed in the store (P3)", () => {
    const altered = refreshed({ rows: [] }, [{ kind: "altered", id: "x", code: "AAA-AAA" }]);
    expect(press(altered, ["enter"], SHORT).state.opened).toBeUndefined();
    expect(screen(altered, [], look, T0)).toContain("AAA-AAA  changed in the store");
  });
});

describe("the screen", () => {
  it("fits, line by line, and shows every line of a request as one scrolls", () => {
    const args = { text: "word ".repeat(400) };
    const opened = row();
    const view = buildView(facts({ args, reason: "because" }));
    const long: OnDesk = { ...opened, request: { ...opened.request, view, shown: viewDigest(view) } };
    const lines = viewLines({ row: long }, look);
    const seen = new Set<string>();
    let state: Inbox = { rows: [long], opened: { row: long, top: 0, read: false, since: 0 } };
    const page = { lines: lines.length, height: 9 };
    for (let count = 0; count < lines.length; count++) {
      const shown = stripVTControlCharacters(screen(state, lines, look, T0)).split("\r\n");
      expect(shown).toHaveLength(12);
      for (const line of shown) expect(line.length).toBeLessThan(80);
      for (const line of shown.slice(1, 10)) seen.add(line);
      state = paged(step(state, "down", page, DEAF_MS)[0], page);
    }
    for (const line of lines) expect(seen).toContain(line);
    expect(state.opened?.read).toBe(true);
  });

  it("lists code, agent, tool, age and what makes a request special", () => {
    const listed = refreshed({ rows: [] }, [row({ attended: false })]);
    const text = stripVTControlCharacters(screen(listed, [], { ...look, columns: 120 }, T0 + 65_000));
    expect(text).toMatch(/› \S{3}-\S{3} {2}docs-writer {2}files\/write_file {2}65 s {2}can destroy {2}caller gone/);
    expect(text).toContain("1 request waits");
  });

  it("keeps the selected row in sight among many", () => {
    const many = refreshed(
      { rows: [] },
      Array.from({ length: 30 }, () => row()),
    );
    const { state } = press(
      many,
      Array.from({ length: 25 }, () => "down"),
      SHORT,
    );
    const text = stripVTControlCharacters(screen(state, [], look, T0));
    expect(text).toContain("› ");
    expect(text.split("\r\n")).toHaveLength(12);
  });
});

describe("what stands under a request", () => {
  const missing = {
    rule: "money",
    need: 1,
    from: ["finance"],
    assurance: "verified",
    stage: { number: 2, of: 3 },
    ticket: "OPS-*",
  } as const;
  const staged: OnDesk = { ...row(), standing: { state: "open", approvers: ["aiko"], missing: [missing] } };
  const turn = { approve: false, breakGlass: true, seats: ["chie"] };

  it("says the stage, the ticket, where the console is, and whose turn it is, in both languages", () => {
    const consoles = ["http://kidoban.localhost:7540"];
    const wide = { ...look, columns: 400, consoles };
    const lines = viewLines({ row: staged, turn }, wide).join("\n");
    for (const text of [
      "Stage 2 of 3",
      "fits OPS-*",
      "console at http://kidoban.localhost:7540",
      "in the place of chie",
      "break-glass",
    ])
      expect(lines).toContain(text);
    expect(lines).not.toContain("not your turn");
    const others = viewLines({ row: staged, turn: { ...turn, seats: [] } }, wide).join("\n");
    expect(others).toContain("It is not your turn");
    const japanese = viewLines({ row: staged, turn }, { ...wide, words: ja, language: "ja" }).join("\n");
    for (const text of ["全 3 段階", "OPS-*", "コンソール（http://kidoban.localhost:7540）", "chie の代理", "緊急時"])
      expect(japanese).toContain(text);
    expect(viewLines({ row: staged }, wide).join("\n")).not.toContain("turn");
  });

  it("shows the stage in the list, and in a footer what goes with the answer", () => {
    const inbox = refreshed({ rows: [] }, [staged]);
    expect(screen(inbox, [], { ...look, columns: 200 }, T0)).toContain("Stage 2 of 3");
    const opened = { row: staged, top: 0, read: true, since: 0, ticket: "OPS-1\u001b[2J", comment: "ok" };
    const drawn = screen({ ...inbox, opened }, ["x"], { ...look, columns: 200 }, T0);
    expect(drawn).toContain("Ticket: OPS-1\\u{1b}[2J · Comment: ok");
  });
});
