import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hasPython, python, second } from "../audit/python.ts";
import { bytesOf, verifyBytes } from "../log/fixture.ts";
import { forged } from "../log/forge.ts";
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
  const [{ consent } = {}, ...others] = world.entries("key.rotated");
  expect([consent?.approver, consent?.key, others]).toEqual([aiko.name, aiko.key, []]);
  expect((await world.kidoban("log", "verify")).code).toBe(0);
});

test("P6: a log that tells of a replaced key without the consent of somebody who may convinces neither verifier", async () => {
  await rotate("--yes", "--passphrase-file", giveKey(world, aiko));
  const sealed = bytesOf(join(world.stateDir, "log"));
  expect(await verifyBytes(sealed)).toMatchObject({ kind: "proven" });
  const key = createPrivateKey(keyOf(world));
  const logs = [undefined, { approver: mallory.name }, { acceptedAt: 1 }, { key: mallory.key }].map((change) =>
    forged(sealed, key, (body) => {
      if (body.kind !== "key.rotated" || body.consent === undefined) return body;
      const { consent, ...rest } = body;
      return change === undefined ? rest : { ...rest, consent: { ...consent, ...change } };
    }),
  );
  const told = hasPython ? second(world.home, [sealed, ...logs]) : [];
  const fault = { kind: "fault", fault: { code: "rotation-unsigned" } };
  for (const bytes of logs) expect(await verifyBytes(bytes)).toMatchObject(fault);
  if (hasPython) expect(told).toMatchObject([{ kind: "proven" }, ...logs.map(() => fault)]);
});

/** A person's terminal: once it has asked, each of these is typed whenever nothing more is said, and then it is left. */
const AT_TERMINAL = String.raw`
import fcntl, os, pty, select, struct, sys, termios
typed = [b"yes\r", b"a wrong passphrase\r", b"a wrong passphrase\r", b"a wrong passphrase\r", b"\x03", b"\x03"]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
asked = b""
while True:
    wait = 1.5 if b"Type yes" in asked and typed else 60
    if not select.select([fd], [], [], wait)[0]:
        if not typed:
            break
        os.write(fd, typed.pop(0))
        continue
    try:
        said = os.read(fd, 65536)
        os.write(1, said)
        asked += said
    except OSError:
        break

sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

test.skipIf(!hasPython)(
  "attack: at a real terminal, a yes without the passphrase of a key replaces nothing (P6)",
  () => {
    giveKey(world, aiko);
    const before = keyOf(world);
    const program = ["node", "dist/kidoban.js", "keys", "rotate", "--config", world.config];
    const { status, stdout } = python(["-c", AT_TERMINAL, ...program], {
      env: { ...world.env, LANG: "C" },
      timeout: 25_000,
    });
    // Both were asked, so it did come that far.
    for (const asked of ["Type yes to go on", "assphrase"]) expect(stdout).toContain(asked);
    expect(status).not.toBe(0);
    expect(keyOf(world)).toBe(before);
    expect(world.entries("key.rotated")).toEqual([]);
  },
);
