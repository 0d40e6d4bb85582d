/** What a server answers reaches the agent byte for byte, in all four meetings of eras, but for the documented list. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXCEPTIONS, type EraName } from "./exceptions.ts";
import { oddWorld, question, type OddWorld } from "./odd-world.ts";
import { PROBES } from "./probes.ts";
import type { RawClient } from "./raw-client.ts";

const ERAS: readonly EraName[] = ["legacy", "modern"];
const met = new Set<string>();

describe.each(ERAS)("in front of a %s server", (server) => {
  let odd: OddWorld;
  let direct: RawClient;
  beforeAll(async () => {
    odd = oddWorld(server);
    direct = await odd.direct();
  });
  afterAll(async () => {
    await direct.close();
    await odd.world.close();
  });

  describe.each(ERAS)("a %s client", (client) => {
    let gate: RawClient;
    beforeAll(async () => {
      gate = await odd.through(client);
    });
    afterAll(() => gate.close());

    it.each(PROBES)("P10: gets $kind $name as the server wrote it", async (probe) => {
      const own = await direct.ask(...question(probe));
      expect(own.text).toContain(probe.text.slice(1, -1));
      let expected = own.text;
      for (const exception of EXCEPTIONS) {
        const changed = exception.expected(expected, { client, server, probe });
        if (changed !== expected) met.add(exception.id);
        expected = changed;
      }
      expect(await gate.ask(...question(probe))).toEqual({ member: own.member, text: expected });
    });

    it("P10: gets nothing else", () => expect(gate.others).toEqual([]));
  });
});

it("P10: meets every documented exception", () => {
  expect([...met].toSorted()).toEqual(EXCEPTIONS.map(({ id }) => id).toSorted());
});
