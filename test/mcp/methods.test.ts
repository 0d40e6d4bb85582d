import * as core from "@modelcontextprotocol/core";
import * as v1 from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it } from "vitest";
import { fateOf, METHODS, type Sender, type Shape } from "../../src/mcp/methods.ts";

/** The method that a schema of a message fixes, if it does. */
function methodOf(schema: unknown): string | undefined {
  const shape = (schema as { shape?: Record<string, { value?: unknown }> }).shape;
  const value = shape?.["method"]?.value;
  return typeof value === "string" ? value : undefined;
}

const exported = [...Object.entries(core), ...Object.entries(v1)].flatMap(([name, schema]) => {
  const method = methodOf(schema);
  return method === undefined ? [] : [{ name, method }];
});

/** Members of a union such as `ClientRequestSchema`. */
function union(module: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const options = (module[name] as { options?: readonly unknown[] } | undefined)?.options ?? [];
  return options.map(methodOf).filter((method) => method !== undefined);
}

describe("the table of methods", () => {
  it("P11: has every request and notification of both protocol schemas", () => {
    const known = new Set(METHODS.map((row) => `${row.shape} ${row.method}`));
    expect(exported.length).toBeGreaterThan(60);
    const missing = exported
      .map(({ name, method }) => `${name.endsWith("NotificationSchema") ? "notification" : "request"} ${method}`)
      .filter((key) => !known.has(key));
    expect([...new Set(missing)]).toEqual([]);
  });

  it.each<[string, Sender, Shape]>([
    ["ClientRequestSchema", "agent", "request"],
    ["ClientNotificationSchema", "agent", "notification"],
    ["ServerRequestSchema", "server", "request"],
    ["ServerNotificationSchema", "server", "notification"],
  ])("P11: has every member of %s for the side that sends it", (name, sender, shape) => {
    const methods = [...union(v1, name), ...union(core, name)];
    expect(methods.length).toBeGreaterThan(3);
    const rows = new Set(
      METHODS.filter((row) => row.sender === sender && row.shape === shape).map((row) => row.method),
    );
    expect([...new Set(methods)].filter((method) => !rows.has(method))).toEqual([]);
  });

  it("has nothing that no schema knows", () => {
    // Of the tasks extension, whose schema is not the SDKs'.
    const real = new Set(["tasks/update", ...exported.map(({ method }) => method)]);
    expect(METHODS.map((row) => row.method).filter((method) => !real.has(method))).toEqual([]);
  });

  it("has each message once", () => {
    const keys = METHODS.map((row) => `${row.sender} ${row.shape} ${row.method}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("P11: refuses unknown methods, those of the other era and the names of prototypes", () => {
    for (const method of ["vendor/thing", "", "__proto__", "constructor", "toString", "tools/call ", "Tools/Call"])
      expect(fateOf("request", "agent", method)).toBe("refused");
    expect(fateOf("request", "agent", "ping", "modern")).toBe("refused");
    expect(fateOf("request", "agent", "server/discover", "legacy")).toBe("refused");
    expect(fateOf("request", "agent", "tools/call", "modern")).toBe("governed");
    expect(fateOf("request", "server", "tools/call")).toBe("refused");
    for (const method of ["tasks/get", "tasks/update", "tasks/cancel", "tasks/list", "tasks/result"])
      expect(fateOf("request", "agent", method, "legacy")).toBe("refused");
    expect(fateOf("request", "server", "tasks/get", "modern")).toBe("refused");
  });
});
