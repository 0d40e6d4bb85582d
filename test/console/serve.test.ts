/** `kidoban serve` with the console beside it: two listeners that know nothing of each other. */

import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../free-port.ts";

const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");

const ask = (port: number, path: string, headers: Record<string, string>, method = "GET"): Promise<number> =>
  new Promise((done, fail) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers, setHost: false }, (answer) => {
      answer.resume();
      answer.on("end", () => done(answer.statusCode ?? 0));
    });
    sent.on("error", fail);
    sent.end();
  });

describe("kidoban serve with console:", () => {
  let root: string;
  let child: ChildProcess;
  let agents: number;
  let people: number;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "kidoban-serve-console-"));
    [agents, people] = [await freePort(), await freePort()];
    mkdirSync(join(root, "gate", "manifests"), { recursive: true });
    const config = join(root, "gate", "kidoban.yaml");
    writeFileSync(
      config,
      `kidoban: 1\nservers: {}\nserve: { listen: "127.0.0.1:${agents}" }\nconsole: { listen: "127.0.0.1:${people}" }\n`,
    );
    writeFileSync(join(root, "gate", "manifests", "worker.yaml"), "kidoban: 1\nagent: worker\nservers: {}\n");
    const env = { PATH: process.env["PATH"] ?? "", HOME: root, LANG: "C.UTF-8", KIDOBAN_CONFIG: config };
    child = spawn(process.execPath, [KIDOBAN, "serve", "--json"], { env, stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    await new Promise<void>((done, fail) => {
      child.once("exit", () => fail(new Error(said)));
      child.stdout?.on("data", (bytes: Buffer) => {
        said += bytes.toString();
        if (said.includes('"url"')) done();
      });
    });
    expect(said).toContain(`{"console":"http://kidoban.localhost:${people}"}`);
  });
  afterAll(async () => {
    await new Promise<void>((done) => {
      child.once("exit", () => done());
      child.kill("SIGTERM");
    });
    rmSync(root, { recursive: true, force: true });
  });

  test("P7: the agents' listener has no page, no login and no answer of the console's", async () => {
    const host = `127.0.0.1:${agents}`;
    for (const path of [
      "/",
      "/login",
      "/requests/x/answer",
      "/requests/x/challenge",
      "/enrol/x",
      "/assets/console.js",
      "/events",
    ])
      for (const method of ["GET", "POST"])
        expect([path, method, (await ask(agents, path, { host }, method)) >= 400]).toEqual([path, method, true]);
    expect(await ask(agents, "/login", { host: `kidoban.localhost:${people}` })).toBeGreaterThanOrEqual(400);
  });

  test("P7: the console has no door for agents, and takes none of their tokens", async () => {
    const host = `kidoban.localhost:${people}`;
    expect(await ask(people, "/login", { host })).toBe(200);
    expect(await ask(people, "/mcp", { host, authorization: "Bearer kdb_0123456789ab_x" })).toBe(403);
    expect(await ask(people, "/mcp", { host }, "POST")).toBe(403);
    expect(await ask(people, "/mcp", { host })).toBe(303);
  });
});
