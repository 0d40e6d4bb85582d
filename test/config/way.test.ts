/** Who could change what a path leads to: real folders, files and links. */

import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { osUsersIn } from "../../src/config/os-users.ts";
import { openingsFor, stepsIn, stepsTo } from "../../src/config/way.ts";

/** Nobody's here. */
const AGENT = 20_003;
let root: string;
let file: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "kidoban-way-")));
  chmodSync(root, 0o755);
  mkdirSync(join(root, "gate"), { mode: 0o755 });
  file = join(root, "gate/kidoban.yaml");
  writeFileSync(file, "x", { mode: 0o600 });
});
afterEach(() => rmSync(root, { recursive: true }));

const told = (path: string, guard: "fixed" | "private" = "fixed", uid = AGENT) =>
  openingsFor(stepsTo(path, guard), uid).map(({ path: at, by }) => `${by} ${at.slice(root.length)}`);

describe("the way to a file", () => {
  test("is closed where each step is its owner's alone; a sticky folder like /tmp on it opens nothing", () => {
    expect(told(file)).toEqual([]);
  });

  test("is open to whom a step of it belongs, whatever its mode says (P11)", () => {
    chmodSync(file, 0o400);
    expect(told(file, "fixed", process.getuid?.() ?? 0)).toEqual(
      expect.arrayContaining(["owner /gate", "owner /gate/kidoban.yaml"]),
    );
  });

  test.each([
    [0o620, "its group may write"],
    [0o602, "others may write"],
  ])("is open where the file has mode %o: %s (P11)", (mode) => {
    chmodSync(file, mode);
    expect(told(file)).toEqual(["mode /gate/kidoban.yaml"]);
  });

  test("is open where a folder on it can be changed, however far up (P11)", () => {
    chmodSync(root, 0o775);
    expect(told(file)).toEqual(["mode "]);
    chmodSync(root, 0o1777);
    expect(told(file)).toEqual([]);
  });

  test("is open where a link leads through a folder that others can change (P11)", () => {
    mkdirSync(join(root, "open"), { mode: 0o755 });
    symlinkSync(file, join(root, "open/hop"));
    symlinkSync(join(root, "open/hop"), join(root, "start"));
    expect(told(join(root, "start"))).toEqual([]);
    chmodSync(join(root, "open"), 0o777);
    expect(told(join(root, "start"))).toEqual(["mode /open"]);
    chmodSync(join(root, "open"), 0o755);
    chmodSync(file, 0o666);
    expect(told(join(root, "start"))).toEqual(["mode /gate/kidoban.yaml"]);
  });

  test("to what is not there is open where it could be put there, also into a sticky folder (P11)", () => {
    expect(told(join(root, "gate/manifests"))).toEqual([]);
    chmodSync(join(root, "gate"), 0o1777);
    expect(told(join(root, "gate/manifests"))).toEqual(["mode /gate"]);
  });

  test("to what must be private is open as soon as others may read it (P9)", () => {
    expect(told(file, "private")).toEqual([]);
    chmodSync(file, 0o640);
    expect(told(file)).toEqual([]);
    expect(told(file, "private")).toEqual(["mode /gate/kidoban.yaml"]);
  });

  test("that goes in a circle ends", () => {
    symlinkSync(join(root, "b"), join(root, "a"));
    symlinkSync(join(root, "a"), join(root, "b"));
    expect(told(join(root, "a"))).toEqual([]);
  });
});

test("a folder is looked at with everything in it (P11)", () => {
  mkdirSync(join(root, "gate/deep/er"), { recursive: true, mode: 0o755 });
  const inner = join(root, "gate/deep/er/x.js");
  writeFileSync(inner, "");
  chmodSync(inner, 0o644);
  expect(openingsFor(stepsIn(join(root, "gate")), AGENT)).toEqual([]);
  chmodSync(inner, 0o664);
  expect(openingsFor(stepsIn(join(root, "gate")), AGENT)).toEqual([{ path: inner, by: "mode", mode: "664" }]);
});

describe("users of this machine", () => {
  const users = osUsersIn(
    "root:x:0:0:root:/root:/bin/sh\n# a comment\nagent:x:1001:1001::/home/agent:/bin/sh\nother:x:1002:1001::/:/bin/sh\nbroken\n",
    "root:x:0:\nagent:x:1001:\ndocker:x:999:agent,other\nempty:x:5:\n",
  );

  test("have their own group and those that name them", () => {
    expect(users.find("agent")).toEqual({ name: "agent", uid: 1001, groups: ["agent", "docker"] });
    expect(users.find("other")?.groups).toEqual(["agent", "docker"]);
  });

  test("are nobody when they are not there, or have no id that can be read (P11)", () => {
    expect(users.find("nobody-here")).toBeUndefined();
    expect(users.find("broken")).toBeUndefined();
    expect(users.find("")).toBeUndefined();
  });

  test("are members of a group by their own line as well as by the group's", () => {
    expect(users.members(1001)).toEqual(["agent", "other"]);
    expect(users.members(999)).toEqual(["agent", "other"]);
    expect(users.members(5)).toEqual([]);
  });
});
