/** Rights taken out of a manifest's text: the lines that say them change, and no others. */

import { describe, expect, test } from "vitest";
import { narrowManifest, type Narrowing } from "../../src/config/narrow-manifest.ts";

const FLOW = `kidoban: 1
agent: writer
servers:
  files: { access: read-write, tools: [read_*, write_file] } # the workspace
  git: { access: read-only }
rules:
  # Nothing else.
  - id: docs
    effect: allow
    match: [files/write_file]
  # Moves are asked about.
  - { id: moves, effect: ask, match: [files/move_file] }
`;
const BLOCK = `kidoban: 1
agent: writer
servers:
  # The workspace.
  files:
    access: read-write
  # History.
  git:
    access: read-only
    tools: [git_log]
`;
const ONE =
  "kidoban: 1\nagent: a\nservers:\n  files: { access: read-write }\nrules:\n  - { id: r, effect: allow, match: [files/x] }\n";

/** Lines that went and came, in a diff's way. */
function changed(text: string, narrowing: Narrowing): readonly string[] {
  const after = narrowManifest(text, narrowing);
  if (after === undefined) return ["nothing"];
  const [olds, news] = [text.split("\n"), after.split("\n")];
  return [
    ...olds.filter((line) => !news.includes(line)).map((line) => `-${line}`),
    ...news.filter((line) => !olds.includes(line)).map((line) => `+${line}`),
  ];
}

describe("a manifest", () => {
  test("is made read-only where the word stands", () => {
    const line = "{ access: read-write, tools: [read_*, write_file] } # the workspace";
    expect(changed(FLOW, { kind: "writes", server: "files" })).toEqual([
      `-  files: ${line}`,
      `+  files: ${line.replace("read-write", "read-only")}`,
    ]);
  });

  test("loses a server with its own comment, and no other", () => {
    expect(changed(FLOW, { kind: "server", server: "git" })).toEqual(["-  git: { access: read-only }"]);
    expect(changed(BLOCK, { kind: "server", server: "git" })).toEqual([
      "-  # History.",
      "-  git:",
      "-    access: read-only",
      "-    tools: [git_log]",
    ]);
  });

  test("keeps an empty map in place of its only server", () => {
    expect(narrowManifest(ONE, { kind: "server", server: "files" })).toContain("servers: {}\nrules:");
    const flow = "kidoban: 1\nagent: a\nservers: { files: { access: read-only } }\n";
    expect(narrowManifest(flow, { kind: "server", server: "files" })).toBe("kidoban: 1\nagent: a\nservers: {}\n");
  });

  test("lists what stays, in the list that is there or in a new one; names that YAML would read otherwise are quoted", () => {
    const names = ["read_file", "file:///{path}", "yes"];
    expect(narrowManifest(FLOW, { kind: "list", server: "files", list: "tools", names })).toContain(
      'tools: [read_file, "file:///{path}", "yes"] } # the workspace',
    );
    expect(changed(FLOW, { kind: "list", server: "git", list: "prompts", names: [] })).toEqual([
      "-  git: { access: read-only }",
      "+  git: { access: read-only, prompts: [] }",
    ]);
    expect(changed(BLOCK, { kind: "list", server: "files", list: "tools", names: ["a"] })).toEqual(["+    tools: [a]"]);
  });

  test("loses a rule with its comment, and its last one with the word before it", () => {
    expect(changed(FLOW, { kind: "rule", id: "moves" })).toEqual([
      "-  # Moves are asked about.",
      "-  - { id: moves, effect: ask, match: [files/move_file] }",
    ]);
    expect(narrowManifest(ONE, { kind: "rule", id: "r" })).toBe(
      "kidoban: 1\nagent: a\nservers:\n  files: { access: read-write }\n",
    );
  });

  test("stays as it is where what is to go does not stand there", () => {
    expect(changed(FLOW, { kind: "server", server: "memory" })).toEqual(["nothing"]);
    expect(changed(FLOW, { kind: "rule", id: "other" })).toEqual(["nothing"]);
    expect(narrowManifest("- a\n", { kind: "rule", id: "other" })).toBeUndefined();
  });
});
