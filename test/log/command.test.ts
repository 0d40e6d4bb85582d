import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { requestCode } from "../../src/approval/action.ts";
import type { LogOptions } from "../../src/cli/log-place.ts";
import { bodiesFile, entriesFile } from "../../src/log/names.ts";
import { en, ja } from "../../src/words/log.ts";
import { bodyLines, linesOf, place, type Place } from "./fixture.ts";
import { kidobanLog } from "./kidoban-log.ts";
import { intent, outcome, pass } from "./samples.ts";

const refs = { action: "ac".repeat(32), nonce: "0b".repeat(16), shown: "5c".repeat(32) };

/** One request from the question to the outcome, a plain read, a denial; in two streams. */
async function sampleLog({ open }: Place) {
  const gate = await open();
  await pass(gate, "read-1");
  const args = '{"path":"a.md","content":"x"}';
  gate.record({
    kind: "request.opened",
    request: "req-1",
    call: "call-1",
    agent: "docs-writer",
    target: { server: "files", kind: "tool", name: "move_file" },
    why: { effect: "ask", access: "write", cause: "rule", rules: ["moves"] },
    args: gate.body(args, true),
    ...refs,
    expiresAt: 5,
    obligations: [],
    claimed: { reason: "tidy up" },
  });
  await gate.synced();
  const desk = await open();
  desk.record({
    kind: "request.answered",
    request: "req-1",
    statement: { assurance: "client", answer: "approve", comment: "fine" },
  });
  // What two streams write in one millisecond has no order of its own.
  for (const answeredBy = Date.now(); Date.now() === answeredBy;)
    await new Promise((resolve) => setTimeout(resolve, 1));
  await desk.close("end");
  gate.record({ kind: "request.claimed", request: "req-1", call: "call-1" });
  gate.record({ ...intent("call-1", "move_file"), request: "req-1", action: refs.action, args: gate.body(args, true) });
  gate.record({ kind: "call.outcome", call: "call-1", status: "ok", result: gate.body('{"content":[]}', true) });
  gate.record({ kind: "call.denied", call: "call-2", agent: "other", asked: "files_rm", args: gate.body("{}", false) });
  await gate.synced();
  return { gate, desk, args };
}

describe("kidoban log", () => {
  test("shows what happened in order, with agent, tool, decision and outcome, in both languages", async () => {
    const here = await place();
    const { gate } = await sampleLog(here);
    const { code, out } = await kidobanLog(here.state, "list");
    expect(code).toBe(0);
    expect(out).toMatch(/TIME +AGENT +WHAT +EVENT +DETAIL\n/);
    expect(out).toMatch(/docs-writer +files\/move_file +asked +by moves · says: tidy up\n/);
    expect(out).toMatch(/docs-writer +files\/move_file +approved +answered by the client · fine\n/);
    expect(out).toMatch(/docs-writer +files\/move_file +ok\n/);
    expect(out).toMatch(/other +files_rm +denied\n/);
    const japanese = await kidobanLog(here.state, "list", {}, { language: "ja" });
    expect(japanese.out).toContain(ja.events["request.opened"]);
    await gate.close("end");
  });

  test("filters by agent, tool, decision and time; an outcome belongs to the agent and tool of its call", async () => {
    const here = await place();
    const { gate } = await sampleLog(here);
    const kinds = async (options: LogOptions): Promise<string[]> =>
      linesOf(Buffer.from((await kidobanLog(here.state, "list", options, { json: true })).out)).map(
        (line) => (JSON.parse(line) as { entry: { kind: string } }).entry.kind,
      );
    expect(await kinds({ agent: "other" })).toEqual(["call.denied"]);
    expect(await kinds({ decision: "deny" })).toEqual(["call.denied"]);
    const moved = ["request.opened", "request.answered", "request.claimed", "call.intent", "call.outcome"];
    expect(await kinds({ tool: "files/move_*" })).toEqual(moved);
    expect(await kinds({ tool: "move_file" })).toEqual(moved);
    expect(await kinds({ tool: "files/write_file" })).toEqual(["call.intent", "call.outcome"]);
    expect(await kinds({ since: "1h", agent: "other" })).toHaveLength(1);
    expect(await kinds({ until: "1h" })).toEqual([]);
    expect(await kinds({ since: "2020-01-01", until: "2020-01-02T10:00" })).toEqual([]);
    await gate.close("end");
  });

  test("says what is wrong with a filter, and with a log that is not there", async () => {
    const here = await place();
    const { gate } = await sampleLog(here);
    for (const options of [
      { decision: "maybe" },
      { since: "yesterday" },
      { since: "2026-13-01" },
      { until: "5 parsecs" },
      { tool: "odd:x/y" },
    ]) {
      const { code, err, out } = await kidobanLog(here.state, "list", options);
      expect([code, out], JSON.stringify(options)).toEqual([2, ""]);
      expect(err).toContain(Object.values(options)[0]);
    }
    expect(await kidobanLog(join(here.state, "elsewhere"), "list")).toMatchObject({ code: 3, out: "" });
    expect(await kidobanLog(join(here.state, "elsewhere"), "verify")).toMatchObject({ code: 3, out: "" });
    await gate.close("end");
  });

  test("prints lines as they were signed with --json", async () => {
    const here = await place();
    const { gate } = await sampleLog(here);
    const { out } = await kidobanLog(here.state, "list", {}, { json: true });
    const signed = linesOf(readFileSync(join(here.dir, entriesFile(gate.stream))));
    for (const line of signed) expect(out).toContain(`{"stream":"${gate.stream}","entry":${line}}\n`);
    await gate.close("end");
  });

  test("follows: prints what is added, each entry once, also those of a stream that is opened later", async () => {
    const here = await place();
    const log = await here.open();
    const ending = new AbortController();
    let seen = "";
    const until = async (what: string): Promise<void> => {
      while (!seen.includes(what)) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    const heard = (out: string): void => void (seen = out);
    const following = kidobanLog(here.state, "list", { follow: true, signal: ending.signal }, { json: true, heard });
    await until("stream.opened");
    await pass(log, "later-1");
    await until('"kind":"call.outcome","call":"later-1"');
    const other = await here.open();
    await pass(other, "later-2");
    await until('"kind":"call.outcome","call":"later-2"');
    ending.abort();
    const { out } = await following;
    const lines = linesOf(Buffer.from(out));
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines).toHaveLength(6);
    await log.close("end");
    await other.close("end");
  });

  test("attack: what an agent, client or server says cannot drive the terminal or imitate other rows", async () => {
    const here = await place();
    const log = await here.open();
    const evil = "\u001b[2J\u001b]0;owned\u0007\r\n2026-01-01 00:00:00  aiko  files/x  approved\u202e\u0000\u009b31m";
    log.record({
      kind: "client.connected",
      agent: evil,
      era: "modern",
      claimed: { client: evil, version: evil, protocol: evil },
    });
    log.record({
      kind: "call.denied",
      call: "evil",
      agent: evil,
      asked: evil,
      args: log.body(evil, true),
      claimed: { reason: evil },
    });
    log.record({ ...intent("evil-2", evil), claimed: { reason: evil } });
    log.record({
      kind: "call.outcome",
      call: "evil-2",
      status: "rpc_error",
      result: log.body(`{"x":${JSON.stringify(evil)}}`, true),
      detail: evil,
    });
    log.record({ kind: "server.ended", server: evil, reason: evil });
    log.record({ kind: "message.refused", agent: evil, side: "agent", method: evil, reason: evil });
    await log.synced();
    const list = await kidobanLog(here.state, "list");
    const show = [
      await kidobanLog(here.state, "show", { id: "evil" }),
      await kidobanLog(here.state, "show", { id: "evil-2" }),
    ];
    for (const { code, out } of [list, ...show]) {
      expect(code).toBe(0);
      expect(out).not.toMatch(/[^\n\P{Cc}]|[\u202e]/u);
      expect(out).toContain("\\u{1b}");
    }
    // One row an entry, and a head.
    expect(linesOf(Buffer.from(list.out))).toHaveLength(8);
    await log.close("end");
  });
});

describe("kidoban log show", () => {
  test("gives everything of a call or request, by any of its ids or its code, over all streams, with the bodies", async () => {
    const here = await place();
    const { gate, args } = await sampleLog(here);
    const byRequest = await kidobanLog(here.state, "show", { id: "req-1" });
    expect(byRequest.code).toBe(0);
    expect(byRequest.out).toContain('"path": "a.md"');
    expect(byRequest.out).toContain(en.answers.approve);
    expect(byRequest.out).toContain('"content": []');
    expect(byRequest.out).not.toContain("read-1");
    expect((await kidobanLog(here.state, "show", { id: "call-1" })).out).toBe(byRequest.out);

    const byCode = await kidobanLog(here.state, "show", { id: requestCode(refs.action, refs.nonce) }, { json: true });
    const value = JSON.parse(byCode.out) as {
      entries: { entry: { kind: string } }[];
      bodies: { kind: string; text?: string }[];
    };
    expect(value.entries.map(({ entry }) => entry.kind)).toEqual([
      "request.opened",
      "request.answered",
      "request.claimed",
      "call.intent",
      "call.outcome",
    ]);
    expect(value.bodies.map(({ kind, text }) => [kind, text])).toEqual([
      ["kept", args],
      ["kept", args],
      ["kept", '{"content":[]}'],
    ]);

    expect((await kidobanLog(here.state, "show", { id: "call-2" })).out).toContain(en.bodyNotKept(2));
    expect(await kidobanLog(here.state, "show", { id: "nothing" })).toMatchObject({ code: 1, out: "" });
    await gate.close("end");
  });

  test("says when a kept body is not what was signed", async () => {
    const here = await place();
    const { gate } = await sampleLog(here);
    await gate.close("end");
    const path = join(here.dir, bodiesFile(gate.stream));
    // As somebody would who has no key, and flips bits where he knows what stands there.
    const [bytes, lines] = [readFileSync(path), await bodyLines(here.dir, gate.stream)];
    const at =
      bytes.indexOf("\n") +
      1 +
      lines
        .map((line) => `${line}\n`)
        .join("")
        .indexOf("a.md");
    bytes[at] = (bytes[at] ?? 0) ^ ("a".charCodeAt(0) ^ "b".charCodeAt(0));
    writeFileSync(path, bytes);
    const { out } = await kidobanLog(here.state, "show", { id: "call-1" });
    expect(out).toContain(en.bodyAltered);
    expect(out).not.toContain("b.md");
    rmSync(path);
    expect((await kidobanLog(here.state, "show", { id: "call-1" })).out).toContain(en.bodyNotKept(29));
  });
});

describe("P6: kidoban log verify", () => {
  test("proves the live log, and says what is not signed yet and that the key was the log's own", async () => {
    const here = await place();
    const { gate } = await sampleLog(here);
    const live = await kidobanLog(here.state, "verify");
    expect(live.code).toBe(0);
    expect(live.out).toContain(en.proven);
    expect(live.out).toContain(en.ownKey);
    await gate.close("end");
    const key = readFileSync(join(here.dir, "key"), "utf8").trim();
    const closed = await kidobanLog(here.state, "verify", { key });
    expect(closed.out).toContain(en.provenFacts(2, 12));
    expect(closed.out).not.toContain(en.ownKey);
    expect((await kidobanLog(here.state, "verify", { key: join(here.dir, "key") })).code).toBe(0);
    expect((await kidobanLog(here.state, "verify", { key: "nonsense" })).code).toBe(2);
    expect((await kidobanLog(here.state, "verify", { checkpoint: join(here.state, "none") })).code).toBe(3);
  });

  test("exits with 1 and names the place of the first fault, in both languages and as JSON", async () => {
    const here = await place();
    const { gate } = await sampleLog(here);
    await gate.close("end");
    const path = join(here.dir, entriesFile(gate.stream));
    writeFileSync(path, readFileSync(path, "utf8").replace('"effect":"ask"', '"effect":"allow"'));
    const found = await kidobanLog(here.state, "verify");
    expect(found.code).toBe(1);
    expect(found.out).toContain(en.faultAt(gate.stream, 4, undefined));
    expect(found.out).toContain(en.faults.changed);
    const japanese = await kidobanLog(here.state, "verify", {}, { language: "ja" });
    expect(japanese.out).toContain(ja.faultAt(gate.stream, 4, undefined));
    const json = JSON.parse((await kidobanLog(here.state, "verify", {}, { json: true })).out) as unknown;
    expect(json).toMatchObject({ kind: "fault", fault: { code: "changed", file: gate.stream, line: 4 } });
  });

  test("takes an export, as folder or as one file, without the state; tampering with either is found", async () => {
    const here = await place();
    const { gate } = await sampleLog(here);
    // A killed writer's rest, not even text, has to survive the export.
    const dead = await here.open();
    await pass(dead, "dead");
    appendFileSync(join(here.dir, entriesFile(dead.stream)), Buffer.from([0x7b, 0xff, 0xfe]));
    await gate.recover([dead.stream]);
    await gate.close("end");
    const folder = join(here.state, "export");
    expect((await kidobanLog(here.state, "export", { out: folder })).code).toBe(0);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
    const file = join(here.state, "export.jsonl");
    writeFileSync(file, (await kidobanLog(here.state, "export")).out);
    for (const line of linesOf(readFileSync(file))) expect(() => JSON.parse(line) as unknown).not.toThrow();

    const nowhere = join(here.state, "nowhere");
    for (const path of [folder, file]) {
      const { code, out } = await kidobanLog(nowhere, "verify", { path });
      expect([code, out], path).toEqual([0, expect.stringContaining(en.provenFacts(3, 16))]);
      expect(out).toContain(en.tornBytes(3));
    }

    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.replace('"comment":"fine"', '"comment":"nope"'));
    expect(await kidobanLog(nowhere, "verify", { path: file })).toMatchObject({ code: 1 });
    writeFileSync(file, whole.slice(0, -40));
    expect(await kidobanLog(nowhere, "verify", { path: file })).toMatchObject({ code: 2 });
    writeFileSync(file, "{}\n");
    expect(await kidobanLog(nowhere, "verify", { path: file })).toMatchObject({ code: 2 });
    rmSync(join(folder, entriesFile(gate.stream)));
    expect(await kidobanLog(nowhere, "verify", { path: folder })).toMatchObject({ code: 1 });
    rmSync(join(folder, "checkpoint"));
    expect(await kidobanLog(nowhere, "verify", { path: folder })).toMatchObject({ code: 3 });
  });

  test("finds a log that was rolled back whole, with a checkpoint that was kept", async () => {
    const here = await place();
    await (await here.open()).close("end");
    const old = join(here.state, "old");
    await kidobanLog(here.state, "export", { out: old });
    await (await here.open()).close("end");
    const kept = join(here.state, "kept");
    writeFileSync(kept, readFileSync(join(here.dir, "checkpoint")));
    expect(await kidobanLog(here.state, "verify", { path: old })).toMatchObject({ code: 0 });
    const { code, out } = await kidobanLog(here.state, "verify", { path: old, checkpoint: kept });
    expect([code, out]).toEqual([1, expect.stringContaining(en.faults["rolled-back"])]);
    expect(await kidobanLog(here.state, "verify", { checkpoint: join(old, "checkpoint") })).toMatchObject({ code: 0 });
  });

  test("an export never overwrites", async () => {
    const here = await place();
    await (await here.open()).close("end");
    const out = join(here.state, "full");
    mkdirSync(out);
    writeFileSync(join(out, "mine"), "x");
    expect(await kidobanLog(here.state, "export", { out })).toMatchObject({ code: 2 });
    expect(readdirSync(out)).toEqual(["mine"]);
    expect(existsSync(join(out, "key"))).toBe(false);
  });
});

test("nothing of an outcome without its call is lost to the reader", async () => {
  const here = await place();
  const log = await here.open();
  log.record(outcome("stray"));
  await log.synced();
  expect((await kidobanLog(here.state, "show", { id: "stray" })).code).toBe(0);
  // And the verifier says that it is wrong.
  expect(await kidobanLog(here.state, "verify")).toMatchObject({
    code: 1,
    out: expect.stringContaining(en.faults["outcome-without-intent"]) as string,
  });
  await log.close("end");
});
