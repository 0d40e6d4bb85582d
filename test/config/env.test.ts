import { homedir, userInfo } from "node:os";
import { expect, test } from "vitest";
import { hazards, readEnv } from "../../src/config/env.ts";

test("state and keys live in the user's own folders, by the XDG rules", () => {
  expect(readEnv({ HOME: "/home/a" })).toMatchObject({
    stateDir: "/home/a/.local/state/kidoban",
    approverDir: "/home/a/.config/kidoban",
    home: "/home/a",
  });
  expect(readEnv({ HOME: "/home/a", XDG_STATE_HOME: "/s", XDG_CONFIG_HOME: "/c" })).toMatchObject({
    stateDir: "/s/kidoban",
    approverDir: "/c/kidoban",
  });
  // A relative one would put the state where the agent's client happens to start us: into the workspace.
  expect(readEnv({ HOME: "/home/a", XDG_STATE_HOME: "state", XDG_CONFIG_HOME: "" })).toMatchObject({
    stateDir: "/home/a/.local/state/kidoban",
    approverDir: "/home/a/.config/kidoban",
  });
  expect(readEnv({}).home).toBe(homedir());
  expect(() => readEnv({ HOME: "." })).toThrow(/absolute/);
});

test("without KIDOBAN_CONFIG there is no configuration to fall back on", () => {
  expect(readEnv({ HOME: "/home/a" })).not.toHaveProperty("configPath");
  expect(readEnv({ HOME: "/home/a", KIDOBAN_CONFIG: "" })).not.toHaveProperty("configPath");
  expect(readEnv({ HOME: "/home/a", KIDOBAN_CONFIG: "/etc/kidoban.yaml" }).configPath).toBe("/etc/kidoban.yaml");
});

const language = (variables: Record<string, string>) => readEnv({ HOME: "/", ...variables }).language;

test("the language is the first that is set of KIDOBAN_LANG, LC_ALL, LC_MESSAGES and LANG", () => {
  expect(language({})).toBe("en");
  expect(language({ LANG: "ja_JP.UTF-8" })).toBe("ja");
  expect(language({ LANG: "ja_JP.UTF-8", LC_ALL: "C" })).toBe("en");
  expect(language({ LANG: "C", LC_MESSAGES: "ja_JP.UTF-8", LC_ALL: "" })).toBe("ja");
  expect(language({ KIDOBAN_LANG: "en", LC_ALL: "ja_JP.UTF-8" })).toBe("en");
});

test("P9: servers are given the base environment and none of our other variables", () => {
  const given = {
    PATH: "/bin",
    HOME: "/home/a",
    USER: "a",
    LANG: "C",
    LC_ALL: "C",
    LC_TIME: "C",
    TZ: "UTC",
    TMPDIR: "/tmp",
  };
  const ours = {
    TRACKER_TOKEN: "x",
    NODE_OPTIONS: "x",
    SSH_AUTH_SOCK: "x",
    KIDOBAN_CONFIG: "/x",
    LD_PRELOAD: "x",
    XPATH: "x",
    PATHX: "x",
    DISPLAY: ":0",
  };
  const env = readEnv({ ...ours, ...given });
  expect(env.baseEnvironment).toEqual(given);
  expect(env.desktop).toEqual({ DISPLAY: ":0" });
  expect(env.get("TRACKER_TOKEN")).toBe("x");
  expect(readEnv(given).desktop).toBeUndefined();
});

test("who runs a command is for the system to say, whatever $USER holds", () => {
  expect(readEnv({ HOME: "/", USER: "somebody-else" }).user).toBe(userInfo().username);
});

test("what lets others into this process is named", () => {
  expect(hazards({}, [])).toEqual([]);
  expect(hazards({ NODE_OPTIONS: " --max-old-space-size=4096 --no-warnings " }, ["--enable-source-maps"])).toEqual([]);
  expect(hazards({ NODE_OPTIONS: "--require ./x.js" }, [])).toEqual(["NODE_OPTIONS=--require ./x.js"]);
  expect(hazards({ NODE_OPTIONS: "--no-warnings --import=data:text/javascript,x" }, [])).toHaveLength(1);
  expect(hazards({ NODE_OPTIONS: "--inspect" }, [])).toHaveLength(1);
  expect(hazards({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }, [])).toHaveLength(1);
  for (const option of ["--inspect", "--inspect=0.0.0.0:9229", "--inspect-brk", "--inspect-wait=1"])
    expect(hazards({}, [option])).toEqual([option]);
  expect(hazards({}, ["--inspector-is-no-option"])).toEqual([]);
});
