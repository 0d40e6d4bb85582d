import { createHash, createSign, generateKeyPairSync } from "node:crypto";
import { verifyAuthenticationResponse } from "@simplewebauthn/server";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passkeyOf, verifyAssertion } from "../../src/approval/passkey.ts";
import { assertion, authenticator, ORIGIN, RP, type Authenticator, type Said } from "./authenticator.ts";

const challenge = createHash("sha256").update("what is approved").digest();
const other = createHash("sha256").update("something else").digest();
const mine = authenticator();

const holds = (said: Partial<Said> = {}, by: Authenticator = mine, about = challenge): boolean => {
  const made = assertion(by, about, said);
  return verifyAssertion(by.passkey, challenge, made.assertion, made.signature);
};

describe("an assertion proves a human (P7)", () => {
  it.each(["es256", "rs256"] as const)("made with an %s key", (kind) => {
    expect(holds({}, authenticator(kind))).toBe(true);
  });

  it("with any count, and by a passkey that is backed up", () => {
    expect(holds({ counter: 4_294_967_295 })).toBe(true);
    expect(holds({ flags: 0x1d })).toBe(true);
    expect(holds({ client: { crossOrigin: undefined, other_keys_can_be_added_here: "x" } })).toBe(true);
  });

  it("whichever of the two values of S an ECDSA signature has: it is no identity", () => {
    const made = assertion(mine, challenge);
    const der = Buffer.from(made.signature, "base64url");
    const r = der.subarray(4, 4 + (der[3] ?? 0));
    const s = BigInt(`0x${der.subarray(4 + r.length + 2).toString("hex")}`);
    const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const turned = (N - s).toString(16).padStart(64, "0");
    const bytes = Buffer.from((/^[89a-f]/.test(turned) ? "00" : "") + turned.replace(/^(00(?=[0-7]))+/, ""), "hex");
    const body = Buffer.concat([Buffer.from([2, r.length]), r, Buffer.from([2, bytes.length]), bytes]);
    const both = [made.signature, Buffer.concat([Buffer.from([0x30, body.length]), body]).toString("base64url")];
    for (const each of both) expect(verifyAssertion(mine.passkey, challenge, made.assertion, each)).toBe(true);
  });
});

describe("an assertion is refused (P7)", () => {
  const cases: Readonly<Record<string, Partial<Said>>> = {
    "without user verification": { flags: 0x01 },
    "without user presence": { flags: 0x04 },
    "with neither": { flags: 0x00 },
    "backed up by what cannot be backed up": { flags: 0x15 },
    "with a new credential in it": { flags: 0x45, extra: Buffer.alloc(60) },
    "with bytes that no flag announces": { extra: Buffer.from("a0", "hex") },
    "announcing extensions that are not there": { flags: 0x85 },
    "for another relying party": { rp: "localhost" },
    "for a relying party above": { rp: "kidoban" },
    "made on another port of this machine": { client: { origin: "http://kidoban.localhost:7321" } },
    "made on the default port": { client: { origin: "http://kidoban.localhost" } },
    "made over another scheme": { client: { origin: "https://kidoban.localhost:7320" } },
    "made on a host that begins with ours": { client: { origin: `${ORIGIN}.evil.example` } },
    "made on another name of ours": { client: { origin: "http://localhost:7320" } },
    "made in a frame of somebody else's": { client: { crossOrigin: true } },
    "made under somebody else's page": { client: { crossOrigin: true, topOrigin: "https://evil.example" } },
    "that names a page above": { client: { topOrigin: ORIGIN } },
    "with a crossOrigin that is no boolean": { client: { crossOrigin: 0 } },
    "of an enrolment": { client: { type: "webauthn.create" } },
    "of a payment": { client: { type: "payment.get" } },
    "over no challenge": { client: { challenge: undefined } },
    "over the challenge written otherwise": { client: { challenge: challenge.toString("base64") } },
    "over a padded challenge": { client: { challenge: `${challenge.toString("base64url")}=` } },
    "without an origin": { client: { origin: undefined } },
    "from several origins": { client: { origin: [ORIGIN] } },
  };
  it.each(Object.entries(cases))("%s", (_name, said) => {
    expect(holds(said)).toBe(false);
  });

  it("over another digest, and replayed under another challenge", () => {
    expect(holds({}, mine, other)).toBe(false);
    const made = assertion(mine, challenge);
    expect(verifyAssertion(mine.passkey, other, made.assertion, made.signature)).toBe(false);
  });

  it("by another key, or for a passkey that was enrolled elsewhere", () => {
    const made = assertion(mine, challenge);
    expect(verifyAssertion(authenticator().passkey, challenge, made.assertion, made.signature)).toBe(false);
    for (const elsewhere of [{ rp: "example.com" }, { origin: "https://kidoban.example.com" }])
      expect(verifyAssertion({ ...mine.passkey, ...elsewhere }, challenge, made.assertion, made.signature)).toBe(false);
  });

  it("with a signature over the challenge alone, over the client data alone, or in another form", () => {
    const made = assertion(mine, challenge);
    const data = Buffer.from(made.assertion.authenticatorData, "base64url");
    const said = Buffer.from(made.assertion.clientData, "base64url");
    const whole = Buffer.concat([data, createHash("sha256").update(said).digest()]);
    const sign = (bytes: Buffer, dsaEncoding: "der" | "ieee-p1363" = "der") =>
      createSign("sha256").update(bytes).sign({ key: mine.key, dsaEncoding }).toString("base64url");
    for (const signature of [
      sign(challenge),
      sign(said),
      sign(Buffer.concat([data, said])),
      sign(whole, "ieee-p1363"),
      "",
    ])
      expect(verifyAssertion(mine.passkey, challenge, made.assertion, signature)).toBe(false);
    expect(verifyAssertion(mine.passkey, challenge, made.assertion, sign(whole))).toBe(true);
  });

  it("cut short anywhere, longer anywhere, or with one character changed", () => {
    const made = assertion(mine, challenge);
    const parts = { ...made.assertion, signature: made.signature };
    const check = ({ signature, ...rest }: typeof parts) => verifyAssertion(mine.passkey, challenge, rest, signature);
    expect(check(parts)).toBe(true);
    for (const name of ["authenticatorData", "clientData", "signature"] as const) {
      const text = parts[name];
      for (let at = 0; at < text.length; at++) {
        expect(check({ ...parts, [name]: text.slice(0, at) })).toBe(false);
        const flipped = text[at] === "A" ? "B" : "A";
        expect(check({ ...parts, [name]: text.slice(0, at) + flipped + text.slice(at + 1) })).toBe(false);
      }
      for (const more of ["A", "=", "AAAA", "\n", " "]) expect(check({ ...parts, [name]: text + more })).toBe(false);
    }
  });

  it("too long to be one", () => {
    expect(holds({ client: { padding: "x".repeat(7000) } })).toBe(false);
  });

  it("whose client data is no JSON object", () => {
    for (const text of ["", "null", "[]", '"webauthn.get"', "{", "\ufeff{}"]) {
      const data = Buffer.from(assertion(mine, challenge).assertion.authenticatorData, "base64url");
      const said = Buffer.from(text);
      const signed = Buffer.concat([data, createHash("sha256").update(said).digest()]);
      const signature = createSign("sha256").update(signed).sign(mine.key).toString("base64url");
      const made = { authenticatorData: data.toString("base64url"), clientData: said.toString("base64url") };
      expect(verifyAssertion(mine.passkey, challenge, made, signature)).toBe(false);
    }
  });
});

const spki = (key: ReturnType<typeof generateKeyPairSync>["publicKey"]) =>
  `rs256:${(key as never as { export(o: object): Buffer }).export({ format: "der", type: "spki" }).toString("base64url")}`;

describe("a passkey's text", () => {
  it("names one key, and a key has one text: nobody is two of a quorum by a second spelling (P2)", () => {
    const { key } = mine.passkey;
    expect(passkeyOf(key)).toBeDefined();
    // The last of 86 letters carries four bits: these others would be read as the same key.
    const last = key.at(-1) ?? "";
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const spelled = Array.from(alphabet)
      .filter((letter) => letter !== last)
      .map((letter) => key.slice(0, -1) + letter);
    const known = Buffer.from(key.slice(6), "base64url");
    const same = spelled.filter((each) => Buffer.from(each.slice(6), "base64url").equals(known));
    expect(same.length).toBeGreaterThan(0);
    for (const each of same) expect(passkeyOf(each)).toBeUndefined();
  });

  it("names none where the point is not on the curve, or the key is of another kind or too weak", () => {
    const rsa = authenticator("rs256").passkey.key;
    const trailing = `rs256:${Buffer.concat([Buffer.from(rsa.slice(6), "base64url"), Buffer.alloc(3)]).toString("base64url")}`;
    const wrong = [
      "",
      "es256:",
      `es256:${Buffer.alloc(64).toString("base64url")}`,
      `es256:${Buffer.alloc(64, 7).toString("base64url")}`,
      `es256:${Buffer.alloc(65, 7).toString("base64url")}`,
      mine.passkey.key.replace("es256", "rs256"),
      mine.passkey.key.replace("es256", "ed25519"),
      spki(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey),
      spki(generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 }).publicKey),
      spki(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey),
      trailing,
    ];
    for (const text of wrong) expect(passkeyOf(text), text).toBeUndefined();
  });
});

/** CBOR of a COSE key (RFC 9053): EC2 with ES256. */
const cose = ({ passkey }: Authenticator): Uint8Array<ArrayBuffer> => {
  const point = Buffer.from(passkey.key.slice(6), "base64url");
  const head = Buffer.from("a50102032620012158", "hex");
  return new Uint8Array(
    Buffer.concat([head, Buffer.from([32]), point.subarray(0, 32), Buffer.from("225820", "hex"), point.subarray(32)]),
  );
};

/** What we refuse and the oracle lets pass: a frame of another origin that does not say which, and a crossOrigin that is no boolean. */
const isStricter = ({ client = {} }: Partial<Said>): boolean =>
  ![undefined, false].includes(client["crossOrigin"] as undefined);

const oracle = async (made: ReturnType<typeof assertion>): Promise<boolean> => {
  const { id } = mine.passkey;
  try {
    const { verified } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId: id,
        type: "public-key",
        clientExtensionResults: {},
        response: {
          authenticatorData: made.assertion.authenticatorData,
          clientDataJSON: made.assertion.clientData,
          signature: made.signature,
        },
      },
      expectedChallenge: challenge.toString("base64url"),
      expectedOrigin: ORIGIN,
      expectedRPID: RP,
      requireUserVerification: true,
      credential: { id, publicKey: cose(mine), counter: 0 },
    });
    return verified;
  } catch {
    return false;
  }
};

describe("@simplewebauthn/server agrees", () => {
  it("on several hundred assertions, right and wrong, signed over what they say", async () => {
    const said = fc.record(
      {
        rp: fc.constantFrom(RP, RP, RP, RP, "localhost"),
        flags: fc.oneof(
          { weight: 3, arbitrary: fc.constantFrom(0x05, 0x0d, 0x1d) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
        ),
        counter: fc.nat(),
        extra: fc.constantFrom(Buffer.alloc(0), Buffer.alloc(0), Buffer.alloc(0), Buffer.from("a0", "hex")),
        client: fc.record(
          {
            type: fc.constantFrom("webauthn.get", "webauthn.get", "webauthn.get", "webauthn.create"),
            origin: fc.constantFrom(ORIGIN, ORIGIN, ORIGIN, "http://kidoban.localhost:7321", ""),
            crossOrigin: fc.constantFrom(false, false, false, true, null, "no"),
            topOrigin: fc.constantFrom(ORIGIN, "https://evil.example"),
            challenge: fc.constantFrom(challenge.toString("base64url"), other.toString("base64url"), ""),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    );
    let [yes, no] = [0, 0];
    await fc.assert(
      fc.asyncProperty(said, async (each) => {
        const made = assertion(mine, challenge, each);
        const ours = verifyAssertion(mine.passkey, challenge, made.assertion, made.signature);
        expect(ours).toBe(isStricter(each) ? false : await oracle(made));
        if (ours) yes++;
        else no++;
      }),
      { numRuns: 500, seed: 1123 },
    );
    expect(Math.min(yes, no)).toBeGreaterThan(50);
  });

  it("that no change of a byte after signing passes", async () => {
    const made = assertion(mine, challenge);
    const part = fc.constantFrom("authenticatorData" as const, "clientData" as const, "signature" as const);
    await fc.assert(
      fc.asyncProperty(part, fc.nat(), fc.integer({ min: 1, max: 255 }), async (name, at, flip) => {
        const all = { ...made.assertion, signature: made.signature };
        const bytes = Buffer.from(all[name], "base64url");
        bytes[at % bytes.length]! ^= flip;
        const { signature, ...rest } = { ...all, [name]: bytes.toString("base64url") };
        expect(verifyAssertion(mine.passkey, challenge, rest, signature)).toBe(false);
        // Its reader of DER lets some tags and lengths pass that OpenSSL, and so ours, refuses.
        if (name !== "signature") expect(await oracle({ assertion: rest, signature })).toBe(false);
      }),
      { numRuns: 300, seed: 1123 },
    );
  });
});
