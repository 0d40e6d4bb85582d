/**
 * Reads what a gate left behind, from the files alone and without the gate's own code: the log's streams, the bodies
 * beside them, the server's ledger. It shares nothing with src/ on purpose.
 */
import { createDecipheriv, createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

const filesUnder = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];

/** A file's bytes; of encrypted bodies (docs/log.md says how) the plain ones, under the key in the state beside the log. */
function plainBytes(file) {
  const bytes = readFileSync(file);
  if (!bytes.subarray(0, 15).equals(Buffer.from('{"v":1,"bodies"'))) return bytes;
  const end = bytes.indexOf(10);
  // A write that was cut short in the first line.
  if (end < 0) return Buffer.alloc(0);
  const { codec, nonce, wrapped, tag } = JSON.parse(bytes.toString("utf8", 0, end));
  const key = Buffer.from(readFileSync(join(dirname(file), "..", "keys", "bodies.key"), "utf8").trim(), "hex");
  const stream = basename(file, ".bodies.jsonl");
  const unwrap = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "hex"))
    .setAAD(Buffer.from(`kidoban-bodies/v1\0${stream}\0${codec}`))
    .setAuthTag(Buffer.from(tag, "hex"));
  const own = Buffer.concat([unwrap.update(Buffer.from(wrapped, "hex")), unwrap.final()]);
  return createDecipheriv("aes-256-ctr", own, Buffer.alloc(16)).update(bytes.subarray(end + 1));
}

/** Lines that are whole; a torn one is legal as the last of a file. */
const wholeLines = (file) => plainBytes(file).toString("utf8").split("\n").slice(0, -1);

/**
 * Every entry of every stream as { file, by (its process), n, at (ms), kind, … }; `textOf` gives the body that an entry's { digest } stands
 * for. `faults`: gaps in the numbers, broken chains, lines that are no JSON, bodies that are not what their digest says.
 */
export function readLog(folder) {
  const entries = [];
  const texts = new Map();
  const faults = [];
  for (const file of filesUnder(folder)) {
    if (!file.endsWith(".jsonl")) continue;
    const stream = basename(file);
    let before = "0".repeat(64);
    for (const [n, line] of wholeLines(file).entries()) {
      let entry;
      try {
        entry = JSON.parse(line);
      } catch {
        faults.push(`${stream}:${n + 1} is no JSON`);
        break;
      }
      if (entry.d !== undefined) {
        // A body kept as JSON is what stands between its member's name and the end of the line, byte for byte.
        const text = entry.json === undefined ? entry.text : line.slice(line.indexOf(',"json":') + 8, -1);
        if (text !== undefined && sha256(entry.nonce, text) !== entry.d)
          faults.push(`${stream}:${n + 1} is not its digest`);
        texts.set(entry.d, text);
        continue;
      }
      if (entry.kind === undefined) continue;
      if (entry.n !== n) faults.push(`${stream}:${n + 1} carries the number ${entry.n}`);
      if (entry.prev !== before) faults.push(`${stream}:${n + 1} does not follow from the line before`);
      // RFC 6962 leaf hash.
      before = sha256(Buffer.from([0]), line);
      // Streams of one process share the last part of their names.
      const by = stream.slice(16, 32);
      entries.push({ ...entry, file: stream, by, at: Date.parse(entry.time) });
    }
  }
  // What stands behind the end of a stream is no evidence: a torn rest, or what could not be synced and was said again.
  const ends = new Map(
    entries.flatMap(({ kind, stream, size }) => (kind === "stream.recovered" ? [[stream, size]] : [])),
  );
  const isCounted = ({ file, n }) => n < (ends.get(file.slice(0, -".jsonl".length)) ?? Infinity);
  // What was said again was recorded when it was said first.
  const first = new Map();
  for (const entry of entries) if (entry.kind === "call.intent" && !isCounted(entry)) first.set(entry.call, entry.at);
  const counted = entries
    .filter(isCounted)
    .map((entry) => (entry.kind === "call.intent" ? { ...entry, at: first.get(entry.call) ?? entry.at } : entry));
  return { entries: counted, faults, textOf: ({ digest }) => texts.get(digest) };
}

/** Gives a function that gives the entries written since it was last called. */
export function followLog(folder) {
  const read = new Map();
  return () => {
    const fresh = [];
    for (const name of readdirSync(folder)) {
      if (!name.endsWith(".jsonl") || name.endsWith(".bodies.jsonl")) continue;
      const file = join(folder, name);
      const before = read.get(name) ?? 0;
      if (statSync(file).size === before) continue;
      const text = readFileSync(file).subarray(before).toString("utf8");
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      read.set(name, before + Buffer.byteLength(whole));
      for (const line of whole.split("\n").slice(0, -1)) fresh.push(JSON.parse(line));
    }
    return fresh;
  };
}

/** JCS (RFC 8785) of objects of strings and whole numbers, which is all that a statement's body holds. */
const jcs = (value) =>
  typeof value === "object"
    ? `{${Object.keys(value)
        .toSorted()
        .map((name) => `${JSON.stringify(name)}:${jcs(value[name])}`)
        .join(",")}}`
    : JSON.stringify(value);

/** Whether an approver's statement carries that approver's signature. `keys`: name → `ed25519:…` of kidoban.yaml. */
export function signedBy(statement, keys) {
  const key = keys[statement.body?.approver];
  if (key === undefined || statement.key !== key) return false;
  const jwk = { kty: "OKP", crv: "Ed25519", x: key.slice("ed25519:".length) };
  const message = Buffer.from(`kidoban-statement/v1\n${jcs(statement.body)}`);
  const signature = Buffer.from(statement.signature, "base64url");
  return verify(null, message, createPublicKey({ key: jwk, format: "jwk" }), signature);
}

/** What reached the server, in order. */
export function readLedger(file) {
  if (!existsSync(file)) return [];
  return wholeLines(file).map((line) => JSON.parse(line));
}
