/** Attacks on the console below what a browser does: bytes on its port, stolen cookies, and gestures for something else. */

import { connect } from "node:net";
import { get } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeDigest, ENROL_MS, linkDigest, newEnrolment } from "../../src/console/enrolment.ts";
import { obligation, sampleRequest } from "../approval/sample.ts";
import { assertion, makePasskey } from "./authenticator.ts";
import { consoleWorld, type ConsoleWorld } from "./world.ts";

const PEOPLE = { aiko: "groups: [ops]", ken: "groups: [ops]" };

let world: ConsoleWorld;
let aiko: ReturnType<ConsoleWorld["visitor"]>;
let ken: ReturnType<ConsoleWorld["visitor"]>;
beforeAll(async () => {
  world = await consoleWorld(PEOPLE);
  [aiko, ken] = [world.visitor(), world.visitor()];
  await Promise.all([aiko.logIn("aiko"), ken.logIn("ken")]);
});
afterAll(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const cookieOf = ({ cookies }: typeof aiko) => [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");

/** Everything that comes back for these bytes. */
const bytes = (text: string): Promise<string> =>
  new Promise((done) => {
    let said = "";
    const socket = connect(world.port, "127.0.0.1", () => socket.end(text));
    socket.on("data", (part) => (said += part.toString()));
    socket.on("error", () => undefined);
    socket.on("close", () => done(said));
  });
const statuses = (said: string): readonly string[] =>
  [...said.matchAll(/^HTTP\/1\.[01] (\d+) /gm)].map((match) => match[1] ?? "");

let count = 0;
const ask = () => {
  world.wait(1);
  return world.open(
    sampleRequest(
      {
        openedAt: world.now(),
        expiresAt: world.now() + 900_000,
        obligations: [obligation({ assurance: "verified" })],
      },
      { path: `attack ${count++}` },
    ),
  );
};

describe("bytes on the port", () => {
  test("one request hidden in another is refused, or checked like any other", async () => {
    const cookie = cookieOf(aiko);
    const inner = `GET /log HTTP/1.1\r\nHost: evil.example\r\nCookie: ${cookie}\r\n\r\n`;
    const head = `POST /logout HTTP/1.1\r\nHost: ${world.host}\r\nOrigin: ${world.origin}\r\nCookie: ${cookie}\r\n`;
    const form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for (const text of [
      `${head}${form}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
      `${head}${form}Transfer-Encoding: xchunked\r\n\r\n${inner}`,
      `${head}${form}Content-Length: 5\r\nContent-Length: 6\r\n\r\n${inner}`,
      `${head}${form}Content-Length : 0\r\n\r\n${inner}`,
      `${head}${form}Transfer-Encoding: chunked\r\n\r\n0;x\n\r\n\r\n${inner}`,
      `GET / HTTP/1.1\r\nHost: ${world.host}\r\nHost: evil.example\r\nCookie: ${cookie}\r\n\r\n`,
      `GET / HTTP/1.0\r\nCookie: ${cookie}\r\n\r\n`,
      `GET / HTTP/1.0\r\nHost: evil.example\r\nCookie: ${cookie}\r\n\r\n`,
      `GET http://${world.host}/ HTTP/1.1\r\nHost: evil.example\r\nCookie: ${cookie}\r\n\r\n`,
    ]) {
      const said = await bytes(text);
      expect([text, statuses(said).filter((each) => each < "400")]).toEqual([text, []]);
      expect(said).not.toContain("aiko");
    }
    expect((await aiko.get("/")).status).toBe(200);
  });

  test("an address of another host in the first line changes nothing of who is meant", async () => {
    const said = await bytes(
      `GET http://evil.example/stops HTTP/1.1\r\nHost: ${world.host}\r\nConnection: close\r\n\r\n`,
    );
    expect(/^location: (.*)$/im.exec(said)?.[1]?.trim()).not.toContain("evil");
    expect(said).not.toContain("<form");
  });

  test("a flood of headers is refused, and the next request is answered", async () => {
    const many = Array.from({ length: 3000 }, (_, at) => `x${at}: ${at}`).join("\r\n");
    expect(statuses(await bytes(`GET /login HTTP/1.1\r\nHost: ${world.host}\r\n${many}\r\n\r\n`))).toEqual(["431"]);
    expect((await aiko.get("/")).status).toBe(200);
  });

  test("no path leads out of the assets, and behind the login nothing is open by a trick of writing", async () => {
    for (const path of [
      "/assets/../../../../etc/passwd",
      "/assets/..%2f..%2fetc%2fpasswd",
      "/assets/%2e%2e/log",
      "/assets/../log",
      "/assets//console.js",
      "/enrol/../log",
      "/login/../log",
      "//log",
      "/LOG",
      "/log/",
      "/assets/..%5clog",
    ]) {
      const said = await bytes(`GET ${path} HTTP/1.1\r\nHost: ${world.host}\r\nConnection: close\r\n\r\n`);
      expect([path, statuses(said)]).toEqual([path, [expect.stringMatching(/^(?:303|400|404|410)$/)]]);
      expect(said).not.toMatch(/root:|<article|aiko/);
    }
  });

  test("no header is made of what a person is sent with", async () => {
    for (const evil of ["/%0d%0aSet-Cookie:%20x=y", "/a\r\nSet-Cookie: x=y", "/\u{1f4a9}", "/a\tb"]) {
      const answer = await aiko.post("/preferences", { back: evil, language: "en\r\nx: y", theme: "dark\r\nx: y" });
      expect([evil, answer.status, answer.headers["set-cookie"], answer.headers["x"]]).toEqual([
        evil,
        303,
        undefined,
        undefined,
      ]);
    }
  });

  test("streams end with their readers, and nobody takes them all", async () => {
    const headers = { host: world.host, cookie: cookieOf(aiko) };
    for (let at = 0; at < 140; at++)
      expect((await world.raw({ method: "HEAD", path: "/events", headers })).status).toBe(405);
    const open = () =>
      new Promise<{ readonly status: number; close(): void }>((done, fail) => {
        const sent = get({ host: "127.0.0.1", port: world.port, path: "/events", headers, agent: false }, (answer) =>
          done({ status: answer.statusCode ?? 0, close: () => sent.destroy() }),
        );
        sent.on("error", fail);
      });
    const first = await Promise.all(Array.from({ length: 30 }, open));
    expect(first.filter(({ status }) => status === 200)).toHaveLength(16);
    expect(first.filter(({ status }) => status === 429)).toHaveLength(14);
    const others = { ...headers, cookie: cookieOf(ken) };
    const theirs = await new Promise<number>((done) => {
      const sent = get(
        { host: "127.0.0.1", port: world.port, path: "/events", headers: others, agent: false },
        (answer) => {
          done(answer.statusCode ?? 0);
          sent.destroy();
        },
      );
    });
    expect(theirs).toBe(200);
    for (const one of first) one.close();
    await expect
      .poll(async () => {
        const again = await open();
        again.close();
        return again.status;
      })
      .toBe(200);
  });

  test("what is no text for the store, or no whole letter, is refused and not an error of ours", async () => {
    expect((await aiko.post("/stops", { reason: "a\u0000b" })).status).toBe(400);
    expect((await aiko.get("/history?agent=%00")).status).toBe(400);
    expect((await aiko.get(`/log?id=${"a".repeat(127)}${encodeURIComponent("\u{1f4a9}")}`)).status).toBe(303);
    expect((await aiko.post("/requests/%0d%0ax/answer", {})).status).toBe(303);
  });
});

describe("a session in other hands", () => {
  test("fixed before the login, it is not the one that the login opens", async () => {
    const victim = world.visitor();
    victim.cookies.set("kidoban", "A".repeat(43));
    await victim.logIn("aiko");
    expect(victim.cookies.get("kidoban")).not.toBe("A".repeat(43));
    const thief = world.visitor();
    thief.cookies.set("kidoban", "A".repeat(43));
    expect((await thief.get("/")).status).toBe(303);
  });

  test("P7: a challenge of one visit is good in no other, not even of the same person", async () => {
    const request = await ask();
    const second = world.visitor();
    await second.logIn("aiko");
    const fields = { answer: "approve", shown: request.shown };
    const path = `/requests/${request.id}`;
    const { gesture, publicKey } = await aiko.gesture(`${path}/challenge`, fields);
    const credential = assertion(world.passkeyOf("aiko"), { challenge: publicKey.challenge });
    for (const other of [second, ken]) await other.post(`${path}/answer`, { ...fields, gesture, credential });
    expect(await world.store.statements(request.id)).toEqual([]);
    // Nor was it spent by that.
    await aiko.post(`${path}/answer`, { ...fields, gesture, credential });
    expect(await world.store.statements(request.id)).toHaveLength(1);
  });

  test("P7: a gesture for a login, a stop or a list answers nothing, and none of an answer opens or lifts anything", async () => {
    const request = await ask();
    const path = `/requests/${request.id}`;
    const fields = { answer: "approve", shown: request.shown };
    const good = (challenge: string) => assertion(world.passkeyOf("aiko"), { challenge });
    const login = await aiko.gesture("/login/challenge", {});
    await aiko.post(`${path}/answer`, {
      ...fields,
      gesture: login.gesture,
      credential: good(login.publicKey.challenge),
    });
    const own = await aiko.gesture(`${path}/challenge`, fields);
    // A gesture of the right place with an assertion over something else.
    await aiko.post(`${path}/answer`, { ...fields, gesture: own.gesture, credential: good(login.publicKey.challenge) });
    const again = await aiko.gesture(`${path}/challenge`, fields);
    const credential = good(again.publicKey.challenge);
    const form = { ...fields, gesture: again.gesture, credential };
    expect((await aiko.post("/login", form)).status).toBe(401);
    await aiko.post(`${path}/batch`, form);
    await aiko.post(`${path}/pass`, form);
    expect((await aiko.post("/config/accept", form)).status).toBe(409);
    expect(await world.store.statements(request.id)).toEqual([]);
    expect(await world.store.passes({})).toEqual([]);
  });

  test("P7: a passkey that is enrolled but not accepted, or of another console, answers nothing and opens nothing", async () => {
    const request = await ask();
    const fields = { answer: "approve", shown: request.shown };
    const path = `/requests/${request.id}`;
    const accepted = world.passkeyOf("aiko");
    for (const other of [
      makePasskey(world.origin, "kidoban.localhost"),
      { ...makePasskey(world.origin, "kidoban.localhost"), id: accepted.id },
      { ...accepted, rp: "evil.example" },
      { ...accepted, rp: "localhost" },
    ]) {
      const { gesture, publicKey } = await aiko.gesture(`${path}/challenge`, fields);
      const credential = assertion(other, { challenge: publicKey.challenge });
      await aiko.post(`${path}/answer`, { ...fields, gesture, credential });
      const visitor = world.visitor();
      await visitor.get("/login");
      const login = await visitor.gesture("/login/challenge", {});
      const inwards = {
        gesture: login.gesture,
        credential: assertion(other, { challenge: login.publicKey.challenge }),
      };
      expect((await visitor.post("/login", inwards)).status).toBe(401);
    }
    expect(await world.store.statements(request.id)).toEqual([]);
  });

  test("P12: taken out of kidoban.yaml between the question and the gesture, an approver answers nothing", async () => {
    const request = await ask();
    const fields = { answer: "approve", shown: request.shown };
    const path = `/requests/${request.id}`;
    const { gesture, publicKey } = await ken.gesture(`${path}/challenge`, fields);
    const credential = assertion(world.passkeyOf("ken"), { challenge: publicKey.challenge });
    world.write({ aiko: PEOPLE.aiko });
    try {
      expect((await ken.post(`${path}/answer`, { ...fields, gesture, credential })).status).toBe(401);
    } finally {
      world.write(PEOPLE);
    }
    expect((await ken.post(`${path}/answer`, { ...fields, gesture, credential })).status).toBeGreaterThanOrEqual(400);
    expect(await world.store.statements(request.id)).toEqual([]);
  });
});

const enrolment = async () => {
  const { link, code } = newEnrolment();
  const row = { link: linkDigest(link), approver: "mika", code: codeDigest(link, code) };
  await world.store.addEnrolment({ ...row, expiresAt: world.now() + ENROL_MS }, world.now());
  return { code, path: `/enrol/${link}`, state: async () => (await world.store.enrolment(linkDigest(link)))?.state };
};

describe("an enrolment in other hands", () => {
  test("P7: guesses of twenty browsers at once are five, and the right code comes too late after them", async () => {
    const open = await enrolment();
    const thieves = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const thief = world.visitor();
        await thief.get(open.path);
        return thief;
      }),
    );
    const answers = await Promise.all(
      thieves.map((thief, at) => thief.post(`${open.path}/challenge`, { code: `2${String(at).padStart(2, "0")}-222` })),
    );
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(15);
    expect(await open.state()).toBe("void");
    expect((await thieves[0]?.post(`${open.path}/challenge`, { code: open.code }))?.status).toBe(410);
  });

  test("the right code among wrong ones at once lets nobody in but who typed it", async () => {
    const open = await enrolment();
    const [owner, thief] = [world.visitor(), world.visitor()];
    await Promise.all([owner.get(open.path), thief.get(open.path)]);
    const [right, wrong] = await Promise.all([
      owner.post(`${open.path}/challenge`, { code: open.code }),
      thief.post(`${open.path}/challenge`, { code: "222-222" }),
    ]);
    expect([right.status, wrong.status]).toEqual([200, 403]);
    const { gesture } = JSON.parse(right.text) as { readonly gesture: string };
    expect((await thief.post(open.path, { gesture, credential: "{}" })).status).toBe(410);
    expect(await open.state()).toBe("open");
  });
});
