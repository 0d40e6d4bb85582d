import { chmodSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DRIVES, LOCK, makeWorld, type World } from "./files-world.ts";

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

const reviewed = "reviewed: { by: aiko, on: 2026-11-21 }";
const MORE = `resources:
  "file:///notes": { access: read, ${reviewed}, definition: { uri: "file:///notes", name: notes } }
  "file:///{+path}": { access: read, ${reviewed}, definition: { uriTemplate: "file:///{+path}", name: files } }
prompts:
  review: { access: read, ${reviewed}, definition: { name: review, arguments: [{ name: topic, required: true }] } }
  publish: { access: write, ${reviewed}, definition: { name: publish } }
`;
const KEYS = `  - id: no-keys
    effect: deny
    match: ["resource:files/file:*.pem"]
`;

const explained = (what: string) => world.kidoban("explain", "docs-writer", what);

describe("kidoban explain, of what is no tool", () => {
  beforeEach(() => {
    world.put("gate/kidoban.lock/files.yaml", LOCK + MORE);
    world.change("gate/manifests/docs-writer.yaml", "rules:\n", `rules:\n${KEYS}`);
  });

  test("a URI is explained as files write it and as the agent sees it, by the template that serves it", async () => {
    for (const what of ["resource:files/file:///a/key.pem", "file:///a/key.pem"]) {
      const { code, out } = await explained(what);
      expect(code).toBe(0);
      expect(out).toContain("docs-writer  resource:files/file:///a/key.pem  (the agent sees it as file:///a/key.pem)");
      expect(out).toContain("A URI of the template file:///{+path}.");
      expect(out).toContain("Decision: denied");
      expect(out).toContain("→ manifests/docs-writer.yaml:6  deny  docs-writer#no-keys");
    }
    expect((await explained("file:///a/readme")).out).toContain("Decision: allowed");
    expect(await world.json("explain", "docs-writer", "file:///notes")).toMatchObject({
      kind: "resource",
      name: "file:///notes",
      arguments: { uri: "file:///notes" },
    });
  });

  test("a template by its own name depends on the URI", async () => {
    const { out } = await explained("resource:files/file:///{+path}");
    expect(out).toContain("Decision: depends on the arguments: denied / allowed");
    const { editions } = await world.json("explain", "docs-writer", "resource:files/file:///{+path}");
    expect(editions).toMatchObject([{ effect: "depends", effects: ["deny", "allow"] }]);
  });

  test("a prompt goes by both its names", async () => {
    for (const what of ["prompt:files/review", "files_review"]) {
      const { out } = await explained(what);
      expect(out).toContain("docs-writer  prompt:files/review  (the agent sees it as files_review)");
      expect(out).toContain("Decision: allowed");
    }
  });

  test("a kind that was left out is what may have been meant", async () => {
    expect((await explained("files/review")).out).toContain("Did you mean prompt:files/review?");
    expect((await explained("files/file:///x.md")).out).toContain("Did you mean resource:files/file:///x.md?");
    expect((await explained("prompt:files/reveiw")).out).toContain("Did you mean prompt:files/review?");
  });

  test("a completion that asks is told as the denial that it is", async () => {
    const { out } = await explained("completion:files/publish");
    expect(out).toContain("Decision: asks a human");
    expect(out).toContain("Nobody is asked about what is typed letter by letter: for a completion this is a denial.");
    expect(out).not.toContain("approver");
    expect(await world.json("explain", "docs-writer", "completion:files/publish")).toMatchObject({ atGate: "deny" });
    expect((await explained("completion:files/review")).out).toContain("Decision: allowed");
  });

  test("P11: a completion goes by the rules of its template, whose conditions have no answer yet", async () => {
    const { out } = await explained("completion:files/file:///{+path}");
    expect(out).toContain("Decision: denied");
    expect(out).toContain("it is about arguments, which are still being typed");
  });
});
