/** What a sceptical reader tried on the joined gate: things that happen between two steps, and parts that fail. */

import { rmSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { StoreError, type Store } from "../../src/store/store.ts";
import type { AuditLog } from "../../src/audit/log.ts";
import { handGate, handServer, said, SECRET, TOOLS, type Hand } from "./hand.ts";

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

  test("a deny that comes into force after the decision stops an allowed write (P12)", async () => {
    const { at, log } = interrupted();
    hand = await handGate({ log });
    await hand.call("hand_look", { text: "a" });
    hand.sent.length = 0;
    at(async () => {
      const came = new Promise<void>((done) => hand.rulebook.onChanged(done));
      hand.writeManifest("  - { id: shut, effect: deny, match: [hand/change] }");
      await came;
    });
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
