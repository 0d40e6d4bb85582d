import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyIssuance } from "../../src/approval/issuance.ts";
import { readToken, stateOf } from "../../src/compose/token.ts";
import { acceptedWorld, approverKeys, approvers, CONFIG, giveKey, makeWorld, type World } from "./files-world.ts";
import { plainText } from "../plain.ts";

const AGENT = "docs-writer";
const DAY_MS = 86_400_000;

const [aiko, mallory] = await approverKeys();
let world: World;
beforeEach(async () => {
  world = await acceptedWorld(aiko);
});
afterEach(() => world.remove());

interface Issued {
  readonly id: string;
  readonly token: string;
  readonly expiresAt: number;
  readonly replaces: readonly string[];
}
const issue = async (...more: readonly string[]): Promise<Issued> =>
  (await world.json("token", "issue", AGENT, "--passphrase-file", giveKey(world, aiko), ...more)) as unknown as Issued;
const known = () => world.inStore((store) => store.tokens());
/** What a gate would say of it now. */
const stateNow = async (text: string, at = Date.now()): Promise<string> => {
  const given = readToken(text);
  const token = (await known()).find(({ id }) => id === given?.id);
  if (given === undefined || token === undefined) return "unknown";
  return stateOf(token, given.digest, world.config, at);
};
const filesWith = (text: string): string[] =>
  readdirSync(world.home, { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .filter((path) => plainText(path).includes(text));

describe("kidoban token issue", () => {
  test("shows a token once and keeps no secret of it anywhere (P9)", async () => {
    const { token } = await issue();
    expect(token).toMatch(/^kdb_[0-9a-f]{12}_[\w-]{43}$/);
    expect(await stateNow(token)).toBe("holds");
    expect(filesWith(token.slice(17))).toEqual([]);
    expect((await world.kidoban("token", "list")).out).not.toContain(token.slice(17));
  });

  test("puts the token alone on stdout, for a file", async () => {
    const { out, err } = await world.kidoban("token", "issue", AGENT, "--passphrase-file", giveKey(world, aiko));
    expect(await stateNow(out.trim())).toBe("holds");
    expect(err).toContain("shown this once");
  });

  test("P7: the log's entry alone proves which approver let the agent in", async () => {
    const { id, token, expiresAt } = await issue("--ttl", "12h");
    const [entry] = world.entries("token.issued");
    if (entry?.key === undefined || entry.signature === undefined) throw new Error("no signed entry");
    expect(entry).toMatchObject({ token: id, agent: AGENT, config: world.config, expiresAt, by: "aiko" });
    expect(JSON.stringify(entry)).not.toContain(token.slice(17));
    const { token: name, digest, config, agent, issuedAt, by, key, signature } = entry;
    const body = { v: 1, token: name, digest, config, agent, approver: by, issuedAt, expiresAt } as const;
    const accepted = [{ ...aiko, groups: [] }];
    expect(verifyIssuance({ body, key, signature }, accepted)).toBe(true);
    expect(verifyIssuance({ body: { ...body, agent: "other" }, key, signature }, accepted)).toBe(false);
    expect(verifyIssuance({ body, key, signature }, [{ ...mallory, groups: [] }])).toBe(false);
  });

  test("P7: an approver of another configuration in the same state issues none", async () => {
    world.put("own/kidoban.yaml", CONFIG + approvers(mallory));
    await world.kidoban("accept", "--yes", "--config", world.path("own/kidoban.yaml"));
    const signed = ["--yes", "--passphrase-file", giveKey(world, mallory)];
    expect((await world.kidoban("token", "issue", AGENT, ...signed)).code).toBe(2);
    expect(await known()).toEqual([]);
  });

  test("P7: nobody issues one without an approver's key, nor with one that stands only in the files", async () => {
    expect((await world.kidoban("token", "issue", AGENT, "--yes")).code).toBe(2);
    world.put("gate/kidoban.yaml", CONFIG + approvers(aiko, mallory));
    const passphrase = giveKey(world, mallory);
    const { code, err } = await world.kidoban(
      "token",
      "issue",
      AGENT,
      "--as",
      "mallory",
      "--passphrase-file",
      passphrase,
    );
    expect([code, err]).toEqual([
      2,
      expect.stringContaining("mallory is not an approver of the accepted configuration"),
    ]);
    expect(await known()).toEqual([]);
    expect(world.entries("token.issued")).toEqual([]);
  });

  test("P7: before anything was accepted the approvers in the files have to sign", async () => {
    const fresh = makeWorld({ "gate/kidoban.yaml": CONFIG + approvers(aiko) });
    expect((await fresh.kidoban("token", "issue", AGENT, "--yes")).code).toBe(2);
    expect((await fresh.kidoban("token", "issue", AGENT, "--passphrase-file", giveKey(fresh, aiko))).code).toBe(0);
    fresh.remove();
  });

  test("without any approver a person has to say so: no terminal, no token", async () => {
    const fresh = makeWorld();
    const { code, err } = await fresh.kidoban("token", "issue", AGENT);
    expect([code, err]).toEqual([2, expect.stringContaining("no terminal")]);
    expect((await fresh.kidoban("token", "issue", AGENT, "--yes")).code).toBe(0);
    fresh.remove();
  });

  test.each([
    [["issue", "nobody"], "There is no agent nobody"],
    [["issue", AGENT, "--ttl", "forever"], "forever is no duration"],
    [["issue", AGENT, "--ttl", "0d"], "0d is no duration"],
    [["rotate", AGENT], "has no token that holds"],
    [["revoke", AGENT], "has no token that holds"],
  ])("%j is told what is wrong", async (argv, why) => {
    const { code, err } = await world.kidoban("token", ...argv);
    expect(code).not.toBe(0);
    expect(err).toContain(why);
  });
});

describe("kidoban token rotate", () => {
  test("gives a new token and lets those before hold for the overlap, not longer", async () => {
    const old = await issue();
    const fresh = (await world.json(
      "token",
      "rotate",
      AGENT,
      "--overlap",
      "10m",
      "--passphrase-file",
      giveKey(world, aiko),
    )) as unknown as Issued;
    expect(fresh.replaces).toEqual([old.id]);
    const later = Date.now() + 11 * 60_000;
    expect([await stateNow(old.token), await stateNow(fresh.token)]).toEqual(["holds", "holds"]);
    expect([await stateNow(old.token, later), await stateNow(fresh.token, later)]).toEqual(["expired", "holds"]);
    const [entry] = world.entries("token.revoked");
    expect(entry).toMatchObject({ token: old.id, agent: AGENT, by: "aiko" });
  });

  test("never lets an old token hold longer than it would have", async () => {
    const old = await issue("--ttl", "5m");
    await world.json("token", "rotate", AGENT, "--overlap", "1d", "--passphrase-file", giveKey(world, aiko));
    expect((await known()).find(({ id }) => id === old.id)?.expiresAt).toBe(old.expiresAt);
  });
});

describe("kidoban token revoke", () => {
  test("needs no key and ends all of an agent's tokens, or one, and is on record", async () => {
    const [one, two, three] = [await issue(), await issue(), await issue()];
    expect((await world.kidoban("token", "revoke", AGENT, "--id", one.id)).code).toBe(0);
    expect([await stateNow(one.token), await stateNow(two.token)]).toEqual(["revoked", "holds"]);
    expect(await world.json("token", "revoke", AGENT)).toEqual({ revoked: [two.id, three.id] });
    expect([await stateNow(two.token), await stateNow(three.token)]).toEqual(["revoked", "revoked"]);
    expect(world.entries("token.revoked").map(({ token }) => token)).toEqual([one.id, two.id, three.id]);
  });

  test("of one configuration leaves an agent of the same name in another alone", async () => {
    const { token } = await issue();
    world.put("other/kidoban.yaml", CONFIG);
    world.put(`other/manifests/${AGENT}.yaml`, `kidoban: 1\nagent: ${AGENT}\nservers: {}\n`);
    const other = world.path("other/kidoban.yaml");
    expect((await world.kidoban("--config", other, "token", "revoke", AGENT)).code).toBe(1);
    expect(await stateNow(token)).toBe("holds");
    const record = (await known()).find(({ id }) => id === readToken(token)?.id);
    if (record === undefined) throw new Error("no record");
    expect(stateOf(record, readToken(token)?.digest ?? "", other, Date.now())).toBe("foreign");
  });
});

describe("kidoban token list", () => {
  test("tells who has which token until when, and which have ended", async () => {
    const [kept, gone] = [await issue(), await issue("--ttl", "30d")];
    await world.kidoban("token", "revoke", AGENT, "--id", gone.id);
    const { tokens } = (await world.json("token", "list")) as unknown as { tokens: readonly Record<string, unknown>[] };
    expect(tokens.map(({ id, agent, state }) => [id, agent, state])).toEqual([
      [kept.id, AGENT, "holds"],
      [gone.id, AGENT, "revoked"],
    ]);
    const [first] = tokens;
    expect(Number(first?.["expiresAt"]) - Number(first?.["issuedAt"])).toBe(90 * DAY_MS);
    expect((await world.kidoban("token", "list")).out).toContain(`${kept.id}  ${AGENT}  holds`);
  });
});
