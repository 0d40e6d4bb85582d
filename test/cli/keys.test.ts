import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { acceptedWorld, approverKeys, approvers, CONFIG, giveKey, makeWorld, type World } from "./files-world.ts";

const [aiko, mallory] = await approverKeys();
let world: World;
beforeEach(async () => {
  world = await acceptedWorld(aiko);
});
afterEach(() => world.remove());

const keyOf = ({ stateDir }: World): string => readFileSync(join(stateDir, "keys", "installation.pem"), "utf8");
const rotate = (...more: readonly string[]) => world.kidoban("keys", "rotate", ...more);

describe("attack: a shell without a person does not replace the log's key (P6)", () => {
  test.each([
    ["unasked", []],
    ["unasked, for automation", ["--json"]],
    ["with a yes and no passphrase", ["--yes"]],
  ])("%s", async (_, options) => {
    const before = keyOf(world);
    const { code, err } = await rotate(...options);
    expect([code, err]).toEqual([2, expect.stringContaining("no terminal")]);
    expect(keyOf(world)).toBe(before);
    expect(world.entries("key.rotated")).toEqual([]);
  });

  test("nor with a passphrase alone: that there is a yes is said, too", async () => {
    const before = keyOf(world);
    expect((await rotate("--passphrase-file", giveKey(world, aiko))).code).toBe(2);
    expect(keyOf(world)).toBe(before);
  });

  test("nor with the key of somebody who accepted a configuration of their own", async () => {
    world.put("own/kidoban.yaml", CONFIG + approvers(mallory));
    world.put("own/manifests/a.yaml", "kidoban: 1\nagent: a\nservers: { files: { access: read-only } }\n");
    expect((await world.kidoban("accept", "--yes", "--config", world.path("own/kidoban.yaml"))).code).toBe(0);
    const before = keyOf(world);
    const { code, err } = await rotate("--yes", "--passphrase-file", giveKey(world, mallory));
    expect([code, err]).toEqual([2, expect.stringContaining("mallory")]);
    expect(keyOf(world)).toBe(before);
  });

  test("nor with the key of somebody who only answers requests", async () => {
    world.remove();
    const roles = approvers(mallory).replace("}", ", roles: [approver] }");
    world = makeWorld({ "gate/kidoban.yaml": CONFIG + approvers(aiko) + roles.replace("approvers:\n", "") });
    expect((await world.kidoban("accept", "--yes")).code).toBe(0);
    const before = keyOf(world);
    expect((await rotate("--yes", "--passphrase-file", giveKey(world, mallory))).code).toBe(2);
    expect(keyOf(world)).toBe(before);
  });

  test("nor where nobody is named who could sign: then a person says so at the terminal", async () => {
    world.remove();
    world = makeWorld();
    expect((await world.kidoban("accept", "--yes")).code).toBe(0);
    const before = keyOf(world);
    const { code, err } = await rotate("--yes");
    expect([code, err]).toEqual([2, expect.stringContaining("no terminal")]);
    expect(keyOf(world)).toBe(before);
  });
});

test("an owner's key and a yes replace it", async () => {
  const before = keyOf(world);
  const { code, out } = await rotate("--yes", "--passphrase-file", giveKey(world, aiko));
  expect([code, out]).toEqual([0, expect.stringContaining("Another key signs the log")]);
  expect(keyOf(world)).not.toBe(before);
  expect(world.entries("key.rotated")).toHaveLength(1);
  expect((await world.kidoban("log", "verify")).code).toBe(0);
});
