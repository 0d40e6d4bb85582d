/**
 * The unit as it is, under a real systemd with all that it takes away: does the gate still work in there? `npm run systemd`,
 * as root, with systemd 252 or newer installed; a part of no other run.
 */

import { spawn } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { install } from "../packaging/two-users.ts";

const isAsked = process.env["KIDOBAN_SYSTEMD"] === "1";

/** One client of the agent's: reads, then writes and waits. Prints what comes back. */
const TALK = `
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
const gate = spawn(process.execPath, [process.argv[2], "connect", "--to", "/run/kidoban/docs-writer/gate.sock"], { stdio: ["pipe", "pipe", "inherit"] });
const send = (message) => gate.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
const call = (id, name, args) => send({ id, method: "tools/call", params: { name, arguments: args } });
createInterface({ input: gate.stdout }).on("line", (line) => {
  const { id, result } = JSON.parse(line);
  if (id === 1) (send({ method: "notifications/initialized" }), call(2, "ledger_read", { id: "a" }));
  if (id === 2) (console.log("READ", result.content[0].text), call(3, "ledger_append", { id: "a", value: "v" }));
  if (id === 3) (console.log("WROTE", result.content[0].text), gate.stdin.end());
});
send({ id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "x", version: "1" } } });
`;

/** Runs inside, as a person would: the set-up for real, a configuration, the unit, one read and one write. */
const DRIVE = `
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
ip link set lo up
cp -a /shared/opt /opt/kidoban && cp /shared/ledger-server.mjs /opt/
program=/opt/kidoban/lib/node_modules/kidoban/dist/kidoban.js
gate=/var/lib/kidoban/gate
sh /opt/kidoban/lib/node_modules/kidoban/packaging/setup-separate-user.sh --agent docs-writer:docs-agent >/dev/null
as() { user=$1; shift; setpriv --reuid=$user --regid=$user --init-groups --reset-env "$@"; }
kidoban() { as kidoban ${process.execPath} $program "$@"; }
as kidoban sh -c 'umask 077; printf %s "secret of a test" >/var/lib/kidoban/pp'
line=$(kidoban approver add aiko --passphrase-file /var/lib/kidoban/pp | grep ed25519)
as kidoban sh -c "umask 077; cat >$gate/kidoban.yaml" <<YAML
kidoban: 1
servers:
  ledger: { command: ${process.execPath}, args: [/opt/ledger-server.mjs, /var/lib/kidoban/ledger.jsonl] }
approvers:
$line
serve:
  users: { docs-writer: docs-agent }
YAML
as kidoban sh -c "umask 077; cat >$gate/manifests/docs-writer.yaml" <<YAML
kidoban: 1
agent: docs-writer
wait: 30s
servers:
  ledger: { access: read-write }
YAML
kidoban pin --accept-hints --config $gate/kidoban.yaml >/dev/null
wait_for() { for i in $(seq 300); do "$@" && return 0; sleep 0.1; done; echo "GAVE UP on $*"; }
systemctl start kidoban
wait_for test -S /run/kidoban/docs-writer/gate.sock
pid=$(systemctl show -p MainPID --value kidoban)
grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/$pid/status
as docs-agent ${process.execPath} /shared/talk.mjs $program &
talk=$!
pending() { kidoban --json | grep -q '"pending":\\[{'; }
wait_for pending
kidoban approve "$(kidoban --json | sed 's/.*"pending":\\[{"code":"\\([^"]*\\)".*/\\1/')" --passphrase-file /var/lib/kidoban/pp >/dev/null
wait $talk
echo "APPENDED $(grep -c '"append"' /var/lib/kidoban/ledger.jsonl)"
grep -ho '"mode":"[a-z-]*"' /var/lib/kidoban/.local/state/kidoban/log/*.jsonl | sort | uniq -c
systemctl restart kidoban && wait_for test -S /run/kidoban/docs-writer/gate.sock
systemctl stop kidoban
systemctl show -p Result kidoban
stat -c '%n %U %G %a' /run/kidoban/docs-writer
touch /shared/done
`;

describe.runIf(isAsked)("packaging/systemd/kidoban.service under systemd", () => {
  let shared: string;
  let said = "";

  beforeAll(async () => {
    shared = mkdtempSync(join(tmpdir(), "kidoban-systemd-"));
    chmodSync(shared, 0o755);
    install(join(shared, "opt"));
    copyFileSync(resolve(import.meta.dirname, "ledger-server.mjs"), join(shared, "ledger-server.mjs"));
    writeFileSync(join(shared, "talk.mjs"), TALK);
    writeFileSync(join(shared, "drive.sh"), DRIVE);
    const namespaces = ["--mount", "--pid", "--fork", "--uts", "--ipc", "--net", "--cgroup", "--kill-child"];
    const script = resolve(import.meta.dirname, "systemd-root.sh");
    const child = spawn("unshare", [...namespaces, "sh", script, shared], { stdio: ["ignore", "ignore", "pipe"] });
    let failed = "";
    child.stderr.on("data", (bytes: Buffer) => (failed += bytes.toString()));
    const ended = new Promise<void>((done) => child.once("exit", () => done()));
    for (let tries = 0; tries < 900 && child.exitCode === null && !existsSync(join(shared, "done")); tries += 1)
      await new Promise((done) => setTimeout(done, 100));
    child.kill("SIGKILL");
    await ended;
    const path = join(shared, "said");
    said = (existsSync(path) ? readFileSync(path, "utf8") : "") + failed;
  });
  afterAll(() => rmSync(shared, { recursive: true, force: true }));

  test("the gate works with everything taken away that the unit takes away (P2)", () => {
    expect(said).toContain("READ nothing");
    expect(said).toContain("WROTE append a: done");
    expect(said).toContain("APPENDED 1\n");
    expect(said).toMatch(/^CapBnd:\t0{16}$/m);
    expect(said).toMatch(/^NoNewPrivs:\t1$/m);
    expect(said).toMatch(/^Seccomp:\t2$/m);
  });

  test("it knows that it is apart from the agent, and ends well; the sockets' folders stay", () => {
    expect(said).toContain('"mode":"separate-user"');
    expect(said).not.toContain('"mode":"same-user"');
    expect(said).toContain("Result=success\n");
    expect(said).toContain("/run/kidoban/docs-writer kidoban docs-agent 750\n");
  });
});
