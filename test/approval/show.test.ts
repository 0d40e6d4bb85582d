import { describe, expect, it } from "vitest";
import { buildView, showsWhatRuns, titleOf, viewDigest, type View, type ViewFacts } from "../../src/approval/show.ts";
import { ARGS, facts, sampleRequest } from "./sample.ts";

describe("the view of a request", () => {
  it("has another digest when any field differs (P3)", () => {
    const others: readonly Partial<ViewFacts>[] = [
      {},
      { agent: "docs-reader" },
      { server: "other" },
      { endpoint: "npx other" },
      { kind: "prompt" },
      { name: "edit_file" },
      { access: "read" },
      { destructive: false },
      { rules: ["approvals", "more"] },
      { args: { ...ARGS, path: "docs/b.md" } },
      { change: { before: null, after: "" } },
      { change: { before: "", after: "" } },
      { change: { before: "a", after: "" } },
      { changeFailed: "no such file" },
      { earlier: { call: "c1", at: 1 } },
      { earlier: { call: "c1", at: 2 } },
      { earlier: { call: "c2", at: 1 } },
      { reason: "because" },
      { reason: "" },
    ];
    expect(new Set(others.map((other) => viewDigest(buildView(facts(other))))).size).toBe(others.length);
  });

  it("holds every argument in full, however long (P3)", () => {
    const long = "x".repeat(200_000) + "END";
    expect(buildView(facts({ args: { content: long } })).arguments).toContain(long);
  });

  it("makes visible what agent and server wrote, wherever it stands (P3)", () => {
    const view = buildView(
      facts({
        name: "write\u202efile",
        endpoint: "npx\u001b[2J",
        args: { "k\u200bey": "v\u2066" },
        change: { before: "a\u001b", after: "b\u001b" },
        changeFailed: "c\u001b",
        reason: "d\u001b",
      }),
    );
    expect(JSON.stringify(view)).not.toMatch(/[\u202e\u200b\u2066]|\\u001b/);
    expect(view.change).toEqual({ before: "a\\u{1b}", after: "b\\u{1b}" });
  });
});

const title = (kind: "tool" | "resource" | "prompt", name: string, argsText = "{}") =>
  titleOf({ kind, server: "files", name, argsText });

describe("what is asked for, in one line", () => {
  it("is told as rules write it, a resource by the URI that would be read", () => {
    expect(title("tool", "write_file")).toBe("files/write_file");
    expect(title("prompt", "review")).toBe("prompt:files/review");
    expect(title("resource", "file:///{+path}", '{"uri":"file:///etc/passwd"}')).toBe(
      "resource:files/file:///etc/passwd",
    );
  });

  it("never drives a terminal, and stands without readable arguments", () => {
    expect(title("resource", "x://{a}", '{"uri":"x://\\u001b[2J\\u202e"}')).toBe(
      "resource:files/x://\\u{1b}[2J\\u{202e}",
    );
    expect(title("resource", "x://{a}", "{")).toBe("resource:files/x://{a}");
  });
});

describe("a stored request shows what would run (P3)", () => {
  const honest = sampleRequest();

  it("when nobody touched it", () => {
    expect(showsWhatRuns(honest)).toBe(true);
  });

  const redrawn = (view: Partial<View>) => {
    const changed = { ...honest.view, ...view };
    return { ...honest, view: changed, shown: viewDigest(changed) };
  };

  it.each([
    ["the arguments were changed", { ...honest, argsText: '{"path":"/etc/passwd","content":"x"}' }],
    ["the arguments are no JSON", { ...honest, argsText: "{" }],
    ["the view was changed", { ...honest, view: { ...honest.view, name: "read_file" } }],
    ["view and digest were changed to harmless arguments", redrawn({ arguments: "{}" })],
    ["view and digest name another agent", redrawn({ agent: "somebody" })],
    ["view and digest name another server", redrawn({ server: "other" })],
    ["view and digest name another tool", redrawn({ name: "read_file" })],
    ["view and digest call the write a read", redrawn({ access: "read" })],
    ["view and digest hide that it can destroy", redrawn({ destructive: false })],
    ["view and digest name other rules", redrawn({ rules: [] })],
  ])("not when %s", (_what, request) => {
    expect(showsWhatRuns(request)).toBe(false);
  });
});
