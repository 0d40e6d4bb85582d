/**
 * A gate and an agent as two users of this machine, and what the agent's user tries. Needs root, who alone can make users;
 * elsewhere it says so and is skipped.
 */

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../free-port.ts";
import { textOf } from "../gateway/world.ts";
import { LONGEST_MS, toItsEnd } from "../to-its-end.ts";
import { makeTwoUsers, type Done, type TwoUsers } from "./two-users.ts";

const isRoot = process.platform === "linux" && process.getuid?.() === 0;
if (!isRoot)
  process.stderr.write("test/packaging/separate-user.test.ts is skipped: only root on Linux can make users\n");

const REFUSED = /EACCES|EPERM|Permission denied|Operation not permitted/;

/** What only the gate may read. */
const filesOf = ({ stateDir, home, config, ledger, passphraseFile }: TwoUsers): readonly string[] => [
  join(stateDir, "kidoban.db"),
  join(stateDir, "log"),
  join(stateDir, "keys/installation.pem"),
  join(home, ".config/kidoban/aiko.key.json"),
  passphraseFile,
  join(home, "gate/secrets/token"),
  config,
  join(home, "gate/manifests/worker.yaml"),
  join(home, "gate/kidoban.lock/ledger.yaml"),
  ledger,
];

/** What a page answered. */
interface Told {
  readonly status: number;
  readonly to?: string;
  readonly text: string;
}
const isTurnedAway = ({ status, to }: Told): boolean =>
  status === 303 ? to?.startsWith("/login") === true : status === 401 || status === 403 || status === 410;

/** What the script says that it did. */
const done = (text: string): readonly string[] => text.split("\n").filter((line) => line.startsWith("+ "));

/** One in a folder of the agent's own. */
function looseProgram({ root, uids }: TwoUsers): string {
  const folder = join(root, "loose");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "kidoban.js"), "");
  chownSync(folder, uids.agent, 0);
  return join(folder, "kidoban.js");
}

describe.runIf(isRoot)("a gate as another OS user than its agent", () => {
  let two: TwoUsers;
  let pid: number;
  let firstRun: Done;
  let client: Client | undefined;
  let consolePort: number;

  beforeAll(async () => {
    two = makeTwoUsers();
    consolePort = await freePort();
    firstRun = two.setUp();
    if (firstRun.code !== 0) throw new Error(firstRun.out);
    two.write(two.passphraseFile, two.passphrase);
    const made = two.kidoban("approver", "add", "aiko", "--passphrase-file", two.passphraseFile, "--json");
    const { key } = JSON.parse(made.out) as { readonly key: string };
    two.write(
      two.config,
      `kidoban: 1
servers:
  ledger: { command: ${process.execPath}, args: [${two.server}, ${two.ledger}], env: { TOKEN: "\${secret:TOKEN}" } }
secrets:
  TOKEN: { file: secrets/token }
approvers:
  aiko: { key: "${key}" }
serve:
  users: { worker: ${two.users.agent}, other: ${two.users.other} }
console: { listen: "127.0.0.1:${consolePort}" }
`,
    );
    two.write(join(two.home, "gate/secrets/token"), "of-a-server-and-nobody-else");
    for (const agent of ["worker", "other"])
      two.write(
        join(two.home, `gate/manifests/${agent}.yaml`),
        `kidoban: 1\nagent: ${agent}\nwait: 10m\nservers:\n  ledger: { access: read-write }\n`,
      );
    const pinned = two.kidoban("pin", "--accept-hints");
    if (pinned.code !== 0) throw new Error(pinned.out);
    pid = await two.serve();
    client = await two.client();
  });
  afterAll(async () => {
    try {
      await client?.close();
      await two.stop();
    } finally {
      two.remove();
    }
  });

  const asked = (): Client => {
    if (client === undefined) throw new Error("no client");
    return client;
  };
  const seen = new Set<unknown>();
  /** The next request that waits for a human, while a call of the agent waits for it. */
  const waiting = async (): Promise<string> => {
    for (let tries = 0; tries < 800; tries += 1) {
      const opened = two.entries().find(({ kind, request }) => kind === "request.opened" && !seen.has(request));
      if (opened !== undefined) {
        seen.add(opened["request"]);
        return String(opened["request"]);
      }
      await new Promise((done) => setTimeout(done, 25));
    }
    throw new Error("nothing waits");
  };
  const approve = (request: string): Done =>
    two.kidoban("approve", request, "--as", "aiko", "--passphrase-file", two.passphraseFile);
  const append = (id: string): Promise<unknown> =>
    asked().callTool({ name: "ledger_append", arguments: { id, value: "x" } }, undefined, { timeout: LONGEST_MS });
  const effectsOf = (id: string): number =>
    two.effects().filter((effect) => effect.tool === "append" && effect.id === id).length;

  describe("is set up by the script", () => {
    test("whose second run changes nothing, and whose dry run makes nothing", () => {
      expect(done(firstRun.out).length).toBeGreaterThan(10);
      const again = two.setUp();
      expect([again.code, done(again.out)]).toEqual([0, []]);
      const third = `kdb${process.pid}c`;
      const before = readdirSync(two.root, { recursive: true }).length;
      const dry = two.setUp("--agent", `third:${third}`, "--dry-run");
      expect(dry.code).toBe(0);
      expect(done(dry.out)).toContain(`+ useradd --user-group --create-home --shell /bin/sh ${third}`);
      expect(readdirSync(two.root, { recursive: true })).toHaveLength(before);
      expect(readFileSync("/etc/passwd", "utf8")).not.toContain(third);
    });

    test("with a program that only root can change, and folders that only the gate can read", () => {
      const facts = (path: string) => {
        const { uid, mode } = statSync(path);
        return [uid === two.uids.gate ? "gate" : uid, (mode & 0o777).toString(8)];
      };
      expect(facts(two.program)).toEqual([0, "755"]);
      expect(facts(two.home)).toEqual(["gate", "700"]);
      expect(facts(two.stateDir)).toEqual(["gate", "700"]);
      expect(facts(join(two.sockets, "worker"))).toEqual(["gate", "750"]);
      const unit = readFileSync(join(two.root, "etc/systemd/system/kidoban.service"), "utf8");
      expect(unit).toContain(`User=${two.users.gate}\n`);
      expect(unit).toContain(`${two.program} serve --config ${two.config} --socket-dir ${two.sockets}\n`);
    });

    test.each([
      ["an agent that runs as the gate's own user", () => ["--agent", `x:${two.users.gate}`], "the gate's own user"],
      ["an agent that is root", () => ["--agent", "x:root"], "is root"],
      [
        "a program that others can change",
        () => ["--program", looseProgram(two)],
        "can be changed by others than root",
      ],
      ["a name that would be a path", () => ["--agent", "../x:y"], "is no name to use here"],
      ["an option that there is not", () => ["--force"], "is no option"],
    ])("which refuses %s (P11)", (_, args, why) => {
      const { code, out } = two.setUp(...args());
      expect([code, out]).toEqual([1, expect.stringContaining(why)]);
    });

    test.each([
      ["whose group somebody else is in", () => [two.users.agent, two.users.other], "has other members"],
      ["who is in a group that can become root", () => ["disk", two.users.agent], "can become root"],
    ])("which refuses an agent %s (P11)", (_, membership, why) => {
      const [group = "", user = ""] = membership();
      toItsEnd("gpasswd", ["--add", user, group]);
      const { code, out } = two.setUp();
      const findings = two.kidoban("check", "--socket-dir", two.sockets).out;
      toItsEnd("gpasswd", ["--delete", user, group]);
      expect([code, out]).toEqual([1, expect.stringContaining(why)]);
      expect(findings).toMatch(/may enter here and be worker|is in disk, whose members can become root/);
    });
  });

  describe("serves the agent", () => {
    test("reads pass, a write waits, the approver answers, it happens once (P2)", async () => {
      const read = await asked().callTool({ name: "ledger_read", arguments: { id: "first" } });
      expect(textOf(read)).not.toContain("NOT EXECUTED");
      const written = append("first");
      const request = await waiting();
      expect(effectsOf("first")).toBe(0);
      expect(approve(request)).toMatchObject({ code: 0 });
      expect(textOf(await written)).toContain("first");
      expect(effectsOf("first")).toBe(1);
    });

    test("and says in the log and in check that it is apart, as long as that is so (P6)", () => {
      const modeOf = (kind: string): unknown => two.entries().findLast((entry) => entry.kind === kind)?.["mode"];
      const opened = two.entries().filter(({ kind, mode }) => kind === "stream.opened" && mode === "separate-user");
      expect(opened).toHaveLength(1);
      expect(modeOf("client.connected")).toBe("separate-user");
      const found = (): readonly string[] => {
        const { findings } = JSON.parse(two.kidoban("check", "--json", "--socket-dir", two.sockets).out) as {
          readonly findings: readonly { readonly id: string; readonly file?: string }[];
        };
        return findings.map(({ id, file }) => (file === undefined || !id.startsWith("user") ? id : `${id} ${file}`));
      };
      expect(found().filter((id) => /user|socket/.test(id))).toEqual(["separate-user", "separate-user"]);
      const manifest = join(two.home, "gate/manifests/worker.yaml");
      chmodSync(manifest, 0o660);
      expect(found()).toContain(`user-reaches ${manifest}`);
      chmodSync(manifest, 0o600);
      chownSync(two.program, two.uids.other, 0);
      expect(found()).toEqual(expect.arrayContaining([`user-reaches ${two.program}`, "separate-user"]));
      chownSync(two.program, 0, 0);
    });
  });

  const allRefused = (steps: readonly string[]): void =>
    expect(two.tries(steps).filter((said) => !/ (?:EACCES|EPERM)$/.test(said))).toEqual([]);

  describe("attacks of the agent's own user", () => {
    test("read, change, replace or remove nothing of the gate's (P7, P9)", () => {
      const steps = filesOf(two).flatMap((path) => {
        expect(existsSync(path), path).toBe(true);
        const quoted = JSON.stringify(path);
        return [
          `return fs.${statSync(path).isDirectory() ? "readdirSync" : "readFileSync"}(${quoted})`,
          `return fs.appendFileSync(${quoted}, "x")`,
          `return fs.writeFileSync(${quoted} + ".new", "x")`,
          `return fs.renameSync(${quoted}, ${quoted} + ".old")`,
          `return fs.rmSync(${quoted}, { recursive: true })`,
          `return fs.chmodSync(${quoted}, 0o777)`,
          `return fs.symlinkSync("/tmp", ${quoted} + ".link")`,
        ];
      });
      allRefused(steps);
    });

    test("change neither the program, nor the unit, nor a hook or a setting that the gate would run (P7)", () => {
      const unit = join(two.root, "etc/systemd/system/kidoban.service");
      const running = `return fs.appendFileSync(${JSON.stringify(process.execPath)}, "")`;
      expect(two.tries([running])).toEqual([expect.stringMatching(/ (?:EACCES|ETXTBSY)$/)]);
      allRefused([
        ...[two.program, two.server, unit].map((path) => `return fs.appendFileSync(${JSON.stringify(path)}, "x")`),
        ...[
          join(two.program, "../hook.js"),
          join(two.program, "../../node_modules/pino/hook.js"),
          join(two.home, ".npmrc"),
          join(two.home, ".profile"),
          join(two.home, ".claude/settings.json"),
          `${unit}.d`,
        ].map((path) => `return fs.writeFileSync(${JSON.stringify(path)}, "x")`),
      ]);
    });

    test("approve by the command line answers nothing, even knowing the passphrase (P7)", async () => {
      const written = append("self-approved");
      const request = await waiting();
      const passphrase = `/home/${two.users.agent}/passphrase`;
      two.asAgent(["sh", "-c", `umask 077; printf '%s' ${JSON.stringify(two.passphrase)} > ${passphrase}`]);
      const command = [
        process.execPath,
        two.program,
        "approve",
        request,
        "--as",
        "aiko",
        "--passphrase-file",
        passphrase,
      ];
      const own = two.asAgent(command);
      expect(own.code).not.toBe(0);
      const state = `XDG_STATE_HOME=${join(two.home, ".local/state")}`;
      const keys = `XDG_CONFIG_HOME=${join(two.home, ".config")}`;
      const gates = two.asAgent(["env", state, keys, ...command]);
      expect(gates.code).not.toBe(0);
      expect(gates.out).toMatch(REFUSED);
      expect(effectsOf("self-approved")).toBe(0);
      expect(two.kidoban("deny", request, "--passphrase-file", two.passphraseFile).code).toBe(0);
      expect(textOf(await written)).toContain("DENIED");
      expect(effectsOf("self-approved")).toBe(0);
    });

    test("the approvers' pages show it nothing and take nothing from it (P7)", async () => {
      const written = append("by-the-console");
      const request = await waiting();
      const origin = {
        Origin: `http://kidoban.localhost:${consolePort}`,
        "Content-Type": "application/x-www-form-urlencoded",
      };
      const cookie = { Cookie: `kidoban=${"A".repeat(43)}` };
      const attempts = [
        ...[
          "/",
          `/requests/${request}`,
          `/fragments/requests/${request}`,
          "/log",
          "/history",
          "/config",
          "/events",
        ].map((path) => ({ method: "GET", path, headers: cookie })),
        { method: "GET", path: "/", headers: { Authorization: "Bearer kdb_x" } },
        { method: "GET", path: "/enrol/AAAAAAAAAAAAAAAAAAAAAA", headers: {} },
        ...[`/requests/${request}/challenge`, `/requests/${request}/answer`, "/config/accept", "/login"].map(
          (path) => ({
            method: "POST",
            path,
            headers: { ...origin, ...cookie },
          }),
        ),
      ];
      const code = `const http = require("node:http");
        for (const { method, path, headers } of ${JSON.stringify(attempts)})
          http.request({ port: ${consolePort}, host: "127.0.0.1", method, path, headers: { Host: "kidoban.localhost:${consolePort}", ...headers } }, (answer) => {
            let text = "";
            answer.on("data", (bytes) => (text += bytes)).on("end", () => console.log(JSON.stringify({ path, status: answer.statusCode, to: answer.headers.location, text })));
          }).end();`;
      const said = two
        .asAgent([process.execPath, "-e", code])
        .out.trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Told);
      expect(said).toHaveLength(attempts.length);
      expect(said.filter((one) => !isTurnedAway(one))).toEqual([]);
      expect(said.map(({ text }) => text).join("\n")).not.toMatch(/by-the-console|ledger|worker/);
      expect(two.kidoban("deny", request, "--passphrase-file", two.passphraseFile).code).toBe(0);
      expect(textOf(await written)).toContain("DENIED");
    });

    test("another agent's socket is not reached, nor replaced (P7)", () => {
      const path = two.socketOf("other");
      const { code, out } = two.asAgent([process.execPath, two.program, "connect", "--to", path]);
      expect([code, out]).toEqual([3, expect.stringMatching(REFUSED)]);
      allRefused(
        ["worker", "other"].flatMap((agent) => {
          const folder = JSON.stringify(join(two.sockets, agent));
          return [
            `return fs.rmSync(${JSON.stringify(two.socketOf(agent))})`,
            `return fs.renameSync(${folder}, ${folder} + "2")`,
          ];
        }),
      );
    });

    test("its environment, memory and open files are not seen, and it is not traced (P9)", () => {
      allRefused([
        ...["environ", "mem", "maps", "auxv", "syscall"].map(
          (name) => `return fs.readFileSync("/proc/${pid}/${name}")`,
        ),
        ...["cwd", "exe", "fd/1"].map((name) => `return fs.readlinkSync("/proc/${pid}/${name}")`),
        `return fs.openSync("/proc/${pid}/mem", "r+")`,
      ]);
      // PTRACE_ATTACH, by the number that the system call has here.
      const number = { x64: 101, arm64: 117 }[process.arch as string];
      expect(number).toBeDefined();
      const traced = two.asAgent(["perl", "-e", `print syscall(${number}, 16, ${pid}, 0, 0) == 0 ? "TRACED" : $!`]);
      expect(traced.out).toMatch(REFUSED);
    });

    test("no signal reaches it: no inspector opens, nobody ends it (P7)", async () => {
      const signals = ["SIGUSR1", "SIGTERM", "SIGKILL", "SIGSTOP", "SIGHUP"];
      allRefused(signals.map((signal) => `return process.kill(${pid}, "${signal}")`));
      expect((await asked().listTools()).tools).not.toHaveLength(0);
      expect(two.said()).not.toContain("Debugger");
    });

    test("over HTTP, without a token, is nobody (P7)", async () => {
      const code = `await fetch(${JSON.stringify(two.url())}, { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } }).then((r) => console.log(r.status))`;
      expect(two.asAgent([process.execPath, "--input-type=module", "-e", code]).out.trim()).toBe("401");
    });

    test("of them all nothing was changed: the log verifies, and the write happened once (P6)", () => {
      expect(two.kidoban("log", "verify").code).toBe(0);
      expect(
        two
          .effects()
          .filter(({ tool }) => tool === "append")
          .map(({ id }) => id),
      ).toEqual(["first"]);
    });
  });
});
