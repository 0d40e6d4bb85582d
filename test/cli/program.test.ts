import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { VERSION } from "../../src/compose/version.ts";
import { en, ja } from "../../src/words/cli.ts";
import { approverKeys, approvers, CONFIG, makeWorld, type World } from "./files-world.ts";

let world: World;
beforeEach(async () => {
  const [aiko] = await approverKeys();
  world = makeWorld({ "gate/kidoban.yaml": CONFIG + approvers(aiko) });
});
afterEach(() => world.remove());

describe("the command line", () => {
  test("names every command that has a description", async () => {
    const { code, out } = await world.kidoban("--help");
    expect(code).toBe(0);
    // Those of a command's own commands begin with its name: `logShow` is `log show`.
    const own = /^(?:approver|log|token|notify)[A-Z]/;
    const top = Object.keys(en.commands).filter((name) => !own.test(name));
    for (const name of top) expect(out).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    const { approverAdd, logShow, logExport, logVerify, tokenIssue, tokenRotate, tokenRevoke, tokenList } = en.commands;
    const log = (await world.kidoban("log", "--help")).out;
    for (const name of ["show", "export", "verify"]) expect(log).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    expect([logShow, logExport, logVerify].every((text) => log.replaceAll(/\s+/g, " ").includes(text))).toBe(true);
    const token = (await world.kidoban("token", "--help")).out.replaceAll(/\s+/g, " ");
    expect([tokenIssue, tokenRotate, tokenRevoke, tokenList].every((text) => token.includes(text))).toBe(true);
    expect((await world.kidoban("approver", "--help")).out.replaceAll(/\s+/g, " ")).toContain(approverAdd);
  });

  test("speaks Japanese where the person does, also in what the reader of the command line says", async () => {
    world.remove();
    world = makeWorld({}, "ja");
    const { out } = await world.kidoban("explain", "--help");
    for (const text of ["使い方: kidoban explain", "オプション:", "使い方を表示します"]) expect(out).toContain(text);
    const said = [["nonsense"], ["check", "--nonsense"], ["explain"], ["connect"], ["check", "x"], ["undo", "--forc"]];
    for (const argv of said) {
      const { err } = await world.kidoban(...argv);
      expect(err).toMatch(/^エラー: /m);
      expect(err).not.toMatch(/error:|Did you/);
    }
  });

  test("has every text in both languages", () => {
    expect(Object.keys(ja.commands)).toEqual(Object.keys(en.commands));
    expect(Object.keys(ja.options)).toEqual(Object.keys(en.options));
  });

  test.each([
    ["before", ["--json", "check"]],
    ["after", ["check", "--json"]],
  ])("takes the options that all share %s the command", async (_, argv) => {
    expect(JSON.parse((await world.kidoban(...argv)).out)).toHaveProperty("findings");
  });

  test.each([
    ["before", (path: string) => ["--config", path, "explain", "nobody", "x/y"]],
    ["after", (path: string) => ["explain", "nobody", "x/y", "--config", path]],
  ])("takes another configuration %s the command", async (_, argv) => {
    world.put("other/kidoban.yaml", CONFIG);
    world.put("other/manifests/somebody.yaml", "kidoban: 1\nagent: somebody\nservers: {}\n");
    const { err } = await world.kidoban(...argv(world.path("other/kidoban.yaml")));
    expect(err).toContain("there are: somebody");
  });

  test("an option before a subcommand of the log counts for it", async () => {
    await world.kidoban("accept", "--yes");
    const { code, out } = await world.kidoban("--json", "log", "verify");
    expect([code, JSON.parse(out)]).toMatchObject([0, { kind: "proven" }]);
  });

  test.each([[["nonsense"]], [["check", "--nonsense"]], [["explain", "docs-writer"]], [["resume"]], [["stop"]]])(
    "%j is wrong use",
    async (argv) => {
      const { code, err } = await world.kidoban(...argv);
      expect(code).toBe(2);
      expect(err).not.toBe("");
    },
  );

  test("tells its version", async () => {
    expect(await world.kidoban("--version")).toMatchObject({ code: 0, out: `${VERSION}\n` });
  });
});
