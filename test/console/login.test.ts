/** Logging in by passkey: what opens a session, what does not, and how one ends. */

import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decoys } from "../../src/console/decoys.ts";
import { makePasskey, assertion, type Gesture } from "./authenticator.ts";
import { consoleWorld, type ConsoleWorld } from "./world.ts";

const PEOPLE = { aiko: "groups: [ops]", ken: "groups: [ops]", audrey: "roles: [auditor]" };

let world: ConsoleWorld;
beforeAll(async () => {
  world = await consoleWorld(PEOPLE);
});
afterAll(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const MINUTE = 60_000;

/** Of a passkey. */
const id = (bytes: number): string => randomBytes(bytes).toString("base64url");
const shape = (ids: readonly string[]): string => ids.map(({ length }) => length).join();

describe("a login", () => {
  test("is a gesture over a challenge of this console; it is recorded, and the visit is a new one", async () => {
    const aiko = world.visitor();
    await aiko.get("/login");
    const before = aiko.cookies.get("kidoban");
    const answer = await aiko.logIn("aiko");
    expect([answer.status, answer.headers["location"]]).toEqual([303, "/"]);
    expect(aiko.cookies.get("kidoban")).not.toBe(before);
    expect((await aiko.get("/")).text).toContain("aiko");
    expect(world.entries().filter(({ kind }) => kind === "console.entered")).toMatchObject([
      { by: "aiko", key: world.passkeyOf("aiko").key },
    ]);
  });

  test("P7: does not come of an assertion that proves something else, and each refusal is recorded", async () => {
    const stranger = makePasskey(world.origin, "kidoban.localhost");
    const tries: readonly (readonly [string, Partial<Gesture>, typeof stranger?])[] = [
      ["without a verified human", { flags: 0x01 }],
      ["without anybody", { flags: 0x00 }],
      ["made on another page", { origin: "http://evil.example" }],
      ["made on another port", { origin: `http://kidoban.localhost:${world.port + 1}` }],
      ["made in somebody's frame", { crossOrigin: true }],
      ["of an enrolment", { type: "webauthn.create" }],
      ["over another challenge", { challenge: Buffer.alloc(32).toString("base64url") }],
      ["of a passkey that nobody has", {}, stranger],
      ["of a passkey that says it is another's", {}, { ...stranger, id: world.passkeyOf("aiko").id }],
    ];
    for (const [what, how, passkey] of tries) {
      const visitor = world.visitor();
      await visitor.get("/login");
      const { gesture, publicKey } = await visitor.gesture("/login/challenge", {});
      const credential = assertion(passkey ?? world.passkeyOf("aiko"), { challenge: publicKey.challenge, ...how });
      const answer = await visitor.post("/login", { gesture, credential });
      expect([what, answer.status]).toEqual([what, 401]);
      expect((await visitor.get("/")).status).toBe(303);
    }
    const refused = world.entries().filter(({ kind }) => kind === "auth.refused");
    expect(refused.reduce((sum, { times }) => sum + Number(times), 0)).toBeGreaterThan(0);
  });

  test("is good once, for two minutes, in the browser that asked for it", async () => {
    const visitor = world.visitor();
    await visitor.get("/login");
    const { gesture, publicKey } = await visitor.gesture("/login/challenge", {});
    const form = { gesture, credential: assertion(world.passkeyOf("aiko"), { challenge: publicKey.challenge }) };
    const other = world.visitor();
    await other.get("/login");
    expect((await other.post("/login", form)).status).toBe(401);
    expect((await visitor.post("/login", form)).status).toBe(303);
    await visitor.get("/passes");
    await visitor.post("/logout", {});
    await visitor.get("/login");
    expect((await visitor.post("/login", form)).status).toBe(401);

    const late = await visitor.gesture("/login/challenge", {});
    world.wait(2 * MINUTE);
    const credential = assertion(world.passkeyOf("aiko"), { challenge: late.publicKey.challenge });
    expect((await visitor.post("/login", { gesture: late.gesture, credential })).status).toBe(401);
  });

  test("does not tell which names there are", async () => {
    const visitor = world.visitor();
    await visitor.get("/login");
    const idsOf = async (name: string) =>
      (await visitor.gesture("/login/challenge", { name })).publicKey.allowCredentials;
    expect(await idsOf("")).toEqual([]);
    expect(await idsOf("aiko")).toEqual([world.passkeyOf("aiko").id]);
    const nobody = await idsOf("nobody");
    expect(nobody).toHaveLength(1);
    expect(nobody[0]).toHaveLength(world.passkeyOf("aiko").id.length);
    expect(await idsOf("nobody")).toEqual(nobody);
    // The same after a restart, as those of real people are.
    const key = (await world.store.note("console-decoys")) ?? "";
    const inUse = Object.keys(PEOPLE).map((name) => [world.passkeyOf(name).id]);
    expect(decoys(key, "nobody", inUse)).toEqual(nobody);
  });

  test("does not tell them by the lengths or the number of passkeys either", () => {
    const inUse = [[], [id(16)], [id(16)], [id(64), id(20)], [id(32)]];
    const names = Array.from({ length: 400 }, (_, at) => `name-${at}`);
    const real = inUse.filter(({ length }) => length > 0).map(shape);
    const invented = names.map((name) => shape(decoys("key", name, inUse)));
    for (const each of new Set(real)) {
      const share = invented.filter((one) => one === each).length / names.length;
      expect([each, Math.abs(share - real.filter((one) => one === each).length / real.length) < 0.1]).toEqual([
        each,
        true,
      ]);
    }
    expect(new Set(invented)).toEqual(new Set(real));
    // Whoever comes or goes changes only what was like them.
    const kept = names.filter(
      (name) => decoys("key", name, inUse).join() === decoys("key", name, inUse.slice(0, -1)).join(),
    );
    expect(kept.length).toBeGreaterThan(names.length / 2);
    expect(decoys("key", "a", inUse)).not.toEqual(decoys("key", "b", inUse));
    expect(shape(decoys("key", "a", []))).toBe("43");
  });
});

describe("a session", () => {
  test("ends after fifteen idle minutes; pages that look again by themselves do not keep it alive", async () => {
    const aiko = world.visitor();
    await aiko.logIn("aiko");
    world.wait(14 * MINUTE);
    expect((await aiko.get("/")).status).toBe(200);
    for (let minute = 0; minute < 14; minute += 7) {
      world.wait(7 * MINUTE);
      expect((await aiko.get("/fragments/inbox", { "x-kidoban-refresh": "1" })).status).toBe(200);
    }
    world.wait(2 * MINUTE);
    expect((await aiko.get("/fragments/inbox", { "x-kidoban-refresh": "1" })).status).toBe(401);
    expect((await aiko.get("/")).status).toBe(303);
  });

  test("ends after eight hours, however busy", async () => {
    const aiko = world.visitor();
    await aiko.logIn("aiko");
    for (let minutes = 0; minutes < 480; minutes += 12) {
      expect((await aiko.get("/passes")).status).toBe(200);
      world.wait(12 * MINUTE);
    }
    world.wait(MINUTE);
    expect((await aiko.get("/")).status).toBe(303);
  });

  test("ends with the logout, also for who kept its cookie", async () => {
    const aiko = world.visitor();
    await aiko.logIn("aiko");
    const stolen = aiko.cookies.get("kidoban") ?? "";
    expect((await aiko.post("/logout", {})).headers["location"]).toBe("/login");
    const thief = world.visitor();
    thief.cookies.set("kidoban", stolen);
    expect((await thief.get("/")).status).toBe(303);
  });

  test("P12: ends at once for somebody who was taken out of kidoban.yaml, accepted or not", async () => {
    const ken = world.visitor();
    await ken.logIn("ken");
    expect((await ken.get("/")).status).toBe(200);
    const { ken: _left, ...rest } = PEOPLE;
    world.write(rest);
    expect((await ken.get("/")).status).toBe(303);
    world.write(PEOPLE);
    // Coming back in the file does not open it again.
    expect((await ken.get("/")).status).toBe(303);
  });

  test("a value that nobody was given is no session", async () => {
    const guesser = world.visitor();
    for (const value of ["", "x", "A".repeat(43), "A".repeat(44), "__proto__"]) {
      guesser.cookies.set("kidoban", value);
      expect((await guesser.get("/")).status).toBe(303);
    }
  });
});

describe("roles", () => {
  test("an auditor reads and answers nothing", async () => {
    const { sampleRequest } = await import("../approval/sample.ts");
    const request = await world.open(sampleRequest({ openedAt: world.now(), expiresAt: world.now() + 900_000 }));
    const audrey = world.visitor();
    await audrey.logIn("audrey");
    const page = await audrey.get(`/requests/${request.id}`);
    expect(page.status).toBe(200);
    expect(page.text).not.toContain("data-answers");
    for (const answer of ["approve", "deny", "return", "break-glass"]) {
      const form = { answer, shown: request.shown, comment: "x" };
      expect((await audrey.post(`/requests/${request.id}/challenge`, form)).status).toBe(409);
    }
    expect((await audrey.post("/stops", { reason: "x" })).status).toBe(403);
  });
});
