/**
 * Time-stamping authorities as Debian's OpenSSL makes them: real certificates, and `openssl ts -reply` for the answers, on
 * the command line or behind a small server. Without OpenSSL the tests say so and are skipped; CI then fails.
 */

import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { join } from "node:path";
import { createPrivateKey, generateKeyPairSync, randomUUID, X509Certificate, type KeyObject } from "node:crypto";
import { onTestFinished } from "vitest";
import { toItsEnd } from "../to-its-end.ts";

export const hasOpenssl = toItsEnd("openssl", ["version"]).status === 0;
if (!hasOpenssl) {
  if ((process.env["CI"] ?? "") !== "") throw new Error("openssl is needed here");
  console.warn("openssl was not found: time stamps are not tested");
}

function openssl(...args: readonly string[]): void {
  const run = toItsEnd("openssl", args);
  if (run.status !== 0) throw new Error(`openssl ${args.join(" ")}: ${run.stderr}`);
}

/** openssl-ts(1), CONFIGURATION FILE OPTIONS. */
const CONFIG = `[tsa]
default_tsa = own
[own]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
tsa_name = yes
`;

const USAGE = "extendedKeyUsage=critical,timeStamping";

export interface Authority {
  readonly folder: string;
  /** PEM, of the root that is trusted. */
  readonly root: string;
  /** Path of the same. */
  readonly rootPath: string;
  /** Who stamps, for tests that stamp by themselves. */
  readonly signer: { readonly certificate: Buffer; readonly key: KeyObject };
  /** The answer to a request. */
  reply(request: Buffer): Promise<Buffer>;
}

export interface Wish {
  /** Extensions of the certificate that signs stamps; one to a line. */
  readonly extensions?: string;
  /** Of who stamps; its root has an EC key. */
  readonly key?: "rsa" | "rsa-1024" | "ec";
  /** An authority between the root and the signer, with these extensions. */
  readonly between?: string;
  /** See `timeOf`: from when to when the signer's certificate holds; left out: from now on. */
  readonly dates?: readonly [string, string];
  readonly name?: string;
  readonly essDigest?: "sha1" | "sha256" | "sha512";
  readonly signerDigest?: "sha1" | "sha384" | "sha512";
}

/** As certificates and stamps write it. */
export const timeOf = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
const DAY_MS = 86_400_000;

interface Making {
  readonly folder: string;
  readonly who: string;
  readonly name: string;
  readonly extensions: string;
  /** Path of the issuer's files without their endings; undefined: it signs itself. */
  readonly issuer: string | undefined;
  readonly dates?: readonly [string, string];
}

/** A key and its certificate, `WHO.key` and `WHO.pem`. */
function make({ folder, who, name, extensions, issuer, dates }: Making, key: KeyObject): void {
  const path = (end: string): string => join(folder, `${who}.${end}`);
  writeFileSync(path("key"), key.export({ format: "pem", type: "pkcs8" }));
  const [dn, ext] = [`O=${name}\nCN=${name} ${who}\n`, `${extensions}\nsubjectKeyIdentifier=hash\n`];
  const config = `[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\n${dn}[ext]\n${ext}`;
  writeFileSync(path("config"), config);
  const request = ["req", "-new", "-sha256", "-config", path("config"), "-key", path("key")];
  const by = issuer === undefined ? [] : ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`];
  if (dates === undefined) return openssl(...request, "-x509", "-days", "2", ...by, "-out", path("pem"));
  // In this version `openssl ca` alone takes dates.
  openssl(...request, "-out", path("csr"));
  const own = `[ca]\ndefault_ca=own\n[own]\ndatabase=${path("index")}\nnew_certs_dir=${folder}\nrand_serial=yes\n`;
  writeFileSync(path("ca"), `${own}default_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n[ext]\n${ext}`);
  writeFileSync(path("index"), "");
  const signs = issuer === undefined ? ["-selfsign"] : ["-cert", `${issuer}.pem`];
  const files = ["-in", path("csr"), "-keyfile", `${issuer ?? join(folder, who)}.key`, "-out", path("pem")];
  const when = ["-startdate", dates[0], "-enddate", dates[1]];
  openssl("ca", "-batch", "-notext", "-config", path("ca"), "-extensions", "ext", ...signs, ...files, ...when);
}

const ecKey = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
const rsaKey = (modulusLength: number): KeyObject => generateKeyPairSync("rsa", { modulusLength }).privateKey;

/** A root and the certificate of one that stamps, in a folder of their own below `at`. */
export function authority(at: string, wish: Wish = {}): Authority {
  const folder = join(at, randomUUID());
  mkdirSync(folder);
  const path = (name: string): string => join(folder, name);
  const { key = "ec", extensions = USAGE, name = "Tidings", dates } = wish;
  const ca = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign";
  const days = [timeOf(Date.now() - DAY_MS), timeOf(Date.now() + DAY_MS)] as const;
  const whole = { folder, who: "root", name, extensions: ca, issuer: undefined };
  make({ ...whole, ...(dates === undefined ? {} : { dates: days }) }, ecKey());
  if (wish.between !== undefined)
    make({ folder, who: "middle", name, extensions: wish.between, issuer: path("root") }, ecKey());
  const issuer = path(wish.between === undefined ? "root" : "middle");
  const signerKey = key === "ec" ? ecKey() : rsaKey(key === "rsa" ? 2048 : 1024);
  make({ folder, who: "signer", name, extensions, issuer, ...(dates === undefined ? {} : { dates }) }, signerKey);
  writeFileSync(path("serial"), "01\n");
  const chain = wish.between === undefined ? "" : readFileSync(path("middle.pem"), "utf8");
  writeFileSync(path("chain.pem"), chain + readFileSync(path("root.pem"), "utf8"));
  writeFileSync(
    path("config"),
    CONFIG.replace("ess_cert_id_alg = sha256", `ess_cert_id_alg = ${wish.essDigest ?? "sha256"}`)
      .replace("signer_digest = sha256", `signer_digest = ${wish.signerDigest ?? "sha256"}`)
      .replace("serial = serial", `serial = ${path("serial")}`),
  );
  let last: Promise<unknown> = Promise.resolve();
  const answer = (request: Buffer): Promise<Buffer> => {
    const id = randomUUID();
    writeFileSync(path(`${id}.tsq`), request);
    const args = [
      "ts",
      "-reply",
      "-config",
      path("config"),
      "-queryfile",
      path(`${id}.tsq`),
      "-out",
      path(`${id}.tsr`),
    ];
    const own = ["-signer", path("signer.pem"), "-inkey", path("signer.key"), "-chain", path("chain.pem")];
    return new Promise((resolve, reject) =>
      execFile("openssl", [...args, ...own], (error, _, stderr) =>
        error === null ? resolve(readFileSync(path(`${id}.tsr`))) : reject(new Error(stderr)),
      ),
    );
  };
  return {
    folder,
    root: readFileSync(path("root.pem"), "utf8"),
    rootPath: path("root.pem"),
    signer: {
      certificate: new X509Certificate(readFileSync(path("signer.pem"))).raw,
      key: createPrivateKey(readFileSync(path("signer.key"))),
    },
    // Its file of serial numbers is for one at a time.
    reply(request) {
      const next = last.then(() => answer(request));
      last = next.catch(() => undefined);
      return next;
    },
  };
}

/** A server on this machine, closed when the test ends; its URL. */
export async function listening(
  listener: RequestListener,
  atEnd: (end: () => void) => void = onTestFinished,
): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  return `http://127.0.0.1:${address.port}/`;
}

/** Asks an authority as RFC 3161 section 3.4 says. */
export const asAuthority =
  (reply: (request: Buffer) => Promise<Buffer>): RequestListener =>
  (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => void parts.push(part));
    request.on("end", () => {
      void reply(Buffer.concat(parts)).then(
        (answer) => response.writeHead(200, { "content-type": "application/timestamp-reply" }).end(answer),
        () => response.writeHead(500).end(),
      );
    });
  };
