/** Time stamps by real authorities (OpenSSL's), and everything that is not one. */

import { randomBytes, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAuthorities, type Certificate } from "../../src/audit/certificate.ts";
import { openStamp, stampNonce, stampRequest } from "../../src/audit/stamp.ts";
import { toItsEnd } from "../to-its-end.ts";
import { authority, hasOpenssl, timeOf, type Authority, type Wish } from "./authority.ts";
import { forgeStamp, type Forgery } from "./forge-stamp.ts";

const NOTE = Buffer.from("kidoban/0011223344556677\n7\nroot\n\n— kidoban signature\n");

let folder: string;
let plain: Authority;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kidoban-stamp-"));
  if (hasOpenssl) plain = authority(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function trusted(...authorities: readonly Authority[]): readonly Certificate[] {
  const found = readAuthorities(authorities.map(({ root }) => root).join(""));
  if (found === undefined) throw new Error("no authority");
  return found;
}

const ask = async (by: Authority, bytes: Buffer = NOTE) => {
  const nonce = stampNonce(randomBytes(16));
  return { nonce, answer: await by.reply(stampRequest(bytes, nonce)) };
};

const pemOf = (der: Buffer): string => new X509Certificate(der).toString();

async function stampOf(wish: Wish) {
  const by = authority(folder, wish);
  const { nonce, answer } = await ask(by);
  return openStamp(answer, NOTE, { trusted: trusted(by), nonce });
}

describe.skipIf(!hasOpenssl)("P6: a time stamp", () => {
  test("is believed of an authority that is trusted, and OpenSSL believes the same one", async () => {
    const before = Date.now();
    const { nonce, answer } = await ask(plain);
    const stamp = openStamp(answer, NOTE, { trusted: trusted(plain), nonce });
    expect(stamp).toMatchObject({ accuracyMs: 1000, authority: "O=Tidings, CN=Tidings signer" });
    if ("refused" in stamp) throw new Error(stamp.refused);
    expect(Math.abs(stamp.at - before)).toBeLessThan(60_000);
    const [data, file] = [join(folder, "note"), join(folder, "answer.tsr")];
    writeFileSync(data, NOTE);
    writeFileSync(file, answer);
    const args = ["ts", "-verify", "-data", data, "-in", file, "-CAfile", plain.rootPath];
    expect(toItsEnd("openssl", args).stdout).toContain("OK");
  });

  test("may come with RSA, over an authority between, and by stronger digests", async () => {
    const between = "basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,keyCertSign";
    const both = await stampOf({ key: "rsa", between, signerDigest: "sha512", essDigest: "sha512" });
    expect(both).toMatchObject({ accuracyMs: 1000 });
    expect(await stampOf({ signerDigest: "sha384" })).toMatchObject({ accuracyMs: 1000 });
  });

  test("is of one text and one question", async () => {
    const { nonce, answer } = await ask(plain);
    const terms = { trusted: trusted(plain), nonce };
    expect(openStamp(answer, Buffer.concat([NOTE, Buffer.from(" ")]), terms)).toEqual({ refused: "imprint" });
    expect(openStamp(answer, NOTE, { ...terms, nonce: stampNonce(randomBytes(16)) })).toEqual({ refused: "nonce" });
  });

  test("cut short, lengthened or changed anywhere, it says nothing or the same", async () => {
    const { nonce, answer } = await ask(plain);
    const terms = { trusted: trusted(plain), nonce };
    const stamp = openStamp(answer, NOTE, terms);
    expect(stamp).toHaveProperty("at");
    for (let length = 0; length < answer.length; length += 31)
      expect(openStamp(answer.subarray(0, length), NOTE, terms)).toEqual({ refused: "malformed" });
    expect(openStamp(Buffer.concat([answer, Buffer.of(0)]), NOTE, terms)).toEqual({ refused: "malformed" });
    const long = Buffer.concat([answer, Buffer.alloc(10_000_000)]);
    expect(openStamp(long, NOTE, terms)).toEqual({ refused: "malformed" });
    const refusals = new Set<string>();
    for (let at = 0; at < answer.length; at += 3) {
      const changed = Buffer.from(answer);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const opened = openStamp(changed, NOTE, terms);
      if ("refused" in opened) refusals.add(opened.refused);
      // The status's own words are nobody's, and a root that is sent along is not needed.
      else expect(opened, String(at)).toEqual(stamp);
    }
    expect([...refusals]).toEqual(
      expect.arrayContaining(["malformed", "imprint", "nonce", "signature", "certificate"]),
    );
  });

  test.each<readonly [string, Wish]>([
    ["without the usage", { extensions: "keyUsage=digitalSignature" }],
    ["that has other uses too", { extensions: "extendedKeyUsage=critical,timeStamping,codeSigning" }],
    ["whose usage is not critical", { extensions: "extendedKeyUsage=timeStamping" }],
    [
      "whose key also signs certificates",
      { extensions: "extendedKeyUsage=critical,timeStamping\nkeyUsage=keyCertSign" },
    ],
  ])("is refused of a certificate %s", (_, wish) => {
    const by = authority(folder, wish);
    expect(openStamp(forgeStamp(NOTE, { by }), NOTE, { trusted: trusted(by) })).toEqual({ refused: "usage" });
  });

  test("is refused of an authority that somebody made for himself, under the same names", () => {
    const by = authority(folder);
    const own = openStamp(forgeStamp(NOTE, { by }), NOTE, { trusted: trusted(by) });
    expect(own).toHaveProperty("at");
    expect(openStamp(forgeStamp(NOTE, { by }), NOTE, { trusted: trusted(plain) })).toEqual({ refused: "untrusted" });
    // With the right root sent along, and under the right certificate's name.
    const root = new X509Certificate(plain.root).raw;
    const certificates = [by.signer.certificate, root, plain.signer.certificate];
    const along = forgeStamp(NOTE, { by, certificates });
    expect(openStamp(along, NOTE, { trusted: trusted(plain) })).toEqual({ refused: "untrusted" });
    const posing = forgeStamp(NOTE, { by, certificates: [plain.signer.certificate] });
    expect(openStamp(posing, NOTE, { trusted: trusted(plain) })).toEqual({ refused: "signature" });
    const unnamed = forgeStamp(NOTE, { by: plain, named: by.signer.certificate });
    expect(openStamp(unnamed, NOTE, { trusted: trusted(plain) })).toEqual({ refused: "certificate" });
  });

  test.each<readonly [string, string]>([
    ["is none", "basicConstraints=critical,CA:false"],
    ["may not sign certificates", "basicConstraints=critical,CA:true\nkeyUsage=critical,digitalSignature"],
    ["is for other things", "basicConstraints=critical,CA:true\nextendedKeyUsage=serverAuth"],
    ["is bounded by names", "basicConstraints=critical,CA:true\nnameConstraints=permitted;DNS:example.com"],
    ["says what is not understood", "basicConstraints=critical,CA:true\n1.2.3.4=critical,DER:0500"],
  ])("is refused where the authority between %s", (_, between) => {
    const by = authority(folder, { between });
    const middle = new X509Certificate(readFileSync(join(by.folder, "middle.pem"))).raw;
    const forged = forgeStamp(NOTE, { by, certificates: [by.signer.certificate, middle] });
    expect(openStamp(forged, NOTE, { trusted: trusted(by) })).toEqual({ refused: "untrusted" });
  });

  test("counts by when it was made: while its certificate held, whenever it is looked at, and at no other time", () => {
    const hour = 3_600_000;
    const now = Date.now();
    const by = authority(folder, { dates: [timeOf(now - 9 * hour), timeOf(now - 3 * hour)] });
    const made = (at: number) => openStamp(forgeStamp(NOTE, { by, at }), NOTE, { trusted: trusted(by) });
    expect(made(now - 6 * hour)).toMatchObject({ at: Math.floor((now - 6 * hour) / 1000) * 1000 });
    expect(made(now)).toEqual({ refused: "expired" });
    expect(made(now - 12 * hour)).toEqual({ refused: "expired" });
  });

  test("is refused where it is signed weakly, twice, or not over what it says", async () => {
    const terms = { trusted: trusted(plain) };
    expect(await stampOf({ signerDigest: "sha1" })).toEqual({ refused: "algorithm" });
    expect(await stampOf({ essDigest: "sha1" })).toEqual({ refused: "certificate" });
    expect(await stampOf({ key: "rsa-1024" })).toEqual({ refused: "untrusted" });
    const of = (forgery: Omit<Forgery, "by">) => openStamp(forgeStamp(NOTE, { by: plain, ...forgery }), NOTE, terms);
    expect(of({ signers: 2 })).toEqual({ refused: "malformed" });
    expect(of({ status: 2 })).toEqual({ refused: "refused" });
    expect(of({ digest: Buffer.alloc(32) })).toEqual({ refused: "signature" });
    // An extension that it must not be read without.
    expect(of({ more: Buffer.from("a10d300b06032a03040101ff040100", "hex") })).toEqual({ refused: "malformed" });
    expect(of({ more: Buffer.from("a10a300806032a0304040100", "hex") })).toHaveProperty("at");
    for (const time of ["20261122104142+0900", "20261322104142Z", "202611221041Z", "20261122104142.50Z", "0"])
      expect(of({ time }), time).toEqual({ refused: "malformed" });
    expect(of({ time: `${timeOf(Date.now()).slice(0, -1)}.25Z` })).toHaveProperty("at");
  });

  test("trusts nobody for a file that names nobody", () => {
    for (const pem of ["", "no certificate", plain.root.replace("MII", "MIA"), pemOf(plain.signer.certificate)])
      expect(readAuthorities(pem), pem).toBeUndefined();
    expect(readAuthorities(`${plain.root}${pemOf(plain.signer.certificate)}`)).toBeUndefined();
  });
});
