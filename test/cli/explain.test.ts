import { chmodSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DRIVES, makeWorld, type World } from "./files-world.ts";

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.remove());

const editionOf = (said: Record<string, unknown>, at = 0): Record<string, unknown> =>
  (said["editions"] as Record<string, unknown>[])[at] ?? {};

describe("kidoban explain", () => {
  test("names the line of the rule that settles a call, and of what the lock and the manifest say", async () => {
    const { code, out } = await world.kidoban("explain", "docs-writer", "files/write_file", "--args", '{"path":"x"}');
    expect(code).toBe(0);
    expect(out).toContain("Decision: denied");
    expect(out).toContain("→ manifests/docs-writer.yaml:6  deny  docs-writer#docs-only");
    expect(out).toContain("if !within(args.path, 'docs')");
    expect(out).toContain("the condition holds; settles it");
    expect(out).toContain("Told to the agent: Only docs/ may be changed.");
    expect(out).toMatch(/Access: write \(can destroy\) {2}kidoban\.lock\/files\.yaml:10 {2}reviewed by aiko/);
    expect(out).toContain("Granted: read-write  manifests/docs-writer.yaml:4");
  });

  test("says why a matching rule did not count, and what an ask needs in words", async () => {
    const { out } = await world.kidoban("explain", "docs-writer", "files_write_file", "--args", '{"path":"docs/x"}');
    expect(out).toContain("Decision: asks a human");
    expect(out).toContain("· manifests/docs-writer.yaml:6");
    expect(out).toContain("the condition does not hold");
    expect(out).toContain("assurance at least operator; open for 15 min, to be used within 5 min of the approval");
    expect(out).toContain("1 approver (approvals)");
  });

  test("a condition without an answer is told with its cause", async () => {
    const { out } = await world.kidoban("explain", "docs-writer", "files/write_file", "--args", '{"path":"~/x"}');
    expect(out).toContain("Decision: denied");
    expect(out).toContain("the path begins with ~");
  });

  test("without arguments it says what depends on them", async () => {
    const { out } = await world.kidoban("explain", "docs-writer", "files/write_file");
    expect(out).toContain("Decision: depends on the arguments: denied / asks a human");
    expect(out).toContain("Where no rule matches, a write asks a human.");
    const said = await world.json("explain", "docs-writer", "files/write_file");
    expect(editionOf(said)).toMatchObject({ effect: "depends", effects: ["deny", "ask"] });
  });

  test("without arguments a call that no argument can change is decided", async () => {
    const said = await world.json("explain", "docs-writer", "files/read_file");
    expect(said).toMatchObject({ server: "files", name: "read_file", exposed: "files_read_file", arguments: null });
    expect(editionOf(said)).toMatchObject({ effect: "allow", cause: "default-read", rules: [] });
  });

  test("P1: a name that the lock does not know is denied and hidden, with what may have been meant", async () => {
    const { code, out } = await world.kidoban("explain", "docs-writer", "files/raed_file");
    expect(code).toBe(0);
    expect(out).toContain("Decision: denied");
    expect(out).toContain("answered as if it did not exist");
    expect(out).toContain("Did you mean files/read_file?");
  });

  test("P12: where the files differ from what is accepted it shows both, and the stricter one as what holds", async () => {
    await world.kidoban("accept", "--yes");
    world.change("gate/manifests/docs-writer.yaml", "effect: deny", "effect: allow");
    const args = ["explain", "docs-writer", "files/write_file", "--args", '{"path":"x"}'] as const;
    const said = await world.json(...args);
    expect(editionOf(said, 0)).toMatchObject({ edition: "disk", effect: "allow" });
    expect(editionOf(said, 1)).toMatchObject({ edition: "accepted", effect: "deny" });
    expect(said["inForce"]).toBe("deny");
    const { out } = await world.kidoban(...args);
    expect(out).toContain("By the files on disk:");
    expect(out).toContain("Both together, as it holds now: denied");
  });

  test("P12: an agent that is only in the files is granted nothing by what is accepted", async () => {
    await world.kidoban("accept", "--yes");
    world.put(
      "gate/manifests/newcomer.yaml",
      "kidoban: 1\nagent: newcomer\nservers: { files: { access: read-only } }\n",
    );
    const said = await world.json("explain", "newcomer", "files/read_file");
    expect(editionOf(said, 1)).toMatchObject({ effect: "deny", cause: "not-granted" });
    expect(said["inForce"]).toBe("deny");
  });

  test("a stop in force is told first", async () => {
    await world.kidoban("stop", "--reason", "odd calls");
    const { out } = await world.kidoban("explain", "docs-writer", "files/read_file");
    expect(out).toMatch(/Stop [0-9a-f]+ is in force \(odd calls\): nothing is forwarded/);
  });

  test("works from files alone and makes nothing", async () => {
    const before = world.tree();
    expect((await world.kidoban("explain", "docs-writer", "files/read_file")).code).toBe(0);
    expect(world.tree()).toEqual(before);
  });

  test("a state that cannot be read leaves the explanation standing", async () => {
    world.put(".local/state/kidoban/kidoban.db", "this is no database, whatever its name says ".repeat(30));
    chmodSync(world.stateDir, 0o700);
    const { code, out, err } = await world.kidoban("explain", "docs-writer", "files/read_file");
    expect(code).toBe(0);
    expect(out).toContain("Decision: allowed");
    expect(err).toContain("the state cannot be opened");
  });

  test("P3: arguments are read by the gate's own strict parser", async () => {
    const twice = await world.kidoban(
      "explain",
      "docs-writer",
      "files/write_file",
      "--args",
      '{"path":"a","path":"b"}',
    );
    expect(twice).toMatchObject({ code: 2, out: "" });
    expect(twice.err).toContain("a key stands there twice");
    const list = await world.kidoban("explain", "docs-writer", "files/write_file", "--args", "[]");
    expect(list.err).toContain("must be a JSON object");
  });

  test("names that nobody configured are wrong use, with what there is", async () => {
    expect(await world.kidoban("explain", "nobody", "files/read_file")).toMatchObject({
      code: 2,
      err: "kidoban: there is no manifests/nobody.yaml (there are: docs-writer)\n",
    });
    const { code, err } = await world.kidoban("explain", "docs-writer", "file/read_file");
    expect(code).toBe(2);
    expect(err).toContain("did you mean files/read_file?");
  });

  test("P11: files with errors are not explained by, and all errors are told", async () => {
    world.change("gate/manifests/docs-writer.yaml", "effect: deny", "effect: denny");
    world.change("gate/kidoban.yaml", "expires: 15m", "expires: soon");
    const { code, out, err } = await world.kidoban("explain", "docs-writer", "files/read_file");
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("manifests/docs-writer.yaml:7");
    expect(err).toContain("kidoban.yaml:4");
  });

  test("what comes from files cannot drive the terminal", async () => {
    world.change(
      "gate/manifests/docs-writer.yaml",
      "Only docs/ may",
      '"\\u001b]0;owned\\u0007\\u202eOnly docs/ may"\n    #',
    );
    const { out } = await world.kidoban("explain", "docs-writer", "files/write_file", "--args", '{"path":"x"}');
    expect(out).toContain("\\u{1b}");
    expect(out).not.toMatch(DRIVES);
  });
});
