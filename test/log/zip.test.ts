import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readZip, ZipError } from "../../src/log/zip-read.ts";
import { writeZip } from "../../src/log/zip-write.ts";

const folder = mkdtempSync(join(tmpdir(), "kidoban-zip-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
async function zipOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const path = join(folder, `${++made}.zip`);
  const zip = await writeZip(path);
  for (const [name, text] of Object.entries(files)) await zip.add(name, chunksOf(text));
  await zip.close();
  return readFileSync(path);
}

async function* chunksOf(text: string): AsyncGenerator<Buffer, void, undefined> {
  yield Buffer.from(text);
}

async function told(bytes: Buffer): Promise<Readonly<Record<string, string>>> {
  const path = join(folder, `${++made}.zip`);
  writeFileSync(path, bytes);
  const read: Record<string, string> = {};
  for (const { name, chunks } of await readZip(path)) {
    read[name] = "";
    for await (const chunk of chunks) read[name] += Buffer.from(chunk).toString();
  }
  return read;
}

const FILES = { "a.txt": "first", "log/b.jsonl": "second ".repeat(1000) };

describe("P6: a zip that two programs could read in two ways", () => {
  test("is none: what we write is read", async () => {
    expect(await told(await zipOf(FILES))).toEqual(FILES);
    expect(await told(await zipOf({}))).toEqual({});
  });

  test("with a second one before, behind or within it is refused", async () => {
    const [one, other] = [await zipOf(FILES), await zipOf({ "a.txt": "forged" })];
    const directory = one.readUInt32LE(one.length - 6);
    const between = Buffer.concat([one.subarray(0, directory), other, one.subarray(directory)]);
    const commented = Buffer.concat([one, Buffer.from("and more")]);
    commented.writeUInt16LE(8, one.length - 2);
    const odd = { before: Buffer.concat([other, one]), behind: Buffer.concat([one, other]), between, commented };
    for (const [name, bytes] of Object.entries(odd)) {
      // As one that looks for its directory from the end, or believes the place that stands there.
      for (const shift of [0, bytes.length - one.length]) {
        const shifted = Buffer.from(bytes);
        shifted.writeUInt32LE((directory + shift) >>> 0, shifted.length - 6);
        const answer = await told(shifted).catch((error: unknown) => error);
        expect(answer, `${name} ${shift}`).toBeInstanceOf(ZipError);
      }
    }
  });

  test("with any byte of its heads, directory or end changed gives the same or is refused", async () => {
    const one = await zipOf({ "a.txt": "first", "b.txt": "second" });
    for (let at = 0; at < one.length; at++) {
      const spoiled = Buffer.from(one);
      spoiled[at] = (one[at] ?? 0) ^ 0x41;
      const answer = await told(spoiled).catch((error: unknown) => error);
      if (!(answer instanceof ZipError)) expect(answer, String(at)).toEqual({ "a.txt": "first", "b.txt": "second" });
    }
  });
});
