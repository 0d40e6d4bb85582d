/** What a server offers stands in the agent's lists with every member, but for the documented list. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/policy/json.ts";
import { LISTED_EXCEPTIONS, type EraName } from "./exceptions.ts";
import { oddWorld, type OddWorld } from "./odd-world.ts";
import type { RawClient } from "./raw-client.ts";

const ERAS: readonly EraName[] = ["legacy", "modern"];
const LISTS = [
  ["tools/list", "tools"],
  ["resources/list", "resources"],
  ["resources/templates/list", "resourceTemplates"],
  ["prompts/list", "prompts"],
] as const;

const listed = async (client: RawClient, method: string, member: string): Promise<readonly JsonObject[]> => {
  const { text } = await client.ask(method, "{}");
  return (JSON.parse(text) as Record<string, readonly JsonObject[]>)[member] ?? [];
};

describe.each(ERAS)("a %s client of a server of its own era", (era) => {
  let odd: OddWorld;
  let direct: RawClient;
  let gate: RawClient;
  beforeAll(async () => {
    odd = oddWorld(era);
    [direct, gate] = await Promise.all([odd.direct(), odd.through(era)]);
  });
  afterAll(async () => {
    await Promise.all([direct.close(), gate.close()]);
    await odd.world.close();
  });

  it.each(LISTS)("P10: gets %s with everything the server says", async (method, member) => {
    const own = await listed(direct, method, member);
    const seen = await listed(gate, method, member);
    const expected = LISTED_EXCEPTIONS.reduce<readonly JsonObject[]>(
      (definitions, exception) => exception.expected(definitions, member),
      own,
    );
    expect(seen).toEqual(expected);
  });
});
