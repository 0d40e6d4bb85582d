/**
 * The gate on two paths, ours and the SDK's, gives the same answers. Values are compared here, since the SDK prints anew
 * what it has parsed.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/policy/json.ts";
import type { EraName } from "./exceptions.ts";
import { oddWorld, question, type OddWorld } from "./odd-world.ts";
import { PROBES } from "./probes.ts";
import { rawClient, type RawClient } from "./raw-client.ts";
import { DIFFERENCES } from "./sdk-path/differences.ts";
import { sdkPath } from "./sdk-path/path.ts";

const ERAS: readonly EraName[] = ["legacy", "modern"];
const met = new Set<string>();
/** What a server asks of clients is not the gateway's: the SDK's path has nobody to ask, and says nothing of it. */
const ANSWERED = PROBES.filter(({ name }) => name !== "error_url");

describe.each(ERAS)("a %s client of a server of its own era", (era) => {
  let odd: OddWorld;
  let ours: RawClient;
  let sdk: RawClient;
  beforeAll(async () => {
    odd = oddWorld(era);
    ours = await odd.through(era);
    sdk = await rawClient(era, await sdkPath(odd.world, era));
  });
  afterAll(async () => {
    await Promise.all([ours.close(), sdk.close()]);
    await odd.world.close();
  });

  it.each(ANSWERED)("P10: gets the same for $kind $name on both paths", async (probe) => {
    const [one, other] = await Promise.all([ours.ask(...question(probe)), sdk.ask(...question(probe))]);
    let expected = JSON.parse(one.text) as JsonObject;
    for (const difference of DIFFERENCES) {
      const changed = difference.expected(expected, { era, member: one.member });
      try {
        expect(changed).toEqual(expected);
      } catch {
        met.add(difference.id);
      }
      expected = changed;
    }
    expect({ member: other.member, value: JSON.parse(other.text) as unknown }).toEqual({
      member: one.member,
      value: expected,
    });
  });

  it.each(["tools/list", "resources/list", "resources/templates/list", "prompts/list"])(
    "P10: gets the same list for %s on both paths",
    async (method) => {
      const [one, other] = await Promise.all([ours.ask(method, "{}"), sdk.ask(method, "{}")]);
      const { _meta, ...listed } = JSON.parse(other.text) as JsonObject;
      expect(listed).toEqual(JSON.parse(one.text));
    },
  );

  it.each([
    ["tools/call", '{"name":"nobody_knows","arguments":{}}'],
    ["prompts/get", '{"name":"nobody_knows"}'],
    ["resources/read", '{"uri":"odd://nobody-knows"}'],
    ["completion/complete", '{"ref":{"type":"ref/prompt","name":"nobody_knows"},"argument":{"name":"a","value":""}}'],
    ["resources/unheard-of", "{}"],
  ])("P1: is refused an unknown name of %s alike on both paths", async (method, params) => {
    const [one, other] = await Promise.all([ours.ask(method, params), sdk.ask(method, params)]);
    const expected = DIFFERENCES.reduce(
      (value, difference) => difference.expected(value, { era, member: "error" }),
      JSON.parse(one.text) as JsonObject,
    );
    expect([one.member, other.member, JSON.parse(other.text)]).toEqual(["error", "error", expected]);
  });
});

it("P10: meets every documented difference", () => {
  expect([...met].toSorted()).toEqual(DIFFERENCES.map(({ id }) => id).toSorted());
});
