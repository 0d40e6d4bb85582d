/**
 * A gate in a container, its agent as another user of the host, and what that user tries. It needs root and a podman that
 * can run containers; elsewhere it says so and is skipped.
 */

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { textOf } from "../gateway/world.ts";
import { LONGEST_MS } from "../to-its-end.ts";
import { findPodman, HOME, makeContainer, storeFolder, type Container } from "./container.ts";
import type { Done } from "./two-users.ts";

const folder = storeFolder();
const podman = findPodman(folder.path);
afterAll(() => folder.remove());
if (typeof podman === "string") {
  process.stderr.write(`test/packaging/container.test.ts is skipped: ${podman}\n`);
  // Where no test runs, no hook does.
  folder.remove();
}

const REFUSED = /EACCES|EPERM|Permission denied|Operation not permitted/;

describe.skipIf(typeof podman === "string")("a gate in a container", () => {
  let box: Container;
  /** As the host counts. */
  let pid: number;
  let client: Client;

  beforeAll(async () => {
    if (typeof podman === "string") return;
    box = makeContainer(folder.path, podman);
    box.write(box.passphraseFile, box.passphrase);
    const made = box.once("approver", "add", "aiko", "--passphrase-file", `${HOME}/passphrase`, "--json");
    const { key } = JSON.parse(made.out) as { readonly key: string };
    box.write(join(box.home, "gate/ledger-server.mjs"), readFileSync(box.server, "utf8"));
    box.write(
      box.config,
      `kidoban: 1
servers:
  ledger: { command: node, args: [${HOME}/gate/ledger-server.mjs, ${HOME}/ledger.jsonl] }
approvers:
  aiko: { key: "${key}" }
serve:
  users: { worker: ${box.users.agent}, other: ${box.users.other} }
`,
    );
    for (const agent of ["worker", "other"])
      box.write(
        join(box.home, `gate/manifests/${agent}.yaml`),
        `kidoban: 1\nagent: ${agent}\nwait: 10m\nservers:\n  ledger: { access: read-write }\n`,
      );
    const pinned = box.once("pin", "--accept-hints");
    if (pinned.code !== 0) throw new Error(pinned.out);
    const accepted = box.once("accept", "--yes", "--as", "aiko", "--passphrase-file", `${HOME}/passphrase`);
    if (accepted.code !== 0) throw new Error(accepted.out);
    pid = await box.start();
    client = await box.client();
  }, 180_000);
  afterAll(async () => {
    await client?.close();
    box?.removeAll();
  });

  const append = (id: string): Promise<unknown> =>
    client.callTool({ name: "ledger_append", arguments: { id, value: "x" } }, undefined, { timeout: LONGEST_MS });
  const effectsOf = (id: string): number => box.effects().filter((effect) => effect.id === id).length;
  const seen = new Set<unknown>();
  /** The next request that waits for a human. */
  const waiting = async (): Promise<string> => {
    for (let tries = 0; tries < 800; tries += 1) {
      const opened = box.entries().find(({ kind, request }) => kind === "request.opened" && !seen.has(request));
      if (opened !== undefined) {
        seen.add(opened["request"]);
        return String(opened["request"]);
      }
      await new Promise((next) => setTimeout(next, 25));
    }
    throw new Error("nothing waits");
  };
  const allRefused = (steps: readonly string[]): void =>
    expect(box.tries(steps).filter((said) => !/ (?:EACCES|EPERM)$/.test(said))).toEqual([]);
  const answered = (word: "approve" | "deny", request: string): Done =>
    box.inside("kidoban", word, request, "--as", "aiko", "--passphrase-file", `${HOME}/passphrase`);

  test("serves an agent of the host by its socket: a write waits, the approver answers, it happens once (P2)", async () => {
    const written = append("first");
    const request = await waiting();
    expect(effectsOf("first")).toBe(0);
    expect(answered("approve", request)).toMatchObject({ code: 0 });
    expect(textOf(await written)).toContain("first");
    expect(effectsOf("first")).toBe(1);
  });

  test("says that it is apart, in the log and in check, for it knows the host's users (P6)", () => {
    const modesOf = (of: string): unknown[] => box.entries().flatMap(({ kind, mode }) => (kind === of ? [mode] : []));
    expect(modesOf("stream.opened").filter((mode) => mode === "separate-user")).toHaveLength(1);
    expect(modesOf("client.connected")).toEqual(["separate-user"]);
    const { findings } = JSON.parse(box.inside("kidoban", "check", "--json", "--socket-dir", "/run/kidoban").out) as {
      readonly findings: readonly { readonly id: string }[];
    };
    expect(findings.map(({ id }) => id).filter((id) => /user|socket/.test(id))).toEqual([
      "separate-user",
      "separate-user",
    ]);
  });

  test("has no rights, no other process, no network and nothing to write to but its two folders (P7)", () => {
    const js = `const fs = require("node:fs");
      const writes = (path) => { try { fs.writeFileSync(path, ""); return "written"; } catch ({ code }) { return code; } };
      console.log(JSON.stringify({
        uid: process.getuid(),
        rights: /CapEff:\\s*(\\w+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1],
        processes: fs.readdirSync("/proc").filter((name) => name === "1" || name === "${pid}"),
        networks: fs.readdirSync("/sys/class/net"),
        writes: ["/opt/kidoban/x", "/etc/x", "/x", "/opt/kidoban/lib/node_modules/kidoban/dist/gate.js"].map(writes),
      }))`;
    const { uid, rights, processes, networks, writes } = JSON.parse(box.inside("node", "-e", js).out) as Readonly<
      Record<string, unknown>
    >;
    expect([uid, rights, processes, networks]).toEqual([box.uids.gate, "0000000000000000", ["1"], ["lo"]]);
    expect((writes as string[]).filter((code) => code !== "EROFS" && code !== "EACCES")).toEqual([]);
  });

  describe("attacks of the agent's own user on the host", () => {
    test("read, change or remove nothing of the gate's, and cannot write its log (P6, P7, P9)", () => {
      const paths = [
        join(box.stateDir, "kidoban.db"),
        join(box.stateDir, "log"),
        join(box.stateDir, "keys/installation.pem"),
        join(box.home, ".config/kidoban/aiko.key.json"),
        box.passphraseFile,
        box.config,
        box.ledger,
        join(folder.path, "store"),
      ];
      for (const path of paths) expect(existsSync(path), path).toBe(true);
      allRefused(
        paths.flatMap((path) => {
          const quoted = JSON.stringify(path);
          return [
            `return fs.${statSync(path).isDirectory() ? "readdirSync" : "readFileSync"}(${quoted})`,
            `return fs.writeFileSync(${quoted} + ".new", "x")`,
            `return fs.renameSync(${quoted}, ${quoted} + ".old")`,
            `return fs.chmodSync(${quoted}, 0o777)`,
          ];
        }),
      );
    });

    test("come in neither by the process nor by the engine: no signal, no memory, no exec (P7)", () => {
      expect(box.asAgent(["sh", "-c", `kill -9 ${pid}`]).out).toMatch(REFUSED);
      expect(box.asAgent(["sh", "-c", `kill -USR1 ${pid}`]).out).toMatch(REFUSED);
      allRefused([
        `return fs.readFileSync("/proc/${pid}/environ")`,
        `return fs.openSync("/proc/${pid}/mem", "r+")`,
        `return fs.readdirSync("/proc/${pid}/root")`,
        `return fs.readdirSync("/proc/${pid}/fd")`,
      ]);
      expect(box.asAgent(["nsenter", "--target", String(pid), "--all", "true"]).out).toMatch(REFUSED);
      const store = [`--root=${join(folder.path, "store")}`, `--runroot=${join(folder.path, "run")}`];
      for (const command of [
        ["exec", box.name, "kidoban", "resume"],
        ["kill", box.name],
        ["rm", "--force", box.name],
      ])
        expect(box.asAgent(["podman", ...store, ...command]).code).not.toBe(0);
      expect(statSync(`/proc/${pid}`).isDirectory()).toBe(true);
    });

    test("approve nothing with a program and a state of their own, even knowing the passphrase (P7)", async () => {
      const written = append("self-approved");
      const request = await waiting();
      const passphrase = `/home/${box.users.agent}/passphrase`;
      box.asAgent(["sh", "-c", `umask 077; printf '%s' ${JSON.stringify(box.passphrase)} > ${passphrase}`]);
      const approve = [
        process.execPath,
        box.program,
        "approve",
        request,
        "--as",
        "aiko",
        "--passphrase-file",
        passphrase,
      ];
      expect(box.asAgent(approve).code).not.toBe(0);
      const gates = [
        `XDG_STATE_HOME=${join(box.home, ".local/state")}`,
        `XDG_CONFIG_HOME=${join(box.home, ".config")}`,
      ];
      expect(box.asAgent(["env", ...gates, ...approve]).out).toMatch(REFUSED);
      expect(answered("deny", request).code).toBe(0);
      expect(textOf(await written)).toContain("DENIED");
      expect(effectsOf("self-approved")).toBe(0);
    });

    test("are no other agent: that one's socket is not theirs (P7)", () => {
      const other = box.asAgent([process.execPath, box.program, "connect", "--to", box.socketOf("other")]);
      expect([other.code === 0, other.out]).toEqual([false, expect.stringMatching(REFUSED)]);
    });
  });

  test("is stopped from inside: nothing is forwarded any more (P8)", async () => {
    const { code, out } = box.inside("kidoban", "stop", "--reason", "odd calls");
    expect([code, out]).toEqual([0, expect.stringContaining("Acknowledged by 1 running gate")]);
    expect(textOf(await append("after"))).toContain("STOPPED");
    expect(effectsOf("after")).toBe(0);
  });

  test("ends as a service ends, and its log is proven afterwards (P6)", async () => {
    await client.close();
    expect(box.stopContainer()).toBe("0");
    const verified = box.once("log", "verify");
    expect([verified.code, verified.out]).toEqual([0, expect.stringContaining("The log is proven.")]);
  });
});
