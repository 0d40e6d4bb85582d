import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changedNames, editedRequest, editFault } from "../../src/approval/edit.ts";
import { quorum } from "../../src/approval/quorum.ts";
import { renderView } from "../../src/approval/render.ts";
import { showsWhatRuns } from "../../src/approval/show.ts";
import type { Request } from "../../src/approval/request.ts";
import type { JsonObject } from "../../src/policy/json.ts";
import { en, ja } from "../../src/words/approvals.ts";
import { lockedAs, obligation, person, sampleRequest, says, T0 } from "./sample.ts";

const aiko = person("aiko", "ops");
const fresh = { id: "child", nonce: "ab".repeat(16) };
const open = (edit: readonly string[] = ["content"], more: Partial<Request> = {}): Request =>
  sampleRequest({ obligations: [obligation({ edit })], ...more });
const edited = (parent: Request, changes: JsonObject, by = "aiko"): Request => {
  const child = editedRequest(parent, changes, by, fresh);
  if (typeof child === "string") throw new Error(child);
  return child;
};

describe("what an approver may change", () => {
  it("are the arguments that all rules name, and no others (P2)", () => {
    expect(editFault({ a: 1, b: 2 }, { a: 1, b: 3 }, ["b"])).toBeUndefined();
    expect(editFault({ a: 1, b: 2 }, { a: 2, b: 3 }, ["b"])).toBe("not-editable");
    expect(editFault({ a: 1 }, { a: 1, c: 2 }, ["b"])).toBe("not-editable");
    expect(editFault({ a: 1 }, { a: 1, b: 2 }, ["b"])).toBeUndefined();
    expect(editFault({ a: 1, b: 2 }, { a: 1 }, ["b"])).toBe("not-editable");
    expect(editFault({ a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }, ["a"])).toBe("unchanged");
    expect(editFault({ a: "\ud800" }, { a: "b" }, ["a"])).toBe("malformed");
    const proto = JSON.parse('{"a":1,"__proto__":{"b":2}}') as JsonObject;
    expect(editFault({ a: 1 }, proto, ["b"])).toBe("not-editable");
    expect(editFault({ a: 1 }, { a: 1, toString: "x" }, [])).toBe("not-editable");
  });

  it("never reaches an argument that is not named, whatever is changed (P2)", () => {
    const args = fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__", "constructor"), fc.jsonValue());
    fc.assert(
      fc.property(args, args, fc.subarray(["a", "b", "c"]), (before, after, named) => {
        const [one, other] = [before as JsonObject, after as JsonObject];
        if (editFault(one, other, named) !== undefined) return;
        for (const name of new Set([...Object.keys(one), ...Object.keys(other)]))
          if (!named.includes(name)) expect(other[name]).toEqual(one[name]);
        expect(changedNames(one, other).every((name) => named.includes(name))).toBe(true);
      }),
    );
  });
});

const fault = (request: Request, changes: JsonObject) => editedRequest(request, changes, "aiko", fresh);

describe("the request that takes its place", () => {
  it("shows what would run, what was asked for, and who changed it (P3)", () => {
    const parent = open();
    const child = edited(parent, { content: "bye\n" });
    expect(showsWhatRuns(child)).toBe(true);
    expect(child).toMatchObject({ id: "child", editedFrom: parent.id, call: parent.call, state: "pending" });
    expect(JSON.parse(child.argsText)).toEqual({ path: "docs/a.md", content: "bye\n" });
    expect(child.view.edited).toEqual({ by: "aiko", arguments: parent.view.arguments });
    expect([child.expiresAt, child.obligations]).toEqual([parent.expiresAt, parent.obligations]);
    for (const part of ["action", "nonce", "shown", "code"] as const) expect(child[part]).not.toBe(parent[part]);
  });

  it("is shown against what was asked for, line by line, also inside of a text", () => {
    const args = { path: "docs/a.md", content: 'one\ntwo\n"three"\n' };
    const asked = sampleRequest({ obligations: [obligation({ edit: ["content"] })] }, args);
    const { view } = edited(asked, { content: 'one\n2\n"three"\n' });
    const text = renderView(view, en, { color: false, width: 80 });
    const [, diff = ""] = text.split(en.view.edited("aiko"));
    const marked = diff.split("\n").filter((line) => /^ {2}[-+] │/.test(line));
    expect(marked).toEqual(["  - │ ┆ two\\n", "  + │ ┆ 2\\n"]);
  });

  it("goes on showing what the agent asked for when it is changed again", () => {
    const parent = open();
    const again = edited(edited(parent, { content: "one" }), { content: "two" }, "ben");
    expect(again.view.edited).toEqual({ by: "ben", arguments: parent.view.arguments });
  });

  it("is approved by nobody who approved the first one (P2)", () => {
    const parent = open();
    const child = edited(parent, { content: "bye" });
    const given = says(aiko, parent, "approve");
    expect(quorum(parent, [given], [aiko.approver], T0 + 2000).state).toBe("met");
    expect(quorum(child, [given], [aiko.approver], T0 + 2000).state).toBe("open");
  });

  it("shows no change that was read for other arguments, and says so", () => {
    const parent = open();
    const view = { ...parent.view, change: { before: "a", after: "b" } };
    const child = edited({ ...parent, view }, { content: "bye" });
    expect(child.view.change).toBeUndefined();
    expect(child.view.changeFailed).toContain("changed");
  });

  it("shows what the changed text would make of what was read, where the same is read before it (P3)", () => {
    const change = { before: "old\n", after: "hello\n" };
    const item = lockedAs({
      kind: "change",
      read: "read_file",
      with: { path: "args.path" },
      becomes: "args.content",
    });
    const changed = (args: JsonObject, changes: JsonObject) => {
      const parent = sampleRequest({ obligations: [obligation({ edit: ["content", "path"] })] }, args);
      const child = editedRequest({ ...parent, view: { ...parent.view, change } }, changes, "aiko", fresh, item);
      if (typeof child === "string") throw new Error(child);
      expect(showsWhatRuns(child)).toBe(true);
      return child.view;
    };
    const args = { path: "docs/a.md", content: "hello\n" };
    const { change: now, changeFailed } = changed(args, { content: "bye\u202e\n" });
    expect([now, changeFailed]).toEqual([{ before: "old\n", after: "bye\\u{202e}\n" }, undefined]);
    // What was read is there already as it is shown: marks in it are not marked again.
    const marked = { before: "a\\u{202e}", after: "b" };
    const parent = sampleRequest({ obligations: [obligation({ edit: ["content"] })] }, args);
    const child = editedRequest(
      { ...parent, view: { ...parent.view, change: marked } },
      { content: "c" },
      "b",
      fresh,
      item,
    );
    expect(typeof child === "string" ? child : child.view.change).toEqual({ before: "a\\u{202e}", after: "c" });
    expect(changed(args, { content: 1 })).toMatchObject({ changeFailed: expect.any(String) });
    // Of another file.
    for (const view of [changed(args, { content: "bye\n", path: "docs/b.md" }), changed(args, { path: "docs/b.md" })]) {
      expect([view.change, view.changeFailed]).toEqual([undefined, expect.any(String)]);
      expect(ja.reason(view.changeFailed ?? "")).toMatch(/。$/);
      expect(renderView(view, ja, { color: false, width: 200 })).not.toContain(view.changeFailed ?? "");
    }
  });

  it("is none where nothing may be changed, the call is no tool's, or the row was changed (P2, P3)", () => {
    expect(fault(open([]), { content: "x" })).toBe("not-editable");
    expect(fault(sampleRequest(), { content: "x" })).toBe("not-editable");
    expect(fault(open(), { path: "/etc/passwd" })).toBe("not-editable");
    expect(fault(open(), {})).toBe("unchanged");
    expect(fault(open(), { content: "\udc00" })).toBe("malformed");
    expect(fault(open(["content"], { kind: "resource" }), { content: "x" })).toBe("not-editable");
    expect(fault(open(["content"], { argsText: '{"path":"/etc/passwd","content":""}' }), { content: "x" })).toBe(
      "altered",
    );
    expect(fault(open(["content"], { argsText: "[]" }), { content: "x" })).toBe("altered");
    const two = [obligation({ edit: ["content", "path"] }), obligation({ rule: "b", edit: ["path"] })];
    expect(fault(sampleRequest({ obligations: two }), { content: "x" })).toBe("not-editable");
  });

  it("does not show what runs when it hides that it was changed, or claims it of one that was not (P3)", () => {
    const child = edited(open(), { content: "bye" });
    const { editedFrom: _from, ...hidden } = child;
    expect(showsWhatRuns(hidden)).toBe(false);
    expect(showsWhatRuns({ ...open(), editedFrom: "x" })).toBe(false);
  });
});
