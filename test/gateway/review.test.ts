/** What a sceptical reader tried on the joined gate: things that happen between two steps, and parts that fail. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { viewDigest } from "../../src/approval/show.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { StoreError, type AcceptedConfig, type Store } from "../../src/store/store.ts";
import { SealedError, type AuditLog } from "../../src/audit/log.ts";
import { makeWorld, textOf, type World } from "./world.ts";
import { handGate, handServer, said, SECRET, TOOLS, type Hand } from "./hand.ts";

const CHANGING = resolve(import.meta.dirname, "../servers/changing.mjs");

/** In the row of `change`: what `look` gives, and the text that is to come. */
const PREVIEW = "    preview: { read: look, with: { text: args.text }, becomes: args.text }";

let hand: Hand;
afterEach(() => hand.close());

/** A log that calls `moment` once before the first sync that `armed` lets it. */
function interrupted() {
  let moment: (() => void | Promise<void>) | undefined;
  return {
    at: (next: () => void | Promise<void>): void => void (moment = next),
    log: (log: AuditLog): AuditLog =>
      Object.assign(Object.create(log) as AuditLog, {
        async synced() {
          await log.synced();
          const now = moment;
          moment = undefined;
          await now?.();
        },
      }),
  };
}
/** A store whose one method fails when it is told to. */
function failing(method: keyof Store) {
  const fault = { on: false };
  const store = (real: Store): Store =>
    new Proxy(real, {
      get(target, key) {
        const found: unknown = Reflect.get(target, key);
        if (key !== method || !fault.on) return found;
        return () => Promise.reject(new StoreError("busy", "database is locked"));
      },
    });
  return { fault, store };
}
const changedTool = { ...TOOLS[1], description: "something else" };

describe("between the decision and the last byte", () => {
  test("a server restarted after the decision gets no allowed write before it was compared again (P1, P2)", async () => {
    const { at, log } = interrupted();
    hand = await handGate({ log });
    await hand.call("hand_look", { text: "a" });
    hand.sent.length = 0;
    at(() => {
      hand.state.tools = [TOOLS[0]!, changedTool, TOOLS[2]!];
      hand.changed("restart");
    });
    const answered = await hand.call("hand_change", { text: "a" });
    expect(hand.sent).toEqual([]);
    expect(said(answered)).toContain("NOT EXECUTED");
    expect(
      hand.entries().find((entry) => entry.kind === "call.outcome" && entry["status"] === "not_sent"),
    ).toBeDefined();
  });

  test("nor an approved one, whose before-state was read while it restarted (P2, P3)", async () => {
    const { at, log } = interrupted();
    hand = await handGate({ log, rules: "" });
    const call = hand.call("hand_change", { text: "a" });
    const request = await hand.waitFor("pending");
    await hand.answer(request);
    at(() => {
      hand.state.tools = [TOOLS[0]!, changedTool, TOOLS[2]!];
      hand.changed("restart");
    });
    await call;
    expect(hand.sent).toEqual([]);
  });

  test("one that restarted during that reading is compared again, and the approval still good (P2, P5)", async () => {
    hand = await handGate({ rules: "", lock: PREVIEW });
    const call = hand.call("hand_change", { text: "a" });
    const request = await hand.waitFor("pending");
    const { answer } = hand.state;
    hand.state.listing = () => sleep(50);
    hand.state.answer = (one) => {
      if (one.name === "look") hand.changed("restart");
      return answer(one);
    };
    await hand.answer(request);
    expect(said(await call)).toBe("done");
  });

  test("a deny that comes into force after the decision stops an allowed write (P12)", async () => {
    const { at, log } = interrupted();
    hand = await handGate({ log });
    await hand.call("hand_look", { text: "a" });
    hand.sent.length = 0;
    at(() => hand.edit(() => hand.writeManifest("  - { id: shut, effect: deny, match: [hand/change] }")));
    const answered = await hand.call("hand_change", { text: "a" });
    expect(hand.sent).toEqual([]);
    expect(said(answered)).toContain("NOT EXECUTED");
  });

  test("a change of files that touches nothing of it lets it through (P10)", async () => {
    const { at, log } = interrupted();
    hand = await handGate({ log });
    await hand.call("hand_look", { text: "a" });
    hand.sent.length = 0;
    at(async () => {
      const came = new Promise<void>((done) => hand.rulebook.onChanged(done));
      hand.writeManifest(
        "  - { id: free, effect: allow, match: [hand/change] }\n  - { id: more, effect: deny, match: [hand/poke] }",
      );
      await came;
      await hand.call("hand_look", { text: "a" });
    });
    expect(said(await hand.call("hand_change", { text: "a" }))).toBe("done");
  });

  test("a server that is not configured any more when the intent stands: not sent, and recorded as such (P4, P5)", async () => {
    const { at, log } = interrupted();
    hand = await handGate({ log });
    await hand.call("hand_look", { text: "a" });
    hand.sent.length = 0;
    at(async () => {
      const came = new Promise<void>((done) => hand.rulebook.onChanged(done));
      hand.servers.delete("hand");
      hand.writeManifest("  - { id: more, effect: allow, match: [hand/change, hand/poke] }");
      await came;
    });
    expect(said(await hand.call("hand_change", { text: "a" }))).toContain("NOT EXECUTED");
    const intent = hand.entries().findLast((entry) => entry.kind === "call.intent");
    const outcome = hand.entries().find((entry) => entry.kind === "call.outcome" && entry["call"] === intent?.["call"]);
    expect(outcome?.["status"]).toBe("not_sent");
  });

  test("a server at another endpoint than the accepted one gets nothing, while it is being replaced (P2, P12)", async () => {
    hand = await handGate();
    await hand.call("hand_look", { text: "a" });
    const other = handServer("hand", "node other.mjs");
    hand.servers.set("hand", other.server);
    const came = new Promise<void>((done) => hand.rulebook.onChanged(done));
    hand.writeManifest("  - { id: free, effect: allow, match: [hand/change, hand/poke] }");
    await came;
    expect(said(await hand.call("hand_look", { text: "a" }))).toContain("NOT EXECUTED");
    expect(other.sent).toEqual([]);
  });
});

describe("definitions", () => {
  test("a list that cannot be digested leaves what was quarantined where it was (P1, P11)", async () => {
    hand = await handGate({ rules: "  - { id: free, effect: allow, match: [hand/poke] }" });
    hand.state.tools = [TOOLS[0]!, TOOLS[1]!, { ...TOOLS[2], description: "poisoned" }];
    hand.changed("list");
    expect(said(await hand.call("hand_look", { text: "a" }))).toBe("done");
    expect(said(await hand.call("hand_poke", { text: "a" }))).toContain("Unknown tool");
    // JSON may hold a lone surrogate; canonical JSON may not.
    hand.state.tools = [{ ...TOOLS[0], description: "\ud800" }, TOOLS[1]!, { ...TOOLS[2], description: "poisoned" }];
    hand.changed("list");
    expect(said(await hand.call("hand_poke", { text: "a" }))).toContain("Unknown tool");
    expect(said(await hand.call("hand_look", { text: "a" }))).toContain("Unknown tool");
    expect(said(await hand.call("hand_change", { text: "a" }, { signal: AbortSignal.timeout(50) }))).not.toBe("done");
  });

  test("a server that tells of a changed list without end cannot keep the gate listing without end (P11)", async () => {
    hand = await handGate();
    await hand.call("hand_look", { text: "a" });
    let lists = 0;
    hand.state.listing = async () => {
      lists += 1;
      if (lists < 200) hand.changed("list");
      await new Promise((done) => setImmediate(done));
    };
    hand.changed("list");
    expect(said(await hand.call("hand_look", { text: "a" }))).toContain("NOT EXECUTED");
    expect(lists).toBeLessThan(50);
  });
});

describe("a part that fails", () => {
  test("a store that fails after the call was sent: the outcome is recorded and told (P4, P5)", async () => {
    const { fault, store } = failing("setNote");
    hand = await handGate({ store });
    await hand.call("hand_look", { text: "a" });
    hand.state.answer = () => ({ status: "timeout", detail: "no answer within 1 ms" });
    fault.on = true;
    expect(said(await hand.call("hand_change", { text: "a" }))).toContain("OUTCOME UNKNOWN");
    expect(hand.entries().findLast((entry) => entry.kind === "call.outcome")?.["status"]).toBe("timeout");
    const again = hand.call("hand_change", { text: "a" });
    expect((await hand.waitFor("pending")).view.earlier).toBeDefined();
    expect(hand.sent.filter((call) => call.access === "write")).toHaveLength(1);
    await hand.answer(await hand.waitFor("pending"), "deny");
    await again;
  });

  test("a store that cannot take the end of an approved call: the caller gets the server's answer (P5)", async () => {
    const { fault, store } = failing("finish");
    hand = await handGate({ store, rules: "" });
    fault.on = true;
    const call = hand.call("hand_change", { text: "a" });
    await hand.answer(await hand.waitFor("pending"));
    expect(said(await call)).toBe("done");
  });

  test("an approved call whose intent could not be synced ends as not run, not as running for ever (P4, P5)", async () => {
    let sealed = false;
    hand = await handGate({
      rules: "",
      log: (log) =>
        Object.assign(Object.create(log) as AuditLog, {
          record(entry: Parameters<AuditLog["record"]>[0]) {
            if (entry.kind === "call.intent") sealed = true;
            return log.record(entry);
          },
          synced: () => (sealed ? Promise.reject(new SealedError("no space")) : log.synced()),
        }),
    });
    const call = hand.call("hand_change", { text: "a" });
    const request = await hand.waitFor("pending");
    await hand.answer(request);
    expect(said(await call)).toContain("NOT EXECUTED");
    expect(hand.sent).toEqual([]);
    expect((await hand.store.request(request.id))?.state).toBe("failed");
  });

  test("an outcome that could not be recorded is told to no caller of another process either (P4)", async () => {
    let sealed = false;
    hand = await handGate({
      rules: "",
      log: (log) =>
        Object.assign(Object.create(log) as AuditLog, {
          record(entry: Parameters<AuditLog["record"]>[0]) {
            if (entry.kind === "call.outcome") sealed = true;
            return log.record(entry);
          },
          synced: () => (sealed ? Promise.reject(new SealedError("no space")) : log.synced()),
        }),
    });
    const call = hand.call("hand_change", { text: "a" });
    const request = await hand.waitFor("pending");
    await hand.answer(request);
    expect(said(await call)).toContain("SENT, OUTCOME NOT RECORDED");
    expect((await hand.store.request(request.id))?.state).toBe("unknown");
    expect(await hand.store.result(request.id)).toBeUndefined();
  });

  test("a stop is acknowledged although what waits cannot be withdrawn, and a failed acknowledgement is tried again (P8)", async () => {
    const withdrawing = failing("requests");
    const acknowledging = failing("acknowledgeStop");
    hand = await handGate({ store: (real) => withdrawing.store(acknowledging.store(real)) });
    withdrawing.fault.on = acknowledging.fault.on = true;
    await hand.store.placeStop({ id: "s1", reason: "drill", by: "me", placedAt: Date.now() });
    await expect.poll(async () => said(await hand.call("hand_look", { text: "a" }))).toContain("STOPPED");
    acknowledging.fault.on = false;
    await hand.store.setNote("any", "change");
    for (let tries = 0; tries < 400 && (await hand.store.acknowledgements("s1")).length === 0; tries += 1)
      await sleep(20);
    expect(await hand.store.acknowledgements("s1")).toEqual([hand.process]);
  });
});

describe("what the agent says beside the arguments", () => {
  test("a credential of the gate in the reason or in _meta is refused and kept nowhere (P9)", async () => {
    hand = await handGate({ rules: "" });
    const answered = await hand.call("hand_change", { text: "a", kidoban_reason: `because ${SECRET}` });
    expect(said(answered)).toContain("credential");
    await hand.call("hand_look", { text: "a" }, { claimed: { meta: JSON.stringify({ note: SECRET }) } });
    await hand.call("hand_nothing", { text: "a" }, { claimed: { meta: JSON.stringify({ note: SECRET }) } });
    hand.gate.refused("agent", SECRET, SECRET);
    await hand.gate.connected({ era: "legacy", protocol: "2025-11-25", prompts: false, name: SECRET });
    await sleep(50);
    expect(await hand.everything()).not.toContain(SECRET);
  });

  test("a reason cut in the middle of a character is still a text (P3)", async () => {
    hand = await handGate({ rules: "" });
    const call = hand.call("hand_change", { text: "a", kidoban_reason: "x".repeat(499) + "😀" });
    const request = await hand.waitFor("pending");
    await hand.answer(request);
    expect(said(await call)).toBe("done");
  });
});

describe("the configuration in force", () => {
  test("a manifest taken away on disk takes everything away at once, and gives it back when it returns (P1, P12)", async () => {
    hand = await handGate();
    expect(said(await hand.call("hand_look", { text: "a" }))).toBe("done");
    const before = readFileSync(hand.manifest, "utf8");
    await hand.edit(() => rmSync(hand.manifest));
    expect(said(await hand.call("hand_look", { text: "a" }))).toContain("Unknown tool");
    expect((await hand.gate.list("tools")).count).toBe(0);
    await hand.edit(() => writeFileSync(hand.manifest, before));
    expect(said(await hand.call("hand_look", { text: "a" }))).toBe("done");
  });

  test("one that was accepted without the agent's manifest leaves a running gate nothing (P1, P12)", async () => {
    hand = await handGate();
    await hand.edit(() => rmSync(hand.manifest));
    await hand.accept();
    expect(said(await hand.call("hand_look", { text: "a" }))).toContain("Unknown tool");
    expect(hand.rulebook.inForce().policies).toHaveLength(1);
    expect(hand.broken).toEqual([]);
  });

  test("a deny written while the gate was starting holds (P12)", async () => {
    hand = await handGate({
      store: (real) =>
        new Proxy(real, {
          get(target, key) {
            const found: unknown = Reflect.get(target, key);
            if (key !== "accept") return found;
            return async (config: AcceptedConfig) => {
              await target.accept(config);
              const manifest = join(dirname(config.config), "manifests", "worker.yaml");
              const text = readFileSync(manifest, "utf8");
              writeFileSync(manifest, text.replace("effect: allow", "effect: deny"));
              // Long enough for the change to be noticed before anything listens.
              await sleep(300);
            };
          },
        }),
    });
    for (let tries = 0; tries < 600 && hand.rulebook.inForce().policies.length < 2; tries += 1) await sleep(20);
    expect(said(await hand.call("hand_change", { text: "a" }))).toContain("Unknown tool");
  });

  test("an archive whose bytes are not those of its digest is not taken for accepted (P12)", async () => {
    hand = await handGate({ rules: "" });
    const config = hand.config;
    const { files, digest } = (await hand.store.accepted(config))!;
    const widened = new Map(files).set(
      "manifests/worker.yaml",
      files.get("manifests/worker.yaml")!.replace("  []", "  - { id: free, effect: allow, match: [hand/change] }"),
    );
    await hand.edit(() => writeFileSync(hand.manifest, widened.get("manifests/worker.yaml")!));
    const forged = `${digest[0] === "f" ? "0" : "f"}${digest.slice(1)}`;
    await hand.store.accept({ config, digest: forged, previous: digest, files: widened, acceptedAt: 1, by: "nobody" });
    await hand.rulebook.refresh().catch(() => undefined);
    const call = hand.call("hand_change", { text: "a" });
    await hand.answer(await hand.waitFor("pending"), "deny");
    await call;
    expect(hand.sent).toEqual([]);
  });
});

describe("a running gate", () => {
  let world: World;
  afterEach(() => world.close());

  test("takes up a server with a secret of its own that was accepted, and hides what it echoes (P9, P12)", async () => {
    world = makeWorld();
    hand = await handGate();
    const client = await world.client();
    expect((await client.listTools()).tools.map((tool) => tool.name)).not.toContain("more_leak");
    writeFileSync(join(world.folder, "token"), SECRET, { mode: 0o600 });
    const definition = { name: "leak", description: "leak", inputSchema: { type: "object", properties: {} } };
    const list = join(world.root, "more.json");
    writeFileSync(list, JSON.stringify([definition]));
    const config = readFileSync(world.config, "utf8").replace(
      "servers:\n",
      `servers:\n  more:\n    command: ${process.execPath}\n    args: [${JSON.stringify(CHANGING)}, ${JSON.stringify(list)}]\n    env: { TOKEN: "\${secret:TOKEN}" }\n`,
    );
    const manifest = join(world.folder, "manifests", "worker.yaml");
    writeFileSync(
      manifest,
      readFileSync(manifest, "utf8").replace("servers:\n", "servers:\n  more: { access: read-write }\n"),
    );
    writeFileSync(
      join(world.folder, "kidoban.lock", "more.yaml"),
      `kidoban: 1\nendpoint: ${JSON.stringify(`TOKEN=\${secret:TOKEN} ${process.execPath} ${CHANGING} ${list}`)}\ntools:\n  leak: { access: read, definition: ${JSON.stringify(definition)} }\n`,
    );
    writeFileSync(world.config, `${config}secrets:\n  TOKEN: { file: token }\n`);
    await world.accept();
    const isThere = async () => (await client.listTools()).tools.some((tool) => tool.name === "more_leak");
    for (let tries = 0; tries < 400 && !(await isThere()); tries += 1) await sleep(50);
    expect(textOf(await client.callTool({ name: "more_leak", arguments: {} }))).toContain("[secret TOKEN]");
  });
});

describe("a held call", () => {
  test("that another process runs is never told as not executed (P5)", async () => {
    hand = await handGate({ rules: "", wait: "3s" });
    const first = hand.call("hand_change", { text: "a" });
    const request = await hand.waitFor("pending");
    // The other gate of this agent was faster, and its server is slow.
    await hand.store.move(request.id, ["pending"], "approved", Date.now(), { redeemUntil: Date.now() + 60_000 });
    await hand.store.claim(request.id, request.action, "other", Date.now());
    const text = said(await first);
    expect(text).not.toContain("NOT EXECUTED");
    expect(text).toContain(request.id);
    expect(said(await hand.call("kidoban_wait", { id: request.id }))).not.toContain("NOT EXECUTED");
  });

  test("whose result was delivered is asked about when it is made again, also after its gate ended (P2, P5)", async () => {
    hand = await handGate({ rules: "" });
    const first = hand.call("hand_change", { text: "a" });
    const request = await hand.waitFor("pending");
    await hand.answer(request);
    expect(said(await first)).toBe("done");
    await hand.store.forget(hand.process);
    const second = hand.call("hand_change", { text: "a" });
    await hand.answer(await hand.waitFor("pending"), "deny");
    expect(said(await second)).toContain("DENIED");
  });

  test("is approved through kidoban_wait too, where a modern client is asked (P2)", async () => {
    hand = await handGate({ rules: "", config: "approvals: { assurance: client }", wait: "2s" });
    const client = { era: "modern", protocol: "2026-07-28", prompts: true } as const;
    const asked = await hand.call("hand_change", { text: "a" }, { client });
    expect(asked.kind).toBe("prompt");
    const { id } = await hand.waitFor("pending");
    const again = await hand.call("kidoban_wait", { id }, { client });
    if (again.kind !== "prompt") throw new Error(said(again));
    const retry = { handle: again.handle, answer: { kind: "approve" } } as const;
    expect(said(await hand.call("kidoban_wait", { id }, { client, retry }))).toBe("done");
    expect(said(await hand.call("kidoban_wait", { id }, { client, retry }))).toBe("done");
    expect(hand.sent.filter((call) => call.access === "write")).toHaveLength(1);
  });

  test("is put before the client's human with everything that an approver sees (P3)", async () => {
    hand = await handGate({ rules: "", config: "approvals: { assurance: client }", lock: PREVIEW, wait: "2s" });
    const client = { era: "modern", protocol: "2026-07-28", prompts: true } as const;
    const asked = await hand.call(
      "hand_change",
      { text: "the text after", kidoban_reason: "for \u202efun" },
      { client },
    );
    if (asked.kind !== "prompt") throw new Error(said(asked));
    for (const part of ["worker", "hand", "node server.mjs", "done", "the text after", "for \\u{202e}fun"])
      expect(asked.form.message).toContain(part);
  });

  test("that opens while a stop comes into force does not wait for approval (P8)", async () => {
    hand = await handGate({ rules: "", lock: PREVIEW, wait: "2s" });
    hand.state.answer = async () => {
      await hand.store.placeStop({ id: "s1", reason: "drill", by: "me", placedAt: Date.now() });
      for (let tries = 0; tries < 400 && (await hand.store.acknowledgements("s1")).length === 0; tries += 1)
        await sleep(20);
      return { status: "ok", member: "result", text: '{"content":[]}' };
    };
    expect(said(await hand.call("hand_change", { text: "a" }))).toContain("withdrawn");
    expect(await hand.store.requests({ states: ["pending", "approved"] })).toEqual([]);
  });

  test("whose row was given another after-state is not run, although it was approved as shown (P3)", async () => {
    hand = await handGate({ rules: "", lock: PREVIEW });
    const call = hand.call("hand_change", { text: "evil" });
    const { id, view } = await hand.waitFor("pending");
    const other = { ...view, change: { before: view.change!.before, after: "good" } };
    await hand.tamper(
      "UPDATE requests SET facts = json_set(facts, '$.view.change.after', 'good', '$.shown', ?) WHERE id = ?",
      viewDigest(other),
      id,
    );
    await hand.answer((await hand.store.request(id))!);
    expect(said(await call)).toContain("no longer holds");
    expect(hand.sent.filter((one) => one.access === "write")).toEqual([]);
  });

  test("whose row says approved without a statement costs the server nothing (P2)", async () => {
    hand = await handGate({ rules: "", lock: PREVIEW, wait: "1s" });
    const call = hand.call("hand_change", { text: "a" });
    const { id } = await hand.waitFor("pending");
    const reads = hand.sent.length;
    await hand.tamper(`UPDATE requests SET state = 'approved', redeem_until = ${Date.now() + 60_000} WHERE id = ?`, id);
    await call;
    expect(hand.sent).toHaveLength(reads);
  });

  test("stays open when the rules became laxer (P12)", async () => {
    hand = await handGate({
      rules: "  - { id: hard, effect: ask, match: [hand/change], approval: { expires: 5m, need: 1 } }",
    });
    const call = hand.call("hand_change", { text: "a" });
    const request = await hand.waitFor("pending");
    await hand.edit(() => hand.writeManifest(""));
    await hand.accept();
    await sleep(100);
    await hand.answer(request);
    expect(said(await call)).toBe("done");
  });

  test("that was run after its caller was told to wait gives its result to the same call, once (P5)", async () => {
    hand = await handGate({ rules: "", wait: "0s" });
    expect(said(await hand.call("hand_change", { text: "a" }))).toContain("NOT EXECUTED");
    const { id, action } = await hand.waitFor("pending");
    await hand.store.move(id, ["pending"], "approved", Date.now(), { redeemUntil: Date.now() + 60_000 });
    await hand.store.claim(id, action, "other", Date.now());
    await hand.store.finish(id, "succeeded", Date.now(), { member: "result", text: '{"content":[]}', at: Date.now() });
    const replayed = await hand.call("hand_change", { text: "a" });
    expect(replayed.kind === "result" && replayed.text).toContain("dev.kidoban/replayed");
    expect(said(await hand.call("hand_change", { text: "a" }))).toContain("NOT EXECUTED");
  });

  test("gets its answer although the store cannot note that it left (P5)", async () => {
    const [attended, taken] = [failing("setAttended"), failing("takeResult")];
    hand = await handGate({ rules: "", store: (real) => attended.store(taken.store(real)) });
    const call = hand.call("hand_change", { text: "a" });
    const request = await hand.waitFor("pending");
    attended.fault.on = taken.fault.on = true;
    await hand.answer(request);
    expect(said(await call)).toBe("done");
  });
});

test("a gate that ends while its approved call runs leaves it unknown, not running for ever (P5)", async () => {
  hand = await handGate({ rules: "" });
  hand.state.answer = () => new Promise(() => undefined);
  void hand.call("hand_change", { text: "a" });
  const { id } = await hand.waitFor("pending").then(async (request) => {
    await hand.answer(request);
    return hand.waitFor("executing");
  });
  await hand.end();
  const store = await openStore(hand.stateDir);
  expect((await store.request(id))?.state).toBe("unknown");
  await store.close();
});
