import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { deflateRawSync } from "node:zlib";
import { crc32 } from "../../src/log/crc32.ts";
import { centralHead, endOf, localHead, type Written } from "../../src/log/zip-heads.ts";
import { textOf } from "../../src/log/zip-log.ts";
import { readZip, ZipError } from "../../src/log/zip-read.ts";
import { writeZip } from "../../src/log/zip-write.ts";
import { hasPython, python } from "../audit/python.ts";

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

const inZip = (code: string, zip: string): string =>
  python(["-c", `import zipfile,sys; z=zipfile.ZipFile(sys.argv[1]); print(${code})`, zip]).stdout;

describe("P6: a zip that two programs could read in two ways", () => {
  test("is none: what we write is read", async () => {
    expect(await told(await zipOf(FILES))).toEqual(FILES);
    expect(await told(await zipOf({}))).toEqual({});
  });

  test("beyond 4 GiB and 65,535 files is written with what zip64 adds, and read by us and by Python", async () => {
    // Two files of 3 GiB each as holes, then one that begins where 32 bits end; none of the large ones is read.
    const hole = { crc: 0, packed: 3 * 2 ** 30, size: 3 * 2 ** 30 };
    const text = deflateRawSync("behind 6 GiB");
    const parts: { one: Written; bytes: Buffer }[] = [];
    let at = 0;
    for (const one of ["a", "b", "last.txt"]) {
      const name = Buffer.from(one);
      const sums =
        one === "last.txt" ? { crc: crc32(Buffer.from("behind 6 GiB")), packed: text.length, size: 12 } : hole;
      const written: Written = { name, at, ...sums };
      parts.push({
        one: written,
        bytes: Buffer.concat([localHead(written), one === "last.txt" ? text : Buffer.alloc(0)]),
      });
      at += 30 + name.length + written.packed;
    }
    const path = join(folder, "large.zip");
    const directory = Buffer.concat(parts.map(({ one }) => centralHead(one)));
    const end = endOf({ count: 3, bytes: directory.length, from: at });
    const file = openSync(path, "w");
    for (const { one, bytes } of parts) writeSync(file, bytes, 0, bytes.length, one.at);
    writeSync(file, Buffer.concat([directory, end]), 0, directory.length + end.length, at);
    closeSync(file);
    const last = (await readZip(path)).at(-1);
    expect([last?.name, last && (await textOf(last.chunks))]).toEqual(["last.txt", "behind 6 GiB"]);
    if (hasPython) expect(inZip("z.read('last.txt').decode()", path)).toBe("behind 6 GiB\n");

    // As many as two bytes can say is one too many for them.
    const none = { crc: 0, packed: 2, size: 0 };
    const all = Array.from({ length: 65_535 }, (_, n): Written => ({
      name: Buffer.from(n.toString(16).padStart(4, "0")),
      at: n * 36,
      ...none,
    }));
    const nothing = deflateRawSync("");
    const heads = Buffer.concat(all.flatMap((one) => [localHead(one), nothing]));
    const list = Buffer.concat(all.map(centralHead));
    const many = (count: number): Buffer =>
      Buffer.concat([heads, list, endOf({ count, bytes: list.length, from: heads.length })]);
    const crowd = join(folder, "many.zip");
    writeFileSync(crowd, many(65_535));
    expect(await readZip(crowd)).toHaveLength(65_535);
    if (hasPython) expect(inZip("len(z.namelist())", crowd)).toBe("65535\n");
    // With what only one of two programs would look at it is none.
    const bytes = many(65_535);
    for (const [offset, value] of [
      [8, 3],
      [12, 77],
      [16, 77],
    ] as const) {
      const forged = Buffer.from(bytes);
      forged.writeUInt16LE(value, bytes.length - 22 + offset);
      writeFileSync(crowd, forged);
      await expect(readZip(crowd)).rejects.toBeInstanceOf(ZipError);
    }
    writeFileSync(crowd, Buffer.concat([bytes.subarray(0, -98), Buffer.from(bytes.subarray(-22))]));
    await expect(readZip(crowd)).rejects.toBeInstanceOf(ZipError);
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
