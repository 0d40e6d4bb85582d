import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyPassSignature, type PassBody, type PassSignature } from "../../src/approval/pass.ts";
import { momentOf } from "../../src/cli/moment.ts";
import {
  acceptedWorld,
  approverKeys,
  approvers,
  CONFIG,
  DRIVES,
  giveKey,
  type Key,
  type World,
} from "./files-world.ts";

const [aiko, mallory] = await approverKeys();
let world: World;
beforeEach(async () => {
  world = await acceptedWorld(aiko);
});
afterEach(() => world.remove());

const CALL = ["docs-writer", "files/move_file", "--reason", "nightly move"] as const;
const as = (who: Key): readonly string[] => ["--passphrase-file", giveKey(world, who), "--as", who.name];
const make = (...more: readonly string[]) => world.json("pass", "new", ...CALL, "--until", "30m", ...as(aiko), ...more);
const known = () => world.inStore((store) => store.passes({}));

describe("kidoban pass", () => {
  test("makes a pass, signed, for exactly these arguments; the log's entry alone proves who gave it (P2, P6)", async () => {
    const made = await make("--args", '{"path":"a"}', "--count", "3");
    expect(made).toMatchObject({ agent: "docs-writer", name: "move_file", count: 3, state: "open", signers: ["aiko"] });
    const [entry] = world.entries("pass.issued");
    if (entry === undefined) throw new Error("no entry");
    const { body, signatures } = entry as { body: PassBody; signatures: readonly PassSignature[] };
    const [signature] = signatures;
    expect(signature && verifyPassSignature(body, signature, [{ ...aiko, groups: [] }])).toBe(true);
    expect(signature && verifyPassSignature({ ...body, count: 4 }, signature, [{ ...aiko, groups: [] }])).toBe(false);
    expect((await known()).map(({ body: stored }) => stored)).toEqual([body]);
  });

  test("shows what is signed, every bound of it, and drives no terminal", async () => {
    const bounds = { path: { glob: "docs/*.md" }, "\u202eevil": { is: "\u0007" }, n: { max: 3 } };
    const { pass } = await make("--within", JSON.stringify(bounds));
    const { out } = await world.kidoban("pass", "show", String(pass));
    for (const text of ["docs/*.md", "at most 3", "nightly move", "files-server ./workspace", "aiko (operator)"])
      expect(out).toContain(text);
    expect(out).not.toMatch(DRIVES);
    expect((await world.kidoban("pass", "list")).out).toContain(
      `${String(pass)}  docs-writer  files/move_file  not over  0/1`,
    );
  });

  test("is ended without a key, at once and for good", async () => {
    const { pass } = await make("--args", '{"path":"a"}');
    expect((await world.kidoban("pass", "revoke", String(pass))).code).toBe(0);
    expect((await world.kidoban("pass", "revoke", String(pass))).code).toBe(1);
    expect(world.entries("pass.revoked")).toMatchObject([{ pass, by: expect.any(String) }]);
    expect((await known())[0]?.revokedAt).toBeDefined();
    expect((await world.kidoban("pass", "sign", String(pass), ...as(aiko))).code).toBe(1);
  });

  test("given beforehand, asks for a second approver", async () => {
    world.put("gate/kidoban.yaml", CONFIG + approvers(aiko, mallory));
    await world.kidoban("accept", "--yes", ...as(aiko));
    const later = ["--from", "8h", "--until", "6h", "--count", "200"];
    const { out } = await world.kidoban("pass", "new", ...CALL, "--args", '{"path":"a"}', ...later, ...as(aiko));
    const id = /Pass ([0-9a-f]{16}) is signed/.exec(out)?.[1] ?? "";
    expect(out).toContain(`kidoban pass sign ${id}`);
    expect((await world.kidoban("pass", "sign", id, ...as(aiko))).code).toBe(1);
    expect((await world.kidoban("pass", "sign", id, ...as(mallory))).code).toBe(0);
    expect((await known())[0]?.signatures.map(({ approver }) => approver)).toEqual(["aiko", "mallory"]);
  });

  test.each([
    [["--args", '{"path":"a"}', "--count", "11"], "ten calls"],
    [["--args", '{"path":7}'], "do not fit the schema"],
    [["--args", "[]"], "not a JSON object"],
    [["--within", '{"path":{"regex":".*"}}'], "no pass"],
    [["--args", "{}", "--within", "{}"], "either"],
    [["--args", '{"path":"a"}', "--from", "yesterday"], "no time"],
    [["--args", '{"path":"a"}', "--count", "many"], "no number"],
  ])("refuses %j (P2)", async (more, said) => {
    const { code, err } = await world.kidoban("pass", "new", ...CALL, "--until", "30m", ...as(aiko), ...more);
    expect(code).not.toBe(0);
    expect(err).toContain(said);
    expect(await known()).toEqual([]);
  });

  test("is not made for what can destroy, an unknown agent or call, by a stranger, or without a terminal (P2, P7)", async () => {
    const attempt = async (agent: string, call: string, ...more: readonly string[]): Promise<string> =>
      (
        await world.kidoban(
          "pass",
          "new",
          agent,
          call,
          "--reason",
          "r",
          "--until",
          "30m",
          "--args",
          '{"path":"a"}',
          ...more,
        )
      ).err;
    expect(await attempt("docs-writer", "files/write_file", ...as(aiko))).toContain("asked about each time");
    expect(await attempt("nobody", "files/move_file", ...as(aiko))).toContain("no such agent");
    expect(await attempt("docs-writer", "files/nothing", ...as(aiko))).toContain("no such call");
    expect(await attempt("docs-writer", "files/move_file", ...as(mallory))).toContain("not of an approver");
    expect(await attempt("docs-writer", "files/move_file")).toContain("no terminal");
    expect(await known()).toEqual([]);
    expect(world.entries("pass.issued")).toEqual([]);
    expect(world.entries("pass.refused")).toMatchObject([{ reason: "signature" }]);
  });
});

test("a moment is a date, a time of day, or a while after another", () => {
  expect(momentOf("90m", 1000)).toBe(1000 + 5_400_000);
  expect(momentOf("2026-11-23T01:00Z", 0)).toBe(Date.UTC(2026, 10, 23, 1));
  expect(momentOf("2026-11-23", 0)).toBe(new Date(2026, 10, 23).getTime());
  for (const text of ["", "tomorrow", "-5m", "2026-13-45", "1e3"]) expect(momentOf(text, 0)).toBeNaN();
});
