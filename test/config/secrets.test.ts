import { existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readEnv } from "../../src/config/env.ts";
import type { SecretRef } from "../../src/config/secret-refs.ts";
import { fill, fillTransport, resolveSecret, secretAge, secretNeedles } from "../../src/config/secrets.ts";
import { runs } from "../running.ts";
import { temporaryFolder, write } from "./files.ts";

const env = readEnv({ PATH: process.env["PATH"], HOME: "/home/someone", TRACKER: "from-the-environment", EMPTY: "" });
const resolve = (ref: SecretRef, folder = "/") => resolveSecret(ref, folder, env);
const command = (...argv: [string, ...string[]]): SecretRef => ({ kind: "command", argv });
const node = (script: string): SecretRef => command(process.execPath, "-e", script);

describe("P9: a secret in a file", () => {
  test("is read from the configuration's folder, without the line break that editors add", async () => {
    const folder = temporaryFolder();
    write(join(folder, "secrets/tracker"), "s3cret value\n", 0o600);
    expect(await resolve({ kind: "file", path: "secrets/tracker" }, folder)).toBe("s3cret value");
  });

  test.each([0o644, 0o640, 0o604, 0o660])("is refused when others can read it: mode %o", async (mode) => {
    const folder = temporaryFolder();
    write(join(folder, "s"), "s3cret value\n", mode);
    await expect(resolve({ kind: "file", path: "s" }, folder)).rejects.toMatchObject({
      code: "secret",
      message: expect.stringContaining(`mode ${mode.toString(8)}`) as string,
    });
  });

  test("is refused through a link to an open file, as a folder, as a pipe, or when it is not there", async () => {
    const folder = temporaryFolder();
    symlinkSync(write(join(folder, "open"), "s3cret value", 0o644), join(folder, "link"));
    mkdirSync(join(folder, "folder"));
    execFileSync("mkfifo", ["-m", "600", join(folder, "pipe")]);
    for (const path of ["link", "folder", "pipe", "missing"])
      await expect(resolve({ kind: "file", path }, folder)).rejects.toMatchObject({ code: "secret" });
  });

  test("tells its age against max_age", async () => {
    const folder = temporaryFolder();
    const path = write(join(folder, "s"), "s3cret value", 0o600);
    utimesSync(path, 1000, 1000);
    expect(await secretAge({ kind: "file", path: "s", maxAgeMs: 5000 }, folder, 1_007_000)).toEqual({
      ageMs: 7000,
      maxAgeMs: 5000,
    });
    expect(await secretAge({ kind: "file", path: "s" }, folder, 0)).toBeUndefined();
    expect(await secretAge({ kind: "file", path: "missing", maxAgeMs: 1 }, folder, 0)).toBeUndefined();
  });
});

describe("P9: a secret from a command", () => {
  test("is its standard output", async () => {
    expect(await resolve(node("console.log('s3cret value')"))).toBe("s3cret value");
  });

  test("runs without a shell: what a shell would obey is an argument", async () => {
    const folder = temporaryFolder();
    const marker = join(folder, "marker");
    expect(await resolve(command("echo", `$(touch ${marker}); touch ${marker} && x`))).toContain("$(touch");
    expect(existsSync(marker)).toBe(false);
  });

  test("sees the base environment and nothing else of ours, and no input", async () => {
    const seen = await resolve(
      node("process.stdin.on('end', () => console.log(Object.keys(process.env).sort().join())).resume()"),
    );
    expect(seen.split(",").filter((name) => !name.startsWith("__"))).toEqual(["HOME", "PATH"]);
  });

  test("its failure is told without what it printed", async () => {
    const failing = resolve(node("console.log('s3cret value'); console.error('s3cret value'); process.exit(3)"));
    await expect(failing).rejects.toMatchObject({
      code: "secret",
      message: expect.stringContaining("exit code 3") as string,
    });
    await expect(failing).rejects.not.toThrow(/s3cret/);
    await expect(resolve(command("/does/not/exist"))).rejects.toThrow(/ENOENT/);
  });

  test("output without end is refused and its processes are ended, grandchildren too", async () => {
    const folder = temporaryFolder();
    const pidFile = join(folder, "pid");
    const script = `const {pid} = require('child_process').spawn('sleep', ['60']); require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(pid)); process.stdout.write('x'.repeat(1e6)); setInterval(() => {}, 1000)`;
    await expect(resolve(node(script))).rejects.toThrow(/too large/);
    const pid = Number(readFileSync(pidFile, "utf8"));
    await expect.poll(() => runs(pid)).toBe(false);
  });
});

describe("P9: any secret", () => {
  test("by env is Kidoban's own variable", async () => {
    expect(await resolve({ kind: "env", name: "TRACKER" })).toBe("from-the-environment");
    await expect(resolve({ kind: "env", name: "EMPTY" })).rejects.toMatchObject({ code: "secret" });
  });

  test("too short to be searched for is refused, and so is one with a NUL", async () => {
    await expect(resolve(command("echo", "abcde"))).rejects.toThrow(/shorter than 6/);
    await expect(resolve(node("process.stdout.write('abc\\0defgh')"))).rejects.toThrow(/NUL/);
    expect(() => secretNeedles(["abcde"])).toThrow(RangeError);
  });

  test("is searched for exactly and as JSON escapes it, the longest first", () => {
    const secret = 'pass"word\\with\nlines\u0001 日本';
    const needles = secretNeedles([secret, "plain-secret"]);
    expect(needles).toContain(secret);
    expect(needles.some((needle) => JSON.stringify({ deep: [secret] }).includes(needle))).toBe(true);
    expect(needles.filter((needle) => needle === "plain-secret")).toHaveLength(1);
    expect(needles.map(({ length }) => length)).toEqual(needles.map(({ length }) => length).toSorted((a, b) => b - a));
  });
});

describe("filling in", () => {
  const secrets = new Map([
    ["TOKEN", "s3cret ${secret:OTHER} $& value"],
    ["OTHER", "other-value"],
    ["LINES", "abc\r\nX-Admin: true"],
  ]);

  test("a value is put in as it is: nothing in it is expanded again", () => {
    expect(fill("Bearer ${secret:TOKEN}", secrets)).toBe("Bearer s3cret ${secret:OTHER} $& value");
    expect(fill("${secret:OTHER}${secret:OTHER}", secrets)).toBe("other-valueother-value");
    expect(() => fill("${secret:MISSING}", secrets)).toThrow(/MISSING/);
  });

  test("a secret with a line break cannot add a header, and the refusal does not quote it", () => {
    const http = { kind: "http", url: "https://x.example/", headers: { "X-Key": "${secret:LINES}" } } as const;
    expect(() => fillTransport(http, secrets)).toThrow(/X-Key/);
    expect(() => fillTransport(http, secrets)).not.toThrow(/Admin/);
    const stdio = {
      kind: "stdio",
      command: "x",
      args: ["${secret:OTHER}"],
      cwd: "/",
      env: { PEM: "${secret:LINES}" },
    } as const;
    expect(fillTransport(stdio, secrets)).toEqual({ ...stdio, env: { PEM: "abc\r\nX-Admin: true" } });
  });
});
