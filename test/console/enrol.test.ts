/** Enrolling a passkey: a link alone opens nothing, a code is not guessed, and what was enrolled counts for nothing yet. */

import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { isoCBOR } from "@simplewebauthn/server/helpers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withPasskey } from "../../src/config/passkey-write.ts";
import { readConfig } from "../../src/config/config-file.ts";
import { codeDigest, ENROL_MS, linkDigest, newEnrolment, passkeyLines } from "../../src/console/enrolment.ts";
import { consoleWorld, type ConsoleWorld } from "./world.ts";

let world: ConsoleWorld;
beforeAll(async () => {
  world = await consoleWorld({ aiko: "groups: [ops]" });
});
afterAll(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

/** As `kidoban approver add NAME --passkey` does. */
async function enrolment(approver = "ken") {
  const { link, code } = newEnrolment();
  const expiresAt = world.now() + ENROL_MS;
  await world.store.addEnrolment(
    { link: linkDigest(link), approver, code: codeDigest(link, code), expiresAt },
    world.now(),
  );
  return {
    link,
    code,
    path: `/enrol/${link}`,
    state: async () => (await world.store.enrolment(linkDigest(link)))?.state,
  };
}

interface Made {
  readonly alg?: -7 | -257 | -8;
  readonly origin?: string;
  readonly rp?: string;
  readonly flags?: number;
  readonly type?: string;
}

const raw = (text: string | undefined) => new Uint8Array(Buffer.from(text ?? "", "base64url"));

/** What a browser gives for `navigator.credentials.create` with attestation "none" (Web Authentication, section 8.7). */
function created(
  challenge: string,
  { alg = -7, origin = world.origin, rp = "kidoban.localhost", flags = 0x45, type = "webauthn.create" }: Made = {},
): string {
  const id = randomBytes(32);
  const cose = new Map<number, number | Uint8Array>();
  if (alg === -257) {
    const jwk = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
    for (const [label, value] of [
      [1, 3],
      [3, alg],
      [-1, raw(jwk.n)],
      [-2, raw(jwk.e)],
    ] as const)
      cose.set(label, value);
  } else if (alg === -7) {
    const jwk = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
    for (const [label, value] of [
      [1, 2],
      [3, alg],
      [-1, 1],
      [-2, raw(jwk.x)],
      [-3, raw(jwk.y)],
    ] as const)
      cose.set(label, value);
  } else {
    const jwk = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
    for (const [label, value] of [
      [1, 1],
      [3, alg],
      [-1, 6],
      [-2, raw(jwk.x)],
    ] as const)
      cose.set(label, value);
  }
  const authData = Buffer.concat([
    createHash("sha256").update(rp).digest(),
    Buffer.of(flags),
    Buffer.alloc(4),
    Buffer.alloc(16),
    Buffer.of(0, id.length),
    id,
    isoCBOR.encode(cose),
  ]);
  const attestation = isoCBOR.encode(
    new Map<string, string | Map<string, string> | Uint8Array>([
      ["fmt", "none"],
      ["attStmt", new Map()],
      ["authData", new Uint8Array(authData)],
    ]),
  );
  const clientData = JSON.stringify({ type, challenge, origin, crossOrigin: false });
  return JSON.stringify({
    id: id.toString("base64url"),
    attestationObject: Buffer.from(attestation).toString("base64url"),
    clientData: Buffer.from(clientData).toString("base64url"),
  });
}

interface Asked {
  readonly gesture: string;
  readonly enrol: {
    readonly challenge: string;
    readonly authenticatorSelection: unknown;
    readonly pubKeyCredParams: unknown;
  };
}

/** Somebody who has the link, in a browser of their own. */
async function holder({ path }: { readonly path: string }) {
  const visitor = world.visitor();
  await visitor.get(path);
  return {
    ...visitor,
    type: (code: string) => visitor.post(`${path}/challenge`, { code }),
    async enrol(code: string, made: Made = {}) {
      const asked = JSON.parse((await visitor.post(`${path}/challenge`, { code })).text) as Asked;
      const credential = created(asked.enrol.challenge, made);
      return visitor.post(path, { code, gesture: asked.gesture, credential });
    },
  };
}

describe("an enrolment", () => {
  test("with the link and the code gives the lines for kidoban.yaml, and nothing before they are accepted", async () => {
    for (const alg of [-7, -257] as const) {
      const open = await enrolment();
      const ken = await holder(open);
      const asked = JSON.parse((await ken.type(open.code.toLowerCase().replace("-", " - "))).text) as Asked;
      expect(asked.enrol.authenticatorSelection).toEqual({ residentKey: "preferred", userVerification: "required" });
      expect(asked.enrol.pubKeyCredParams).toEqual([-7, -257].map((each) => ({ type: "public-key", alg: each })));
      const done = await ken.enrol(open.code, { alg });
      expect(done.status).toBe(200);
      const passkey = (await world.store.enrolment(linkDigest(open.link)))?.passkey;
      if (passkey === undefined) throw new Error("no passkey");
      expect(passkey.key).toMatch(alg === -7 ? /^es256:/ : /^rs256:/);
      expect(done.text).toContain(passkey.key);
      const yaml = `kidoban: 1\nservers: {}\napprovers:\n${passkeyLines("ken", passkey)}`;
      expect(readConfig("kidoban.yaml", yaml, "/gate").config?.approvers).toMatchObject([
        { name: "ken", passkeys: [passkey] },
      ]);
      expect(world.entries().some(({ kind, key }) => kind === "passkey.enrolled" && key === passkey.key)).toBe(true);
      // It is nobody's yet.
      const visitor = world.visitor();
      await visitor.get("/login");
      expect((await visitor.gesture("/login/challenge", { name: "ken" })).publicKey.allowCredentials).not.toContain(
        passkey.id,
      );
    }
  });

  test("P7: a link opened by somebody else is useless without the code, and void after five wrong ones", async () => {
    const open = await enrolment();
    const thief = await holder(open);
    for (const code of ["", "000-000", "ZZZ-ZZZ", "not a code"]) expect((await thief.type(code)).status).toBe(403);
    expect(await open.state()).toBe("open");
    expect((await thief.type("111-111")).text).toContain("void");
    expect(await open.state()).toBe("void");
    expect((await thief.type(open.code)).status).toBe(410);
    expect((await thief.get(open.path)).status).toBe(410);
  });

  test("P7: a hundred guesses at once are five", async () => {
    const open = await enrolment();
    const thief = await holder(open);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => thief.type(`1${String(n).padStart(2, "0")}-111`)),
    );
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(5);
    expect(await open.state()).toBe("void");
  });

  test("the code typed in one browser opens nothing in another", async () => {
    const open = await enrolment();
    const ken = await holder(open);
    const thief = await holder(open);
    const asked = JSON.parse((await ken.type(open.code)).text) as Asked;
    const stolen = await thief.post(open.path, { gesture: asked.gesture, credential: created(asked.enrol.challenge) });
    expect(stolen.status).toBe(410);
    expect(await open.state()).toBe("open");
  });

  test("is good once, for ten minutes", async () => {
    const once = await enrolment();
    const ken = await holder(once);
    expect((await ken.enrol(once.code)).status).toBe(200);
    expect((await ken.get(once.path)).status).toBe(410);
    expect((await ken.type(once.code)).status).toBe(410);

    const late = await enrolment();
    const slow = await holder(late);
    world.wait(ENROL_MS);
    expect((await slow.type(late.code)).status).toBe(410);
    expect((await slow.get(late.path)).status).toBe(410);
  });

  test("takes no passkey that does not verify its human, is of another page, or of a kind that is not asked for", async () => {
    const open = await enrolment();
    const ken = await holder(open);
    const wrong: readonly Made[] = [
      { flags: 0x41 },
      { flags: 0x44 },
      { origin: "http://evil.example" },
      { rp: "evil.example" },
      { type: "webauthn.get" },
      { alg: -8 },
    ];
    for (const made of wrong) expect([made, (await ken.enrol(open.code, made)).status]).toEqual([made, 400]);
    const asked = JSON.parse((await ken.type(open.code)).text) as Asked;
    for (const credential of [
      "",
      "{}",
      "[]",
      "null",
      "x".repeat(1000),
      created(Buffer.alloc(32).toString("base64url")),
    ]) {
      const again = JSON.parse((await ken.type(open.code)).text) as Asked;
      expect((await ken.post(open.path, { gesture: again.gesture, credential })).status).toBe(400);
    }
    expect(asked.gesture).toBeTruthy();
    expect(await open.state()).toBe("open");
  });

  test("of links and codes only digests are kept", async () => {
    const open = await enrolment();
    const row = JSON.stringify(await world.store.enrolment(linkDigest(open.link)));
    expect(row).not.toContain(open.link);
    expect(row).not.toContain(open.code);
    for (const path of ["/enrol/x", `/enrol/${linkDigest(open.link)}`, `/enrol/${open.link}x`, "/enrol/%2e%2e"])
      expect([path, (await world.visitor().get(path)).status]).not.toEqual([path, 200]);
  });
});

describe("written into kidoban.yaml", () => {
  const passkey = {
    id: "A".repeat(43),
    key: "es256:x",
    origin: "https://kidoban.example.com",
    rp: "kidoban.example.com",
  };
  const text = `kidoban: 1 # one
servers: {}
# Who has a say.
approvers:
  aiko: { key: "ed25519:x", groups: [ops] } # the first
  ken:
    groups: [ops]
    passkeys:
      - { id: old, key: "es256:y", origin: "https://a.example", rp: a.example }
`;

  test("not one character of the others is touched, wherever it goes", () => {
    const texts: readonly (readonly [string, string])[] = [
      [text, "mika"],
      [text, "ken"],
      [text, "aiko"],
      [`${text}\n# Rules.\nrules: []\n`, "mika"],
      [`${text}\n# Rules.\nrules: []\n`, "ken"],
      ["kidoban: 1\nservers: {}\n", "mika"],
      ["kidoban: 1", "mika"],
      ["approvers: {}\n", "mika"],
      ["approvers: { ken: { groups: [ops], } }\n", "ken"],
      ["approvers: { ken: { groups: [ops] } }", "mika"],
      ["approvers:\n    ken:\n        groups: [ops]\n\n    # the last\nservers: {}\n", "ken"],
      ["approvers:\n    ken:\n        passkeys: []\nservers: {}\n", "ken"],
    ];
    for (const [before, name] of texts) {
      const after = withPasskey(before, name, passkey, ["leads"]) ?? "";
      expect([before, name, after.includes(passkey.id)]).toEqual([before, name, true]);
      let same = 0;
      while (same < before.length && before[same] === after[same]) same++;
      expect([before, name, after.endsWith(before.slice(same))]).toEqual([before, name, true]);
    }
  });

  test("a file that cannot be changed safely is left alone", () => {
    for (const broken of ["", "[]", "approvers: [", "approvers: x", "approvers:\n  ken: { passkeys: x }"])
      expect(withPasskey(broken, "ken", passkey, [])).toBeUndefined();
  });
});
