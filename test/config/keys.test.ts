import { execFile } from "node:child_process";
import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config-file.ts";
import {
  approverLine,
  createApproverKey,
  publicKeyText,
  SHORTEST_PASSPHRASE,
  unlockApproverKey,
} from "../../src/config/keys.ts";
import { installationKey } from "../../src/config/installation-key.ts";
import { temporaryFolder, write } from "./files.ts";

const PASSPHRASE = "correct horse battery";
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** One key made the slow way for all tests that only open or break it. */
let text = "";
beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), "kidoban-key-"));
  const created = await createApproverKey("aiko", PASSPHRASE, dir);
  if (created.kind !== "created") throw new Error(created.kind);
  text = readFileSync(created.path, "utf8");
  rmSync(dir, { recursive: true });
});
interface KeyFile {
  readonly kdf: object;
  readonly cipher: object;
}
const copied = (change: (file: KeyFile) => void = () => {}): string => {
  const dir = temporaryFolder();
  const file = JSON.parse(text) as KeyFile;
  change(file);
  write(join(dir, "aiko.key.json"), JSON.stringify(file), 0o600);
  return dir;
};

describe("an approver's key", () => {
  test("what it signs verifies with the line for kidoban.yaml, which that file takes as it is", async () => {
    const unlocked = await unlockApproverKey("aiko", PASSPHRASE, copied());
    if (unlocked.kind !== "unlocked") throw new Error(unlocked.kind);
    const line = approverLine("aiko", unlocked.key);
    const { config } = readConfig("kidoban.yaml", `kidoban: 1\nservers: {}\napprovers:\n  ${line}\n`, "/project");
    const key = config?.approvers[0]?.key ?? "";
    const publicKey = createPublicKey({
      key: { kty: "OKP", crv: "Ed25519", x: key.replace("ed25519:", "") },
      format: "jwk",
    });
    expect(
      verify(null, Buffer.from("statement"), publicKey, sign(null, Buffer.from("statement"), unlocked.privateKey)),
    ).toBe(true);
  });

  test("is a 0600 file in a 0700 folder that holds neither passphrase nor private half in the clear", async () => {
    const dir = join(temporaryFolder(), "new", "kidoban");
    const created = await createApproverKey("ben", PASSPHRASE, dir);
    if (created.kind !== "created") throw new Error(created.kind);
    expect([mode(created.path), mode(dir)]).toEqual(["600", "700"]);
    expect(readdirSync(dir)).toEqual(["ben.key.json"]);
    const kept = readFileSync(created.path, "utf8");
    expect(kept).not.toContain(PASSPHRASE);
    // The fixed head of every PKCS #8 Ed25519 key.
    expect(Buffer.from((JSON.parse(kept) as { sealed: string }).sealed, "base64url").toString("hex")).not.toContain(
      "302e0201003005",
    );
  });

  test("is never replaced, not even by itself", async () => {
    const dir = copied();
    const before = readFileSync(join(dir, "aiko.key.json"), "utf8");
    expect((await createApproverKey("aiko", "another passphrase", dir)).kind).toBe("exists");
    expect(readFileSync(join(dir, "aiko.key.json"), "utf8")).toBe(before);
    expect(readdirSync(dir)).toEqual(["aiko.key.json"]);
  });

  test("a wrong passphrase, a short one and a missing key are answers, not errors", async () => {
    const dir = copied();
    expect(await unlockApproverKey("aiko", "wrong", dir)).toEqual({ kind: "wrong-passphrase" });
    expect((await unlockApproverKey("ben", PASSPHRASE, dir)).kind).toBe("missing");
    expect(await createApproverKey("ben", "x".repeat(SHORTEST_PASSPHRASE - 1), dir)).toEqual({
      kind: "short-passphrase",
    });
  });

  test("opens with the passphrase however a keyboard composes it", async () => {
    const dir = temporaryFolder();
    await createApproverKey("ken", "パスワードが です", dir);
    expect((await unlockApproverKey("ken", "パスワードが です".normalize("NFD"), dir)).kind).toBe("unlocked");
  });

  test("P7: another name or another public key put on it does not open", async () => {
    const other = `ed25519:${"A".repeat(43)}`;
    const swapped = copied((file) => Object.assign(file, { key: other }));
    expect((await unlockApproverKey("aiko", PASSPHRASE, swapped)).kind).toBe("wrong-passphrase");
    const dir = temporaryFolder();
    write(join(dir, "ben.key.json"), text, 0o600);
    await expect(unlockApproverKey("ben", PASSPHRASE, dir)).rejects.toMatchObject({ code: "key" });
    write(join(dir, "ben.key.json"), text.replace('"aiko"', '"ben"'), 0o600);
    expect((await unlockApproverKey("ben", PASSPHRASE, dir)).kind).toBe("wrong-passphrase");
  });

  test.each([
    ["less work", (file: KeyFile) => Object.assign(file.kdf, { N: 2 })],
    ["all the memory there is", (file: KeyFile) => Object.assign(file.kdf, { r: 2 ** 24 })],
    ["a short tag", (file: KeyFile) => Object.assign(file.cipher, { tag: "AAAAAA" })],
    ["another version", (file: KeyFile) => Object.assign(file, { kidoban: 2 })],
    ["one more member", (file: KeyFile) => Object.assign(file, { note: "" })],
  ])("a key file changed to ask for %s is refused before any work", async (_, change) => {
    const dir = copied(change);
    await expect(unlockApproverKey("aiko", PASSPHRASE, dir)).rejects.toMatchObject({ name: "Error", code: "key" });
  });

  test("one that others can read, or that is a link, is not used", async () => {
    const dir = copied();
    const path = join(dir, "aiko.key.json");
    chmodSync(path, 0o640);
    await expect(unlockApproverKey("aiko", PASSPHRASE, dir)).rejects.toThrow(/mode 640/);
    chmodSync(path, 0o600);
    symlinkSync(path, join(dir, "ben.key.json"));
    await expect(unlockApproverKey("ben", PASSPHRASE, dir)).rejects.toThrow(/ELOOP/);
  });

  test("a name cannot leave the folder", async () => {
    await expect(createApproverKey("../aiko", PASSPHRASE, temporaryFolder())).rejects.toMatchObject({ code: "key" });
    await expect(unlockApproverKey("a/b", PASSPHRASE, temporaryFolder())).rejects.toMatchObject({ code: "key" });
  });
});

describe("the installation's key", () => {
  test("is made once, 0600, and is the same ever after", async () => {
    const state = join(temporaryFolder(), "state");
    const first = publicKeyText(await installationKey(state));
    expect(first).toMatch(/^ed25519:[\w-]{43}$/);
    expect(publicKeyText(await installationKey(state))).toBe(first);
    expect(readdirSync(join(state, "keys"))).toEqual(["installation.pem"]);
    expect([mode(join(state, "keys", "installation.pem")), mode(join(state, "keys"))]).toEqual(["600", "700"]);
  });

  test("twelve processes that start at once agree on one key", async () => {
    const folder = temporaryFolder();
    const program = join(folder, "program.mjs");
    await build({
      stdin: {
        contents: `import { installationKey } from "./src/config/installation-key.ts"; import { publicKeyText } from "./src/config/keys.ts"; console.log(publicKeyText(await installationKey(process.argv[2])));`,
        resolveDir: join(import.meta.dirname, "..", ".."),
      },
      outfile: program,
      bundle: true,
      format: "esm",
      platform: "node",
    });
    const state = join(folder, "state");
    const keys = await Promise.all(
      Array.from({ length: 12 }, () => promisify(execFile)(process.execPath, [program, state])),
    );
    expect(new Set(keys.map(({ stdout }) => stdout))).toHaveProperty("size", 1);
  });

  test("a damaged or exposed one is told, never replaced: the log would no longer verify", async () => {
    const state = temporaryFolder();
    await installationKey(state);
    const path = join(state, "keys", "installation.pem");
    chmodSync(path, 0o644);
    await expect(installationKey(state)).rejects.toMatchObject({ code: "key" });
    chmodSync(path, 0o600);
    writeFileSync(path, "");
    await expect(installationKey(state)).rejects.toThrow(/damaged/);
    expect(readFileSync(path, "utf8")).toBe("");
  });

  test("a key of another kind is refused", async () => {
    const state = temporaryFolder();
    const pem = generateKeyPairSync("ec", { namedCurve: "P-256" })
      .privateKey.export({ format: "pem", type: "pkcs8" })
      .toString();
    write(join(state, "keys", "installation.pem"), pem, 0o600);
    await expect(installationKey(state)).rejects.toMatchObject({ code: "key" });
  });
});
