/** When a question begins to be there: on record first, then for agents and people. */

import { afterEach, describe, expect, test } from "vitest";
import { StoreError, type Store } from "../../src/store/store.ts";
import { handGate, said, type Hand } from "./hand.ts";

let hand: Hand;
afterEach(() => hand.close());

type Open = Store["openRequest"];

/** A store that opens requests by `open`. */
const opening =
  (open: (real: Open, ...given: Parameters<Open>) => ReturnType<Open>) =>
  (real: Store): Store =>
    new Proxy(real, {
      get: (target, key) =>
        key === "openRequest"
          ? (...given: Parameters<Open>) => open(real.openRequest, ...given)
          : Reflect.get(target, key),
    });
const kinds = (): readonly string[] =>
  hand.entries().flatMap(({ kind }) => (kind.startsWith("request.") || kind === "call.denied" ? [kind] : []));
const change = (text = "a") => hand.call("hand_change", { text });
const pendingNow = async () => hand.store.requests({ states: ["pending"] });

describe("a question", () => {
  test("P4: is on record before anybody can join, see or answer it, whenever its gate dies", async () => {
    let before: readonly string[] | undefined;
    hand = await handGate({
      rules: "",
      wait: "0s",
      store: opening((real, ...given) => {
        before = kinds();
        return real(...given);
      }),
    });
    expect(said(await change())).toContain("NOT EXECUTED");
    expect(before).toEqual(["request.opened"]);
    expect(await pendingNow()).toHaveLength(1);
  });

  test("P4: that the store does not take is withdrawn on record, and nobody is asked", async () => {
    hand = await handGate({
      rules: "",
      wait: "0s",
      store: opening(() => Promise.reject(new StoreError("busy", "database is locked"))),
    });
    await expect(change()).rejects.toThrow(StoreError);
    await expect.poll(kinds).toEqual(["request.opened", "request.closed"]);
    expect(hand.entries().at(-1)).toMatchObject({ state: "withdrawn", note: "not stored" });
    expect(await pendingNow()).toEqual([]);
    expect(hand.sent).toEqual([]);
  });

  test("P5: that two gates ask at one moment is one; the other's is withdrawn, and its caller waits for the first", async () => {
    let first: string | undefined;
    hand = await handGate({
      rules: "",
      wait: "0s",
      store: opening(async (real, request, cap) => {
        if (first === undefined) {
          first = "f".repeat(32);
          await real({ ...request, id: first }, cap);
        }
        return real(request, cap);
      }),
    });
    expect(said(await change())).toContain(first);
    expect((await pendingNow()).map(({ id }) => id)).toEqual([first]);
    const [opened, closed, joined] = hand.entries().filter(({ kind }) => kind.startsWith("request."));
    expect(closed).toMatchObject({ kind: "request.closed", request: opened?.["request"], state: "withdrawn" });
    expect(joined).toMatchObject({ kind: "request.joined", request: first });
  });

  test("one too many is refused without a reading for its preview, and opens nothing (P2)", async () => {
    const preview = "    preview: { read: look, with: { text: args.text }, becomes: args.text }";
    hand = await handGate({ rules: "", wait: "0s", lock: preview });
    for (let n = 0; n < 10; n++) expect(said(await change(`${n}`))).toContain("NOT EXECUTED");
    const asked = hand.sent.length;
    expect(said(await change("more"))).toContain("10");
    expect(hand.sent).toHaveLength(asked);
    expect(await pendingNow()).toHaveLength(10);
    expect(kinds().filter((kind) => kind === "request.opened")).toHaveLength(10);
    expect(kinds().at(-1)).toBe("call.denied");
  });
});
