import * as fc from "fast-check";
import { parse as parseToml } from "smol-toml";
import { describe, expect, it } from "vitest";
import type { Change, ClientFile } from "../../src/clients/client-file.ts";
import { codex } from "../../src/clients/codex.ts";
import { cursor } from "../../src/clients/cursor.ts";
import { user } from "./samples.ts";

const names = (client: ClientFile, text: string): readonly string[] => {
  const read = client.read(text, user);
  return read.kind === "servers" ? read.servers.map(({ name }) => name) : [];
};
const becomes = (name: string) => ({ name, command: "/n/node", args: ["/k/kidoban.js", "stdio"], env: {} });
/** Which of the servers change, and how. */
const fates = fc.array(fc.constantFrom("stays", "wrapped", "gone"), { minLength: 5, maxLength: 5 });
const changesFor = (container: string, fate: readonly string[]): readonly Change[] =>
  fate.flatMap((what, index): readonly Change[] => {
    const name = `s${index}`;
    if (what === "stays") return [];
    return [{ path: [container, name], becomes: what === "gone" ? undefined : becomes(name) }];
  });

const blank = (comment: string) =>
  fc
    .array(fc.constantFrom(" ", "\n", "\r\n", "\t", `/*${comment},*/`, `//${comment},\n`), { maxLength: 4 })
    .map((all) => all.join(""));

describe("any layout of a file", () => {
  const [inside, outside] = [blank("IN"), blank("OUT")];
  const server = fc
    .tuple(inside, inside, inside, fc.boolean())
    .map(([a, b, c, more]) => `{${a}"command"${b}: "x"${more ? `,${c}"env": {"A": "}, {"}, "timeout": 5` : ""}}`);
  const json = fc
    .tuple(fc.array(fc.tuple(server, outside, inside, outside), { minLength: 5, maxLength: 5 }), fc.boolean(), outside)
    .map(([servers, trailing, end]) => {
      const members = servers.map(
        ([text, before, colon, after], index) => `${before}"s${index}"${colon}:${text}${after}`,
      );
      return `{"x": 1, "mcpServers": {${members.join(",")}${trailing ? "," : ""}${end}}}`;
    });

  it("keeps every comment outside of servers and every server that stays", () => {
    fc.assert(
      fc.property(json, fates, (text, fate) => {
        const after = cursor.replace(text, changesFor("mcpServers", fate));
        expect(names(cursor, after)).toEqual(fate.flatMap((what, index) => (what === "gone" ? [] : [`s${index}`])));
        expect(after.split("OUT").length).toBe(text.split("OUT").length);
      }),
      { numRuns: 300 },
    );
  });

  it("gives the servers back to a file that was laid out anew meanwhile", () => {
    fc.assert(
      fc.property(json, fates, (text, fate) => {
        const changes = changesFor(
          "mcpServers",
          fate.map((what) => (what === "gone" ? "wrapped" : what)),
        );
        if (changes.length === 0) return;
        const wrapped = cursor.replace(text, changes);
        const restored = cursor.restore(wrapped, text, changes);
        expect(names(cursor, restored ?? "")).toEqual(["s0", "s1", "s2", "s3", "s4"]);
        expect(restored).not.toContain("kidoban");
      }),
      { numRuns: 200 },
    );
  });

  it("keeps every comment and every other table of a TOML file", () => {
    const comment = fc.constantFrom("", " # C", "\n# C\n", "\n\n");
    const table = fc.tuple(comment, comment, comment, fc.boolean(), fc.boolean());
    const toml = fc
      .array(table, { minLength: 5, maxLength: 5 })
      .map((tables) =>
        tables
          .map(([a, b, c, inner, other], index) =>
            [
              `[mcp_servers.s${index}]${a}`,
              `args = [ "]", # no comment of ours\n '[mcp_servers.s0]' ]${b}`,
              `command = "x"${c}`,
              ...(inner ? [`[mcp_servers.s${index}.env]${b}`, `A = """\n# no comment\n[x]"""${c}`] : []),
              ...(other ? [`[other.t${index}]${a}`, `k = 1${b}`] : []),
            ].join("\n"),
          )
          .join("\n"),
      );
    fc.assert(
      fc.property(toml, fates, (text, fate) => {
        const after = codex.replace(text, changesFor("mcp_servers", fate));
        expect(names(codex, after)).toEqual(fate.flatMap((what, index) => (what === "gone" ? [] : [`s${index}`])));
        expect(after.split("# C").length).toBe(text.split("# C").length);
        expect(parseToml(after)["other"]).toEqual(parseToml(text)["other"]);
      }),
      { numRuns: 300 },
    );
  });
});
