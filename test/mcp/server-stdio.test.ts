import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Forwarded } from "../../src/gateway/ports.ts";
import { Cancelling } from "../../src/mcp/agent-call.ts";
import { runs } from "../running.ts";
import { allGone, call, endAll, fixture, startOdd, startStdio, textOf, until } from "./fixtures.ts";

afterEach(endAll);

describe("a server over stdio", () => {
  it("is greeted in the 2025 era first, and in the 2026 era on the same process when that is refused", async () => {
    const old = startOdd("--die-on-discover");
    const modern = startOdd("--modern-only");
    await Promise.all([old.server.ready(), modern.server.ready()]);
    expect(old.server.claimed).toEqual({ name: "odd", version: "1", protocol: "2025-11-25" });
    expect(modern.server.claimed).toEqual({ name: "odd", version: "1", protocol: "2026-07-28" });
    expect([old.starts.length, old.ends.length, modern.starts.length, modern.ends.length]).toEqual([1, 0, 1, 0]);
    expect(textOf(await call(modern.server, "echo", { text: "modern" }))).toBe("modern");
  });

  it.each(["sdk-v1.mjs", "sdk-v2.mjs"])("of the SDK works: %s", async (name) => {
    const { server, changes } = startStdio([fixture(name)]);
    await server.ready();
    expect((await server.list("tool")).map((tool) => tool["name"])).toContain("echo");
    expect(textOf(await call(server, "echo", { text: "日本語 🎏" }))).toBe("日本語 🎏");
    const steps: unknown[] = [];
    expect((await call(server, "steps", {}, { progress: (params) => steps.push(params) })).status).toBe("ok");
    expect(steps).toEqual([1, 2, 3].map((progress) => ({ progress, total: 3 })));
    await call(server, "change_list");
    await until(() => changes.includes("list"));
  });

  it("P3: is sent the arguments byte for byte, and nothing of ours beside them", async () => {
    const { server } = startOdd();
    await server.ready();
    const argsText = '{"b":1,"a":{"__proto__":2},"n":1.50,"s":"\\u00e9"}';
    const sent = textOf(await call(server, "mirror", {}, { argsText }));
    expect(sent).toMatch(/^\{"jsonrpc":"2\.0","id":\d+,"method":"tools\/call","params":\{"name":"mirror","arguments":/);
    expect(sent).toContain(`"arguments":${argsText}}}`);
  });

  it("P10: is sent trace context and a progress token of ours when they are wanted, and no other `_meta`", async () => {
    const { server } = startOdd();
    await server.ready();
    const trace = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", baggage: "secret=1" };
    const sent = textOf(await call(server, "mirror", {}, { trace, progress: () => undefined }));
    const { id, params } = JSON.parse(sent) as { id: number; params: { _meta: object } };
    expect(params._meta).toEqual({ progressToken: id, traceparent: trace.traceparent });
  });

  it("P10: gives results and errors as the bytes that came", async () => {
    const { server } = startOdd();
    await server.ready();
    expect(await call(server, "big_number")).toEqual({
      status: "ok",
      member: "result",
      text: '{"content":[],"structuredContent":{"n":9007199254740993.10},"x-unknown":1e400}',
    });
    expect(await call(server, "error")).toEqual({
      status: "rpc_error",
      member: "error",
      text: '{"code":-32050,"message":"odd error","data":{"big":1}}',
    });
    expect((await call(server, "fails")).status).toBe("tool_error");
    expect(textOf(await call(server, "result_first"))).toBe('a } " , \\');
    expect((await call(server, "spaced")).text).toBe('{ "content" : [ ] }');
    expect(textOf(await call(server, "split"))).toBe("日本語 🎏");
    expect((await call(server, "two_in_one")).status).toBe("ok");
  });

  it("lists every page and drops single bad tools, telling which (P2, P11)", async () => {
    const { server, refusals } = startOdd("--pages");
    const tools = await server.list("tool");
    expect(tools.map((tool) => tool["name"])).toEqual(["echo", "mirror", "fails", "__proto__", "constructor"]);
    expect(refusals.map((refusal) => refusal.reason)).toEqual([
      "dropped a definition without a name: not an object",
      "dropped a definition without a name: not an object",
      "dropped a definition without a name: a name that is not 1 to 128 characters",
      "dropped : a name that is not 1 to 128 characters",
      "dropped no_schema: an inputSchema that is not of type object",
      "dropped not_object: an inputSchema that is not of type object",
      `dropped ${"x".repeat(128)}: a name that is not 1 to 128 characters`,
      "dropped double: 2 of one name",
    ]);
  });

  it("that pages without end is not followed", async () => {
    const { server } = startOdd("--pages", "--endless");
    await expect(server.list("tool")).rejects.toMatchObject({ code: "protocol", server: "one" });
  });

  it("tells of changed lists in both eras", async () => {
    for (const flags of [[], ["--modern-only"]]) {
      const { server, changes } = startOdd(...flags);
      await server.ready();
      const before = (await server.list("tool")).length;
      await call(server, "change_list");
      await until(() => changes.includes("list"));
      expect((await server.list("tool")).length).toBe(before + 1);
    }
  });
});

describe("what a server says unasked", () => {
  it("P7: asks nothing of anybody: its requests are answered `method not found`, all but ping", async () => {
    const { server, refusals } = startOdd();
    await server.ready();
    const answers = JSON.parse(textOf(await call(server, "asks"))) as object[];
    expect(answers).toEqual([
      { id: "s1", error: -32601 },
      { id: 7, error: -32601 },
      { id: "s3", error: -32601 },
      { id: "s4", result: {} },
    ]);
    expect(refusals.map((refusal) => refusal.method)).toEqual([
      "elicitation/create",
      "sampling/createMessage",
      "roots/list",
    ]);
  });

  it("is dropped and recorded, and the call beside it is answered", async () => {
    const { server, refusals } = startOdd();
    await server.ready();
    expect(textOf(await call(server, "garbage"))).toBe("after the garbage");
    expect(refusals.map((refusal) => refusal.reason)).toEqual([
      "not a message: not JSON",
      "not a message: a batch",
      "not a message: not JSON-RPC 2.0",
      "an answer to nothing that was asked",
      "not a message: a method that is not a string",
      "an answer to nothing that was asked",
    ]);
    expect(textOf(await call(server, "long_line"))).toBe("after the long line");
    expect(refusals.at(-1)?.reason).toBe(`a message of ${17 * 1024 * 1024} bytes`);
  });

  it("is no reason to wait when an answer is longer than can be read", async () => {
    const { server } = startOdd();
    await server.ready();
    const [long, short] = await Promise.all([call(server, "long_answer"), call(server, "echo", { text: "beside" })]);
    expect(long.status).toBe("unknown");
    expect(long.detail).toMatch(/^an answer of 178\d{5} bytes, which is too long$/);
    expect(textOf(short)).toBe("beside");
  });

  it("does not flood the log", async () => {
    const { server, refusals } = startOdd();
    await server.ready();
    expect(textOf(await call(server, "flood"))).toBe("flooded");
    await server.close();
    expect(refusals.length).toBeLessThan(100);
    const counted = refusals.map((refusal) => Number(/(\d+) more/.exec(refusal.reason)?.[1] ?? 0));
    expect(refusals.length - (counted.at(-1) === 0 ? 0 : 1) + counted.reduce((sum, more) => sum + more, 0)).toBe(
      20_000,
    );
  });

  it("does not flood the agent with log messages either", async () => {
    const { server, refusals } = startOdd();
    await server.ready();
    const heard: string[] = [];
    const said = await call(server, "flood_logs", {}, { log: ({ params }) => heard.push(params) });
    expect(textOf(said)).toBe("flooded");
    await server.close();
    expect(heard[0]).toBe('{"level":"info","data":0}');
    expect(heard.length).toBeLessThan(2000);
    expect(refusals[0]).toEqual({ method: "notifications/message", reason: "too many of them" });
  });

  it("cannot be progress of a call that did not ask for it, nor carry more than progress", async () => {
    const { server, refusals } = startOdd();
    await server.ready();
    const steps: unknown[] = [];
    await call(server, "progress", {}, { progress: (params) => steps.push(params) });
    expect(steps).toEqual([1, 2, 3].map((progress) => ({ progress, total: 3, message: `step ${progress}` })));
    expect(refusals).toEqual([{ method: "notifications/progress", reason: "progress of no call" }]);
  });
});

describe("the outcome of a call", () => {
  it.each([
    "two_ids",
    "escaped_two_ids",
    "result_and_error",
    "result_and_method",
    "string_id",
    "array_result",
    "no_version",
  ])("P5: is unknown after an answer that could be read in two ways: %s", async (name) => {
    const { server, refusals } = startOdd();
    await server.ready();
    const innocent = call(server, "hangs", {}, { timeoutMs: 400 });
    const next = call(server, name, {}, { timeoutMs: 300 });
    // The one that a second id would have answered.
    const third = call(server, "hangs", {}, { timeoutMs: 400 });
    expect((await next).status).toBe("timeout");
    expect([(await innocent).status, (await third).status]).toEqual(["timeout", "timeout"]);
    await until(() => refusals.length > 0);
    expect(refusals.length).toBe(1);
  });

  it("P5: is the first of two answers; the second is dropped and recorded", async () => {
    const { server, refusals } = startOdd();
    await server.ready();
    expect(textOf(await call(server, "twice"))).toBe("first");
    expect(textOf(await call(server, "echo", { text: "in order" }))).toBe("in order");
    expect(refusals).toEqual([{ method: undefined, reason: "a late or second answer" }]);
  });

  it("P5: is unknown when the process dies with it, and a later call is sent to the new process, the old one never again", async () => {
    const { server, ends, changes } = startOdd();
    await server.ready();
    const [open, dead] = [call(server, "hangs"), call(server, "dies")];
    expect(await open).toMatchObject({ status: "unknown", detail: expect.stringContaining("exit code 3") as string });
    expect(await dead).toMatchObject({ status: "unknown" });
    expect(await call(server, "echo")).toEqual({ status: "not_sent", detail: "the server is not running" });
    await expect(server.ready()).rejects.toThrow(/server one: it ended with exit code 3; it is started again within/);
    await until(() => changes.includes("restart"));
    expect(ends).toEqual(["it ended with exit code 3"]);
    expect(textOf(await call(server, "seen"))).toBe('["seen"]');
  });

  it("P5: is known when the server answered with its last breath", async () => {
    const { server } = startOdd();
    await server.ready();
    expect(textOf(await call(server, "answers_then_dies"))).toBe("last words");
  });

  it("P5: is a time-out when no answer comes, and the server is told", async () => {
    const { server } = startOdd();
    await server.ready();
    const late = await call(server, "hangs", {}, { timeoutMs: 50 });
    expect(late).toEqual({ status: "timeout", detail: "no answer within 50 ms" });
    expect(textOf(await call(server, "seen"))).toMatch(/^\["hangs","cancelled \d+","seen"\]$/);
  });

  it("P5: is cancelled when its caller cancels, and not sent when he already had", async () => {
    const { server } = startOdd();
    await server.ready();
    const cancel = new Cancelling();
    const open = [call(server, "hangs", {}, { cancel }), call(server, "hangs", {}, { cancel })];
    cancel.request();
    expect((await Promise.all(open)).map((outcome) => outcome.status)).toEqual(["cancelled", "cancelled"]);
    const early = [call(server, "hangs", {}, { cancel }), call(server, "hangs", {}, { cancel })];
    expect((await Promise.all(early)).map((outcome) => outcome.status)).toEqual(["not_sent", "not_sent"]);
    expect(textOf(await call(server, "seen"))).toMatch(/^\["hangs","hangs","cancelled \d+","cancelled \d+","seen"\]$/);
  });

  it("P8: is cancelled by a stop, for every call in flight", async () => {
    const { server } = startOdd();
    await server.ready();
    const open = [call(server, "hangs"), call(server, "hangs")];
    server.cancelAll();
    expect((await Promise.all(open)).map((outcome) => outcome.status)).toEqual(["cancelled", "cancelled"]);
    expect(textOf(await call(server, "echo", { text: "lives" }))).toBe("lives");
  });

  it("is an error when a modern server asks back, which nobody would answer", async () => {
    const { server } = startOdd("--modern-only");
    await server.ready();
    expect(await call(server, "wants_input")).toMatchObject({ status: "rpc_error", member: "error" });
  });
});

describe("a server's process", () => {
  it("P9: gets exactly the environment, folder and arguments that are configured", async () => {
    const { server, folder } = startStdio([fixture("odd.mjs"), "--flag", "$HOME;rm *"], {
      env: { PATH: "/usr/bin:/bin", TOKEN: "sesame" },
    });
    await server.ready();
    const seen = JSON.parse(textOf(await call(server, "environment"))) as { env: object; cwd: string; args: string[] };
    expect(seen.env).toEqual({ PATH: "/usr/bin:/bin", TOKEN: "sesame" });
    expect(seen.cwd).toBe(folder);
    expect(seen.args).toEqual(["--flag", "$HOME;rm *"]);
  });

  it("that does not exist is named with its cause, without configured secrets (P9)", async () => {
    const { server, ends } = startStdio([], { command: "/no/such/sesame" });
    await expect(server.ready()).rejects.toMatchObject({
      code: "down",
      server: "one",
      message: expect.stringMatching(/^server one: .*no such command: \/no\/such\/\[hidden\]/) as string,
    });
    expect(ends).toEqual(["no such command: /no/such/[hidden]"]);
    expect(await call(server, "echo")).toMatchObject({ status: "not_sent" });
  });

  it("that ends at once, never answers, or speaks something else is named with its cause", async () => {
    const ended = startStdio(["-e", "process.exit(5)"]);
    const deaf = startStdio([fixture("odd.mjs"), "--deaf"], { startTimeoutMs: 300 });
    const other = startStdio([
      "-e",
      "process.stdin.on('data',()=>console.log(JSON.stringify({jsonrpc:'2.0',id:1,result:{protocolVersion:'1999-01-01'}})))",
    ]);
    await expect(ended.server.ready()).rejects.toThrow(/exit code 5/);
    await expect(deaf.server.ready()).rejects.toThrow(/no answer within 300 ms/);
    await expect(other.server.ready()).rejects.toThrow(/protocol version "1999-01-01"/);
  });

  it("that closes its stdout and lives on is of no use, and is ended", async () => {
    const { server, folder } = startStdio([
      "-e",
      "require('fs').writeFileSync('pid', `${process.pid}`); require('fs').closeSync(1); setInterval(() => {}, 1e6)",
    ]);
    await expect(server.ready()).rejects.toThrow(/ended by SIGTERM/);
    expect(runs(Number(readFileSync(join(folder, "pid"), "utf8")))).toBe(false);
  });

  it("that does not read is not given more and more to read", async () => {
    const { server } = startStdio([fixture("odd.mjs")]);
    await server.ready();
    const stuck = call(server, "sleeps");
    const big = JSON.stringify({ text: "x".repeat(15 * 1024 * 1024) });
    const outcomes: Promise<Forwarded>[] = [];
    for (let turn = 0; turn < 8; turn++) {
      outcomes.push(call(server, "echo", {}, { argsText: big, timeoutMs: 20_000 }));
      await new Promise(setImmediate);
    }
    expect(await outcomes.at(-1)).toEqual({ status: "not_sent", detail: "the connection takes nothing more" });
    await server.close();
    expect((await stuck).status).toBe("unknown");
    expect(new Set((await Promise.all(outcomes)).map((outcome) => outcome.status))).toEqual(
      new Set(["unknown", "not_sent"]),
    );
  });

  it("that starts slowly is waited for, and its list too", async () => {
    const { server } = startOdd("--slow-start", "600");
    expect((await server.list("tool")).length).toBeGreaterThan(3);
  });

  it("ends with everything it started, also when it ignores SIGTERM", async () => {
    const { server, folder } = startStdio([fixture("odd.mjs"), "--ignore-sigterm", "--grandchild", "pids"]);
    await server.ready();
    const pids = readFileSync(join(folder, "pids"), "utf8").split(" ").map(Number);
    expect(pids.map(runs)).toEqual([true, true]);
    await server.close();
    await allGone(pids);
  });

  it("that dies takes its own children with it", async () => {
    const { server, folder } = startStdio([fixture("odd.mjs"), "--grandchild", "pids"]);
    await server.ready();
    const [, grandchild = 0] = readFileSync(join(folder, "pids"), "utf8").split(" ").map(Number);
    await call(server, "dies");
    await allGone([grandchild]);
  });

  it("writes its stderr to a file of its owner, which does not grow without end", async () => {
    const { server, folder } = startOdd();
    await server.ready();
    await call(server, "loud");
    await call(server, "loud");
    const path = join(folder, "kept", "stderr");
    await until(() => statSync(path).size + (statSync(`${path}.1`, { throwIfNoEntry: false })?.size ?? 0) >= 1_400_000);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(path).size).toBeLessThanOrEqual(1024 * 1024);
    expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(1024 * 1024);
  });

  it("takes nothing any more once it was closed", async () => {
    const { server } = startOdd();
    await server.ready();
    const open = call(server, "hangs");
    await server.close();
    expect((await open).status).toBe("unknown");
    await expect(server.ready()).rejects.toThrow(/was closed/);
    expect((await call(server, "echo")).status).toBe("not_sent");
  });
});
