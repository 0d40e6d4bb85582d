/** How far a gate is apart from an agent: never said to be more than can be found out. Real files, users as passwd(5) has them. */

import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { guardedSteps } from "../../src/compose/guarded.ts";
import { openModes, ownUid, type AgentMode } from "../../src/compose/mode.ts";
import { readConfig, type Config } from "../../src/config/config-file.ts";
import { readEnv } from "../../src/config/env.ts";
import { osUsersIn } from "../../src/config/os-users.ts";
import { openingsFor } from "../../src/config/way.ts";

const AGENT = 20_004;
let root: string;
let configPath: string;
let program: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "kidoban-mode-")));
  chmodSync(root, 0o755);
  for (const folder of [
    "gate/manifests",
    "gate/kidoban.lock",
    "gate/secrets",
    "state/kidoban",
    "bin",
    "opt/dist",
    "opt/node_modules/pino",
  ])
    mkdirSync(join(root, folder), { recursive: true, mode: 0o755 });
  configPath = put("gate/kidoban.yaml");
  put("gate/manifests/worker.yaml");
  put("gate/kidoban.lock/files.yaml");
  put("gate/secrets/token");
  put("opt/dist/chunk.js");
  put("opt/node_modules/pino/pino.js");
  put("bin/server", 0o755);
  put("gate/server.mjs");
  program = put("opt/dist/kidoban.js");
  chmodSync(join(root, "state/kidoban"), 0o700);
});
afterEach(() => rmSync(root, { recursive: true }));

function put(name: string, mode = 0o600): string {
  const path = join(root, name);
  writeFileSync(path, "x");
  chmodSync(path, mode);
  return path;
}

const configOf = (more: string): Config => {
  const { config, problems } = readConfig("kidoban.yaml", `kidoban: 1\n${more}\n`, join(root, "gate"));
  if (config === undefined) throw new Error(JSON.stringify(problems));
  return config;
};
const config = (): Config =>
  configOf(`servers:
  files: { command: server, args: [./server.mjs, ./data] }
secrets:
  TOKEN: { file: secrets/token }
serve:
  users: { worker: agent }`);
const env = () =>
  readEnv({
    HOME: root,
    XDG_STATE_HOME: join(root, "state"),
    XDG_CONFIG_HOME: join(root, "approver"),
    PATH: join(root, "bin"),
  });
const openings = (): readonly string[] =>
  openingsFor(
    guardedSteps({ configPath, config: config(), env: env(), program, node: join(root, "bin/server") }),
    AGENT,
  ).map(({ path }) => path.slice(root.length + 1));

describe("what a gate goes by", () => {
  test("is closed as it should be", () => {
    expect(openings()).toEqual([]);
  });

  test.each([
    ["the configuration", "gate/kidoban.yaml", 0o620],
    ["its folder", "gate", 0o777],
    ["a manifest", "gate/manifests/worker.yaml", 0o606],
    ["the folder of manifests, sticky as it may be", "gate/manifests", 0o1777],
    ["a lock", "gate/kidoban.lock/files.yaml", 0o660],
    ["a secret that can be read", "gate/secrets/token", 0o640],
    ["the state, if only to be read", "state/kidoban", 0o750],
    ["the home folder", "", 0o775],
    ["the program", "opt/dist/kidoban.js", 0o602],
    ["a part of the program", "opt/dist/chunk.js", 0o602],
    ["a package that it loads", "opt/node_modules/pino/pino.js", 0o620],
    ["a folder on PATH", "bin", 0o777],
    ["a server's program", "bin/server", 0o757],
    ["a server's script", "gate/server.mjs", 0o666],
  ])("is seen to be open: %s (P11)", (_, name, mode) => {
    chmodSync(join(root, name), mode);
    expect(openings()).toContain(name);
  });

  test("is seen to be open behind a link that the program is started by (P11)", () => {
    mkdirSync(join(root, "usr"));
    symlinkSync(program, join(root, "usr/kidoban"));
    program = join(root, "usr/kidoban");
    chmodSync(join(root, "opt/dist/chunk.js"), 0o666);
    expect(openings()).toEqual(["opt/dist/chunk.js"]);
  });

  test("does not include what servers are there to change", () => {
    mkdirSync(join(root, "gate/data"));
    chmodSync(join(root, "gate/data"), 0o777);
    expect(openings()).toEqual([]);
  });
});

const running = (name: string): Config => configOf(`servers: {}\nserve:\n  users: { worker: ${name} }`);
const kinds = (of: AgentMode): readonly string[] => of.doubts.map(({ kind }) => kind);

describe("an agent", () => {
  const users = osUsersIn(
    `root:x:0:0::/:\nagent:x:${AGENT}:${AGENT}::/:\nsame:x:${ownUid()}:5::/:\nmighty:x:20009:20009::/:\nfriend:x:20010:${AGENT}::/:\n`,
    `agent:x:${AGENT}:\ndocker:x:999:mighty\n`,
  );
  let now = 0;
  const opened = (socketDir?: string) =>
    openModes({ configPath, env: env(), program, uid: ownUid(), users, socketDir, now: () => now });
  const modeFor = (name: string, socketDir?: string): AgentMode => opened(socketDir)("worker", running(name));

  test("of whom nobody said which user it is, is unknown", () => {
    expect(opened()("worker", configOf("servers: {}"))).toEqual({ mode: "unknown", doubts: [] });
  });

  test("is looked at again after a minute, and with another configuration (P11)", () => {
    const [find, before] = [opened(), running("agent")];
    const seen = (config = before): boolean =>
      find("worker", config).doubts.some(
        (doubt) => doubt.kind === "reaches" && doubt.openings.some(({ path }) => path === configPath),
      );
    expect(seen()).toBe(false);
    chmodSync(configPath, 0o666);
    expect(seen(running("agent"))).toBe(true);
    chmodSync(configPath, 0o600);
    expect(seen()).toBe(false);
    chmodSync(configPath, 0o666);
    now += 60_000;
    expect(seen()).toBe(true);
  });

  test("is unknown where files cannot be looked at (P11)", () => {
    rmSync(join(root, "gate/manifests"), { recursive: true });
    writeFileSync(join(root, "gate/manifests"), "");
    expect(modeFor("agent")).toMatchObject({ mode: "unknown", doubts: [{ kind: "unseen" }] });
  });

  test("whose user is not there is unknown, never somebody else (P11)", () => {
    expect(modeFor("missing")).toMatchObject({ mode: "unknown", doubts: [{ kind: "no-such-user" }] });
  });

  test.each(["same", "root"])("that runs as %s is not apart (P11)", (name) => {
    expect(modeFor(name)).toMatchObject({ mode: "same-user", doubts: [{ kind: "own-user" }] });
  });

  test("that can become root is not apart (P11)", () => {
    expect(modeFor("mighty").mode).toBe("same-user");
    expect(kinds(modeFor("mighty"))).toContain("powerful");
  });

  test("whose socket somebody else can enter is not apart (P11)", () => {
    const folder = join(root, "run/worker");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    expect(kinds(modeFor("agent", dirname(folder)))).not.toContain("shared-socket");
    if (process.getuid?.() !== 0) return;
    // Only root can give a folder to a group of nobody's.
    chownSync(folder, 0, AGENT);
    chmodSync(folder, 0o750);
    expect(modeFor("agent", dirname(folder)).doubts).toContainEqual({
      kind: "shared-socket",
      path: folder,
      users: ["friend"],
    });
  });
});
