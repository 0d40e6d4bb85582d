import { describe, expect, it } from "vitest";
import { editedRequest, type LockedCall } from "../../src/approval/edit.ts";
import { renderView } from "../../src/approval/render.ts";
import { buildView, viewDigest, type Previewed } from "../../src/approval/show.ts";
import { en, ja } from "../../src/words/approvals.ts";
import { facts, lockedAs, obligation, sampleRequest } from "./sample.ts";

const SQL: NonNullable<Previewed["sql"]> = {
  dialect: "postgresql",
  facts: {
    statements: [{ kind: "DELETE", where: false }, { kind: "UPDATE", where: true, inside: true }, { kind: "SELECT" }],
    writes: ["users"],
    reads: [],
    calls: ["pg_sleep"],
  },
};
const shown = (more: Previewed): string => renderView(buildView(facts(more)), en, { color: false, width: 100 });

/** What is shown of the effects once an approver changed the text. */
const edited = (previewed: Previewed, content: string, locked?: LockedCall) => {
  const view = buildView(facts(previewed));
  const parent = sampleRequest({ obligations: [obligation({ edit: ["content"] })], view, shown: viewDigest(view) });
  const child = editedRequest(parent, { content }, "aiko", { id: "child", nonce: "ab".repeat(16) }, locked);
  if (typeof child === "string") throw new Error(child);
  const { sql, dryRun, changeFailed } = child.view;
  return { sql, dryRun, changeFailed };
};
const mysql = (of: object | null) => ({ sql: { dialect: "mysql", facts: of } });

describe("a trial and SQL in a view", () => {
  it("are part of what is signed (P3)", () => {
    const others: readonly Previewed[] = [
      {},
      { dryRun: "" },
      { dryRun: "would write" },
      { sql: { dialect: "sqlite", facts: null } },
      { sql: { dialect: "mysql", facts: null } },
      { sql: SQL },
      { sql: { ...SQL, facts: { ...SQL.facts!, writes: [] } } },
      { sql: { ...SQL, facts: { ...SQL.facts!, statements: [{ kind: "DELETE", where: true }] } } },
    ];
    expect(new Set(others.map((other) => viewDigest(buildView(facts(other))))).size).toBe(others.length);
  });

  it("are shown in full, every fact in a line of its own", () => {
    expect(
      shown({ sql: SQL })
        .split("\n")
        .filter((line) => line.includes("│"))
        .slice(-4),
    ).toEqual([
      "  │ 3 statements: DELETE WITHOUT WHERE, UPDATE with WHERE (inside it), SELECT",
      "  │ Writes tables: users",
      "  │ Reads tables and named queries: none that the text names",
      "  │ Calls what may do more than read: pg_sleep",
    ]);
    expect(shown({ sql: { dialect: "mysql", facts: null } })).toContain("could not be read for certain");
    expect(shown({ dryRun: "would write\nthree lines" })).toContain("  │ three lines");
    const japanese = renderView(buildView(facts({ sql: SQL })), ja, { color: false, width: 100 });
    expect(japanese).toContain("DELETE（WHERE なし）、UPDATE（WHERE あり）（文の内側）、SELECT");
  });

  it("attack: what a server or an agent writes in them cannot hide or pose as something else (P3)", () => {
    const names = ["a\u202e", "b\nWrites tables: none", "c\u001b[2J"];
    const view = buildView(
      facts({ dryRun: "x\u202e\u001b[2J", sql: { ...SQL, facts: { ...SQL.facts!, writes: names } } }),
    );
    expect(JSON.stringify(view)).not.toMatch(/\u202e|\\u001b/);
    expect(view.sql?.facts?.writes[1]).not.toContain("\n");
  });

  it("belong to the arguments that they were made of: SQL is read anew, a trial is not repeated (P3)", () => {
    const read: string[] = [];
    const reader = {
      reads: () => false,
      facts(text: string) {
        read.push(text);
        return text === "?" ? undefined : { ...SQL.facts!, writes: ["a\u202e"] };
      },
    };
    const asSql = lockedAs({ kind: "sql", argument: "content", dialect: "mysql" }, new Map([["mysql", reader]]));
    const asTrial = lockedAs({ kind: "dry-run", argument: "dry", value: true });
    expect(edited({ sql: SQL }, "new", asSql)).toEqual(mysql({ ...SQL.facts, writes: ["a\\u{202e}"] }));
    expect(edited({ sql: SQL }, "?", asSql)).toEqual(mysql(null));
    expect(read).toEqual(["new", "?"]);
    // Where the lock is another one now, and of a trial: nothing but why, in the reader's language.
    for (const none of [edited({ sql: SQL }, "new"), edited({ dryRun: "would write" }, "new", asTrial)]) {
      expect(none).toEqual({ changeFailed: expect.stringContaining("changed") });
      expect(ja.reason(none.changeFailed ?? "")).toMatch(/。$/);
    }
    expect(edited({}, "new", asSql)).toEqual({});
  });
});
