/** What an agent asks reaches the server with the same value, but for the documented list. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASKED_EXCEPTIONS, type EraName } from "./exceptions.ts";
import { oddWorld, type OddWorld } from "./odd-world.ts";
import type { RawClient } from "./raw-client.ts";

const ERAS: readonly EraName[] = ["legacy", "modern"];

interface Seen {
  readonly params: {
    readonly name: string;
    readonly _meta?: Record<string, unknown>;
    readonly [member: string]: unknown;
  };
}

const named = (sent: string): string => (sent === "" ? '{"name":"mirror"}' : `{"name":"mirror",${sent}}`);

describe.each(ERAS)("a %s client of a server of its own era", (era) => {
  let odd: OddWorld;
  let gate: RawClient;
  beforeAll(async () => {
    odd = oddWorld(era);
    gate = await odd.through(era);
  });
  afterAll(async () => {
    await gate.close();
    await odd.world.close();
  });

  /** The line that reached the server, and what of it is not the gate's own. */
  const seenBy = async (sent: string, meta?: string) => {
    const { member, text } = await gate.ask("tools/call", named(sent), meta);
    expect(member, text).toBe("result");
    const { content } = JSON.parse(text) as { content: [{ text: string }] };
    const line = content[0].text;
    const { _meta = {}, ...params } = (JSON.parse(line) as Seen).params;
    const own = Object.entries(_meta).filter(([key]) => !key.startsWith("io.modelcontextprotocol/"));
    return { line, params, meta: Object.fromEntries(own) };
  };

  it.each([
    '"arguments":{"__proto__":{"polluted":true},"constructor":{"prototype":{"x":1}},"toString":null}',
    '"arguments":{"deep":{"x":[{"y":[[[{}]]]}]},"empty":"","":0}',
    '"arguments":{"text":"日本語 🎏 \\u0000\\u2028\\\\ \\" / \\n","bidi":"\\u202E"}',
    '"arguments":{"safe":9007199254740991,"ratio":0.1,"tiny":5e-324,"large":1.7976931348623157e308}',
    `"arguments":{"long":"${"x".repeat(200_000)}"}`,
  ])("P3: has its arguments arrive as they were meant", async (sent) => {
    const seen = await seenBy(sent);
    expect(seen.params).toEqual(JSON.parse(named(sent)));
    expect(JSON.stringify(seen.params)).toBe(JSON.stringify(JSON.parse(named(sent))));
  });

  it.each(ASKED_EXCEPTIONS)("P10: documents $id", async ({ sent, meta, arrives }) => {
    if ("refused" in arrives) {
      const { member, text } = await gate.ask("tools/call", named(sent), meta);
      expect([member, text]).toEqual(["error", expect.stringContaining(`Refused: ${arrives.refused} at`)]);
      return;
    }
    const seen = await seenBy(sent, meta);
    expect(seen.line).toContain(named(arrives.sent).slice(1, -1));
    expect(seen.params).toEqual(JSON.parse(named(arrives.sent)));
    expect(seen.meta).toEqual(JSON.parse(`{${arrives.meta ?? ""}}`));
  });

  it("P10: gets the server's progress in its own words: three members, under the client's token", async () => {
    const before = gate.others.length;
    await gate.ask("tools/call", '{"name":"progress","arguments":{}}', '"progressToken":"p-1"');
    const params = '{"progressToken":"p-1","progress":0.5,"total":1,"message":"half"}';
    expect(gate.others.slice(before)).toEqual([
      `{"jsonrpc":"2.0","method":"notifications/progress","params":${params}}`,
    ]);
  });
});
