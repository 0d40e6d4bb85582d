import { describe, expect, test } from "vitest";
import type { ClientFacts, Gate } from "../../src/gateway/ports.ts";
import { openOnRecord } from "../../src/mcp/on-record.ts";

const client = (name: string, more: Partial<ClientFacts> = {}): ClientFacts => ({
  era: "modern",
  protocol: "2026-07-28",
  name,
  version: "1",
  prompts: false,
  ...more,
});

/** Notes who connects; `fail` says whose recording fails. */
function notebook(fail: (name: string | undefined) => boolean = () => false) {
  const noted: (string | undefined)[] = [];
  const gate = {
    connected: async ({ name }: ClientFacts) => {
      if (fail(name)) throw new Error("the disk is full");
      noted.push(name);
    },
  } as unknown as Gate;
  return { gate, noted };
}

describe("who is on record", () => {
  test("is recorded once, by whichever of several requests at once", async () => {
    const { gate, noted } = notebook();
    const onRecord = openOnRecord(gate, 10);
    expect(onRecord.claimed(client("a"))).toBeUndefined();
    const both = await Promise.all([onRecord.record(client("a")), onRecord.record(client("a"))]);
    expect(noted).toEqual(["a"]);
    expect(both[0]).toEqual({ client: "a", version: "1", protocol: "2026-07-28" });
    // The same object, of which the log makes the text once.
    expect(onRecord.claimed(client("a"))).toBe(both[0]);
    expect(onRecord.claimed(client("a", { tasks: true }))).toBe(both[0]);
  });

  test("is nobody before it has been recorded, and nobody else for it (P4)", async () => {
    const { gate } = notebook();
    const onRecord = openOnRecord(gate, 10);
    const recording = onRecord.record(client("a"));
    expect(onRecord.claimed(client("a"))).toBeUndefined();
    await recording;
    for (const other of [client("b"), client("a", { version: "2" }), client("a", { abilities: ["form"] })])
      expect(onRecord.claimed(other)).toBeUndefined();
    expect(onRecord.claimed(client("a", { era: "legacy" }))).toBeUndefined();
  });

  test("is not who could not be recorded, and that is tried again (P4)", async () => {
    let full = true;
    const { gate, noted } = notebook(() => full);
    const onRecord = openOnRecord(gate, 10);
    await expect(onRecord.record(client("a"))).rejects.toThrow("full");
    expect(onRecord.claimed(client("a"))).toBeUndefined();
    full = false;
    await onRecord.record(client("a"));
    expect(noted).toEqual(["a"]);
  });

  test("is forgotten for others, the first that came first", async () => {
    const { gate, noted } = notebook();
    const onRecord = openOnRecord(gate, 2);
    for (const name of ["a", "b", "c"]) await onRecord.record(client(name));
    expect(onRecord.claimed(client("a"))).toBeUndefined();
    expect(onRecord.claimed(client("b"))).toBeDefined();
    expect(onRecord.claimed(client("c"))).toBeDefined();
    await onRecord.record(client("a"));
    expect(noted).toEqual(["a", "b", "c", "a"]);
  });
});
