/**
 * Every kind of client, at a gate on stdio and over HTTP, before a server of each era: the same is done, and each time the
 * client, the server's own ledger and the log have to say the same.
 */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Request } from "../../src/approval/request.ts";
import { KINDS } from "../gateway/serve-world.ts";
import { textOf, type Effect, type LogEntry } from "../gateway/world.ts";
import { LISTS, type Seat } from "./clients.ts";
import { agentOf, ERAS, matrixWorld, PATIENCE_MS, until, WAYS, type MatrixWorld } from "./world.ts";

const ROWS = KINDS.flatMap((kind) => WAYS.map((way) => [kind, way] as const));

let matrix: MatrixWorld;
beforeAll(async () => {
  matrix = await matrixWorld();
});
afterAll(async () => {
  expect(await matrix.close()).toBe(0);
});

const outline = ({ tool, id, value }: Effect): string => [tool, id, ...(value === undefined ? [] : [value])].join(" ");

/** The entries of these kinds. */
const told = (entries: readonly LogEntry[], ...kinds: readonly string[]): readonly LogEntry[] =>
  entries.filter(({ kind }) => kinds.includes(kind));

describe.each(ROWS)("a client of kind %s over %s", { timeout: 2 * PATIENCE_MS }, (kind, way) => {
  const agent = agentOf(kind, way);
  let seat: Seat;
  beforeAll(async () => {
    seat = await matrix.sit(kind, way);
  });
  afterAll(() => seat.leave());

  describe.each(ERAS)("before a server of the %s era", (era) => {
    let count = 0;
    let id: string;
    beforeEach(() => {
      matrix.news();
      count += 1;
      id = `${agent}.${era}.${count}`;
    });

    const call = (name: string, options?: Parameters<Seat["call"]>[2]) => seat.call(`${era}_${name}`, { id }, options);

    test("P2, P4, P10: a call has one effect, one intent and one outcome", async () => {
      expect(textOf(await call("append"))).toBe(`appended ${id}`);
      const { effects, entries } = matrix.news();
      expect(effects.map(outline)).toEqual([`append ${id}`]);
      const [intent, outcome, ...others] = told(entries, "call.intent", "call.outcome");
      expect(others).toEqual([]);
      expect(intent).toMatchObject({
        agent,
        target: { server: era, kind: "tool", name: "append" },
        why: { effect: "allow", access: "write", rules: [`${agent}#free`] },
      });
      expect(outcome).toMatchObject({ call: intent?.["call"], status: "ok" });
    });

    test("P10: a call's progress arrives while it runs", async () => {
      const steps: number[] = [];
      const stepping = call("steps", { onprogress: ({ progress }) => void steps.push(progress) });
      await until(() => steps.length === 3);
      matrix.release(id);
      expect(textOf(await stepping)).toBe(`stepped ${id}`);
      expect(steps).toEqual([1, 2, 3]);
      const { effects, entries } = matrix.news();
      expect(effects.map(outline)).toEqual([`steps ${id}`]);
      expect(told(entries, "call.intent", "call.outcome")).toMatchObject([
        { agent, why: { effect: "allow", access: "read" } },
        { status: "ok" },
      ]);
    });

    test("P10: a cancelled call is cancelled at its server", async () => {
      const patience = new AbortController();
      const holding = call("hold", { signal: patience.signal }).then(
        () => "answered",
        () => "left",
      );
      const seen: string[] = [];
      const entries: LogEntry[] = [];
      const look = (): void => {
        const { effects, entries: more } = matrix.news();
        seen.push(...effects.map(outline));
        entries.push(...more);
      };
      await until(() => (look(), seen.length === 1));
      patience.abort();
      expect(await holding).toBe("left");
      await until(() => (look(), seen.length === 2));
      expect(seen).toEqual([`hold ${id} begun`, `hold ${id} cancelled`]);
      await until(() => (look(), told(entries, "call.outcome").length === 1));
      const [intent, outcome] = told(entries, "call.intent", "call.outcome");
      expect(intent).toMatchObject({ agent, target: { server: era, name: "hold" } });
      expect(outcome).toMatchObject({ call: intent?.["call"], status: "cancelled" });
    });

    test.each(LISTS)(
      "P1, P10: a changed list of %s is told, and what changed is gone until it is as reviewed",
      async (what) => {
        const fickle = what === "resources" ? `${era}://fickle` : `${era}_fickle`;
        expect(await seat.list(what)).toContain(fickle);
        for (const [times, isThere] of [
          [1, false],
          [2, true],
        ] as const) {
          const before = seat.heard.length;
          const change = seat.call(`${era}_change`, { id: what });
          await until(() => seat.heard.slice(before).includes(`${what}/list_changed`));
          expect(textOf(await change)).toBe(`changed ${what}`);
          expect((await seat.list(what)).includes(fickle), `after ${times} changes`).toBe(isThere);
        }
        const { effects, entries } = matrix.news();
        expect(effects.map(outline)).toEqual([`change ${what}`, `change ${what}`]);
        expect(told(entries, "definition.quarantined")).toMatchObject([
          { target: { server: era, name: what === "resources" ? fickle : "fickle" } },
        ]);
      },
    );

    test("P1, P10: an update of a watched resource is told, and of one that is watched no more is not", async () => {
      const [still, other] = [`${era}://still`, `${era}://other`];
      const before = seat.heard.length;
      const updates = () => seat.heard.slice(before).filter((one) => one.startsWith("resources/updated"));
      const end = await seat.watch(still);
      const endOther = await seat.watch(other);
      await seat.call(`${era}_touch`, { id: still });
      await until(() => updates().length === 1);
      await end();
      await seat.call(`${era}_touch`, { id: still });
      await seat.call(`${era}_touch`, { id: other });
      await until(() => updates().length === 2);
      await endOther();
      expect(updates()).toEqual([`resources/updated ${still}`, `resources/updated ${other}`]);
      const { effects, entries } = matrix.news();
      const noted = (what: string) => effects.filter(({ tool }) => tool === what).map((one) => one.id);
      // A server of the 2026 era is not told by this SDK which resources are listened to.
      const listened = era === "legacy" ? [still, other] : [];
      await until(() => (effects.push(...matrix.news().effects), noted("unwatch").length === listened.length));
      expect([noted("watch"), noted("unwatch"), noted("touch")]).toEqual([listened, listened, [still, still, other]]);
      expect(told(entries, "resource.watched")).toMatchObject([
        { agent, target: { server: era, kind: "resource", name: still } },
        { agent, target: { server: era, kind: "resource", name: other } },
      ]);
    });

    test("P2, P10: a server's question is put where it is relayed, in the middle of one call", async () => {
      const before = seat.asked.length;
      expect(textOf(await call("book"))).toBe("booked window");
      expect(seat.asked.slice(before)).toMatchObject([{ message: `[${era} asks] Which seat?` }]);
      const { effects, entries } = matrix.news();
      expect(effects.map(outline)).toEqual([`asked ${id}`, `book ${id} window`]);
      const story = told(entries, "call.intent", "question.asked", "question.answered", "call.outcome");
      const of = { call: story[0]?.["call"] };
      expect(story).toMatchObject([
        { kind: "call.intent", agent },
        { kind: "question.asked", ...of, server: era, method: "elicitation/create" },
        { kind: "question.answered", ...of, says: "accept" },
        { kind: "call.outcome", ...of, status: "ok" },
      ]);
    });

    test("P1: a question of a server that may not ask is put to nobody, and has no effect", async () => {
      const before = seat.asked.length;
      const answer: unknown = await seat
        .call(`${era}-quiet_book`, { id })
        .catch((error: unknown) => ({ isError: error instanceof Error }));
      expect(answer).toMatchObject({ isError: true });
      expect(seat.asked.length).toBe(before);
      const { effects, entries } = matrix.news();
      expect(effects.map(outline)).toEqual([`asked ${id}`]);
      expect(told(entries, "question.asked")).toEqual([]);
      const [intent, outcome] = told(entries, "call.intent", "call.outcome");
      expect(intent).toMatchObject({ agent, target: { server: `${era}-quiet`, name: "book" } });
      expect(outcome?.["call"]).toBe(intent?.["call"]);
      expect(outcome?.["status"]).toMatch(/^(?:tool|rpc)_error$/);
    });

    test("P2, P3: a write is held until it is approved, and its caller gets the result", async () => {
      const held = call("keep");
      const request = await matrix.pending(agent);
      expect(matrix.news().effects).toEqual([]);
      matrix.release(id);
      await matrix.world.answer(request, "approve");
      expect(textOf(await held)).toBe(`kept ${id}`);
      await matrix.world.waitFor(["succeeded"]);
      const { effects, entries } = matrix.news();
      expect(effects.map(outline)).toEqual([`keep ${id} begun`, `keep ${id}`]);
      const of = { request: request.id };
      expect(told(entries, "request.answered", "request.claimed", "call.intent", "call.outcome")).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ kind: "request.answered", ...of }),
          expect.objectContaining({ kind: "request.claimed", ...of }),
          expect.objectContaining({ kind: "call.intent", agent, ...of }),
          expect.objectContaining({ kind: "call.outcome", status: "ok" }),
        ]),
      );
    });

    /** A client of its own, whose write was approved and has begun; the call's end is caught as text. */
    const leaverInAWrite = async () => {
      const leaver = await matrix.sit(kind, way);
      const patience = new AbortController();
      const leaving = leaver.call(`${era}_keep`, { id }, { signal: patience.signal }).catch(String);
      const request = await matrix.pending(agent);
      await matrix.world.answer(request, "approve");
      const effects: string[] = [];
      await until(() => {
        effects.push(...matrix.news().effects.map(outline));
        return effects.includes(`keep ${id} begun`);
      });
      return { leaver, patience, leaving, request };
    };

    /** The write ends with nobody there; the repeated call gets its result, and the one after that is a new one. */
    const expectReplay = async ({ id: request }: Request) => {
      const { store } = await matrix.world.state();
      await until(async () => (await store.request(request))?.state === "succeeded");
      const replayed = (await call("keep")) as { readonly _meta?: unknown };
      expect(textOf(replayed)).toBe(`kept ${id}`);
      expect(replayed._meta).toHaveProperty(["dev.kidoban/replayed"]);
      const third = call("keep");
      const again = await matrix.pending(agent);
      expect(again.id).not.toBe(request);
      await matrix.world.answer(again, "deny");
      expect(await third).toMatchObject({ isError: true });
      const kept = matrix.world.effects().filter((effect) => effect.tool === "keep" && effect.id === id);
      expect(kept.map(outline)).toEqual([`keep ${id} begun`, `keep ${id}`]);
      const own = matrix.world.entries().filter((entry) => entry["request"] === request);
      expect(told(own, "call.intent")).toHaveLength(1);
      expect(told(own, "call.replayed")).toMatchObject([{ agent }]);
    };

    test("P2, P5: a client that left while its write ran gets the result at the repeated call, once", async () => {
      const { leaver, patience, leaving, request } = await leaverInAWrite();
      patience.abort();
      expect(await leaving).toMatch(/abort/i);
      // Once the gate has answered this, it has seen that nobody waits for the write.
      await leaver.list("tools");
      const left = leaver.leave();
      // A gate on stdio lives on until its write is done.
      if (way === "HTTP") await left;
      matrix.release(id);
      await left;
      await expectReplay(request);
    });

    test.runIf(way === "HTTP")("P5: so does a client that goes without a word, as a killed one does", async () => {
      const { leaver, leaving, request } = await leaverInAWrite();
      await leaver.vanish();
      expect(await leaving).toMatch(/closed|abort/i);
      await seat.list("tools");
      matrix.release(id);
      await expectReplay(request);
    });
  });
});

test("P6: the log of all of it is whole", () => {
  expect(matrix.world.kidoban("log", "verify").status).toBe(0);
});
