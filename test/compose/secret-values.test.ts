/** Secrets that change while a gate runs. */

import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { learningGuard } from "../../src/compose/secret-guard.ts";
import { secretsOf, secretValues, type SecretValues } from "../../src/compose/secret-values.ts";
import { readConfig, type Config } from "../../src/config/config-file.ts";
import { readEnv } from "../../src/config/env.ts";
import { transportFor } from "../../src/config/transport-for.ts";

let folder: string;
let values: SecretValues;
let learned: (readonly [string, string])[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kidoban-secrets-"));
  learned = [];
  const env = readEnv({ PATH: process.env["PATH"], HOME: folder, MINE: "from-the-environment" });
  values = secretValues(env, (name, value) => {
    // Before anybody can use it.
    expect(values.current.get(name)).not.toBe(value);
    learned.push([name, value]);
  });
});
afterEach(() => {
  values.close();
  rmSync(folder, { recursive: true, force: true });
});

const put = (text: string, name = "token"): void => {
  writeFileSync(join(folder, `${name}.new`), text, { mode: 0o600 });
  renameSync(join(folder, `${name}.new`), join(folder, name));
};
function config(secrets: string, servers = "{}"): Config {
  const read = readConfig("kidoban.yaml", `kidoban: 1\nservers: ${servers}\nsecrets: { ${secrets} }\n`, folder);
  if (read.config === undefined) throw new Error(JSON.stringify(read.problems));
  return read.config;
}

describe("P9: a secret that changes while the gate runs", () => {
  test("in a file is read again without a restart, and known to the guard before it is used", async () => {
    put("first-value");
    await values.load(config("T: { file: token }"), ["T"]);
    expect(values.current.get("T")).toBe("first-value");
    put("second-value");
    await expect.poll(() => values.current.get("T")).toBe("second-value");
    expect(learned).toEqual([
      ["T", "first-value"],
      ["T", "second-value"],
    ]);
  });

  test("and cannot be read for a moment, or is open to others, stays as it was", async () => {
    // Nobody but this test looks at the file.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    put("first-value");
    await values.load(config("T: { file: token }"), ["T"]);
    rmSync(join(folder, "token"));
    expect(await values.reload(["T"])).toBe(false);
    writeFileSync(join(folder, "token"), "open-to-all");
    chmodSync(join(folder, "token"), 0o644);
    expect(await values.reload(["T"])).toBe(false);
    expect(values.current.get("T")).toBe("first-value");
    chmodSync(join(folder, "token"), 0o600);
    expect(await values.reload(["T"])).toBe(true);
    expect(values.current.get("T")).toBe("open-to-all");
  });

  test("from a command comes again when it is asked for, from our environment never", async () => {
    writeFileSync(join(folder, "count"), "value-of-run-");
    const command = JSON.stringify([
      process.execPath,
      "-e",
      "const fs = require('fs'); fs.appendFileSync('count', 'x'); console.log(fs.readFileSync('count', 'utf8'))",
    ]);
    await values.load(config(`C: { command: ${command} }, E: { env: MINE }`), ["C", "E"]);
    expect(values.current.get("C")).toBe("value-of-run-x");
    expect(await values.reload(["C", "E"])).toBe(true);
    expect(values.current.get("C")).toBe("value-of-run-xx");
    expect(values.current.get("E")).toBe("from-the-environment");
    // What was loaded from the same place is not run again.
    await values.load(config(`C: { command: ${command} }, E: { env: MINE }`), ["C", "E"]);
    expect(readFileSync(join(folder, "count"), "utf8")).toBe("value-of-run-xx");
  });

  test("comes from elsewhere when an accepted configuration says so", async () => {
    put("in-the-file");
    put("in-the-other", "other");
    await values.load(config("T: { file: token }"), ["T"]);
    await values.load(config("T: { file: other }"), ["T"]);
    expect(values.current.get("T")).toBe("in-the-other");
    put("changed-other", "other");
    await expect.poll(() => values.current.get("T")).toBe("changed-other");
  });

  test("that is wrong at the start stops it, and is not half known after", async () => {
    await expect(values.load(config("T: { file: token }"), ["T"])).rejects.toMatchObject({ code: "secret" });
    put("first-value");
    await values.load(config("T: { file: token }"), ["T"]);
    expect(values.current.get("T")).toBe("first-value");
  });
});

const value = (n: number): string => `value-number-${n}-of-it`;

describe("P9: the guard", () => {
  test("finds what it learned, the replaced values too, for some time", () => {
    const guard = learningGuard();
    for (let n = 1; n <= 20; n += 1) guard.learn("T", value(n));
    guard.learn("T", value(20));
    expect(guard.hide(`${value(20)} ${value(13)}`)).toBe("[secret T] [secret T]");
    expect(guard.carries(value(12))).toBe(false);
    expect(guard.carries(JSON.stringify({ deep: [value(20)] }))).toBe(true);
  });

  test("takes out the longest first", () => {
    const guard = learningGuard();
    guard.learn("SHORT", "abcdefgh");
    guard.learn("LONG", "abcdefgh-and-more");
    expect(guard.hide("x abcdefgh-and-more y")).toBe("x [secret LONG] y");
  });
});

describe("an agent's own credentials", () => {
  const servers = `{
    web: { url: "https://x.example/mcp", headers: { authorization: "Bearer \${secret:ALL}", X-Team: docs },
      credentials: { worker: { headers: { Authorization: "Bearer \${secret:OWN}" } } } },
    run: { command: x, env: { KEY: "\${secret:ALL}", MODE: fast }, credentials: { worker: { env: { KEY: "\${secret:OWN}" } } } } }`;
  const of = (server: string) => {
    const found = config("ALL: { env: A }, OWN: { env: B }", servers).servers.get(server);
    if (found === undefined) throw new Error(server);
    return found;
  };

  test("take the place of the server's, whatever the case of a header, for that agent alone", () => {
    expect(transportFor(of("web"), "worker")).toMatchObject({
      headers: { Authorization: "Bearer ${secret:OWN}", "X-Team": "docs" },
    });
    expect(Object.keys((transportFor(of("web"), "worker") as { headers: object }).headers)).toHaveLength(2);
    expect(transportFor(of("web"), "another")).toMatchObject({ headers: { authorization: "Bearer ${secret:ALL}" } });
    expect(transportFor(of("run"), "worker")).toMatchObject({ env: { KEY: "${secret:OWN}", MODE: "fast" } });
    for (const name of ["toString", "__proto__", "constructor"])
      expect(transportFor(of("run"), name)).toMatchObject({ env: { KEY: "${secret:ALL}" } });
  });

  test("P9: only they are read for that agent", () => {
    expect(secretsOf(of("web"), "worker")).toEqual(["OWN"]);
    expect(secretsOf(of("web"), undefined)).toEqual(["ALL"]);
  });

  test("stand in the text that a lock keeps, by name", () => {
    expect(of("web").endpoint).toBe(
      'https://x.example/mcp authorization: "Bearer ${secret:ALL}" x-team: "docs" [worker: Authorization="Bearer ${secret:OWN}"]',
    );
  });
});
