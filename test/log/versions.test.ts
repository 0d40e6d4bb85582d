import { createHash } from "node:crypto";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { describe as told } from "../../src/cli/failure.ts";
import { keptIndex } from "../../src/compose/log-index.ts";
import { openState } from "../../src/compose/state.ts";
import { loadConfig } from "../../src/config/load.ts";
import { bodiesFile, entriesFile } from "../../src/log/names.ts";
import { sqliteDriver } from "../../src/store/driver.ts";
import { kidobanLog } from "./kidoban-log.ts";
import { intent, outcome } from "./samples.ts";

const opening = (dir: string) => openState(dir, { role: "tool", now: Date.now });

/** A state that was used once, and the name of its stream. */
async function used() {
  const dir = mkdtempSync(join(tmpdir(), "kidoban-versions-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const state = await opening(dir);
  state.log.record({ ...intent("a"), args: state.log.body("{}", "json") });
  state.log.record(outcome("a"));
  await state.close("end");
  // One of the two libraries ends a connection only when its statements have been collected, and SQLite moves what stands
  // in the write-ahead log into the database then: it is moved now.
  await sql(join(dir, "kidoban.db"), "");
  return { dir, stream: state.process };
}

/** Each file with its bytes, but for what SQLite keeps beside a database while it is read. */
function everything(dir: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" }).toSorted()) {
    const path = join(dir, name);
    if (!statSync(path).isFile() || /-(wal|shm)$/.test(name)) continue;
    files.set(name, createHash("sha256").update(readFileSync(path)).digest("hex"));
  }
  return files;
}

async function sql(path: string, text: string): Promise<void> {
  const database = (await sqliteDriver()).open(path);
  database.exec(text);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

/** A later stream, as a later program would begin it. */
const later = (dir: string): string => {
  const stream = `99991231-235959-${"0".repeat(16)}`;
  writeFileSync(join(dir, "log", entriesFile(stream)), '{"v":2,"n":0,"prev":"of another form"}\n');
  return stream;
};

describe("a state that a newer program wrote", () => {
  test.each([
    ["the store", (dir: string) => sql(join(dir, "kidoban.db"), "PRAGMA user_version = 999")],
    ["a stream", async (dir: string) => void later(dir)],
    ["the ledger", async (dir: string) => appendFileSync(join(dir, "log", "ledger.jsonl"), '{"v":2,"stream":"x"}\n')],
    [
      "bodies",
      async (dir: string, stream: string) =>
        writeFileSync(join(dir, "log", bodiesFile(stream)), '{"v":2,"bodies":"some-later-cipher"}\n'),
    ],
  ])("is refused at the start, in one sentence, and left as it is: %s", async (_, spoil) => {
    const { dir, stream } = await used();
    await spoil(dir, stream);
    const before = everything(dir);
    const error: unknown = await opening(dir).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "newer" });
    for (const [language, word] of [
      ["en", "newer Kidoban"],
      ["ja", "より新しい Kidoban"],
    ] as const) {
      const sentence = told(language, error);
      expect(sentence).toContain(word);
      expect(sentence).not.toContain("\n");
    }
    expect(everything(dir)).toEqual(before);
  });

  test("is not read as if its entries were none: `kidoban log` refuses too", async () => {
    const { dir } = await used();
    later(dir);
    await expect(kidobanLog(dir, "list")).rejects.toMatchObject({ code: "newer" });
    await expect(kidobanLog(dir, "show", { id: "a" })).rejects.toMatchObject({ code: "newer" });
  });

  test("its dead streams are left for it to settle", async () => {
    const { dir } = await used();
    const state = await opening(dir);
    await state.log.synced();
    // As a program would leave it that knows one kind of entry more and was killed: a line that is whole, and of this format.
    const file = join(dir, "log", entriesFile(state.process));
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    const other = lines.length;
    appendFileSync(
      file,
      `{"v":1,"n":${other},"prev":"${"0".repeat(64)}","time":"2026-11-22T00:00:00.000Z","after":1,"kind":"later.kind"}\n`,
    );
    const found = await state.log.recover([state.process]);
    expect(found).toMatchObject([{ kind: "damaged", fault: { code: "line-newer", line: other + 1 } }]);
    await state.close("end").catch(() => undefined);
  });

  test("an index of a later version is made anew", async () => {
    const { dir } = await used();
    const entries = () => {
      const kept = keptIndex(dir);
      return kept
        .use(async (index) => {
          for await (const _ of index.grow({ batch: 10 })) continue;
          return (await index.page({}, 100)).entries.length;
        })
        .finally(() => kept.close());
    };
    const count = await entries();
    expect(count).toBeGreaterThan(3);
    await sql(join(dir, "index.db"), "UPDATE about SET version = '2'; DROP TABLE entries; DROP TABLE ids");
    expect(await entries()).toBe(count);
  });

  test.each(["kidoban.yaml", "manifests/agent.yaml", "kidoban.lock/files.yaml"])(
    "a configuration is refused by its place: %s",
    async (name) => {
      const folder = mkdtempSync(join(tmpdir(), "kidoban-versions-"));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      for (const sub of ["manifests", "kidoban.lock"]) mkdirSync(join(folder, sub));
      const texts: Record<string, string> = {
        "kidoban.yaml": "kidoban: 1\nservers:\n  files: { command: node }\n",
        "manifests/agent.yaml": "kidoban: 1\nagent: agent\nservers: {}\n",
        "kidoban.lock/files.yaml": "kidoban: 1\nendpoint: node\ntools: {}\n",
      };
      for (const [file, text] of Object.entries(texts))
        writeFileSync(join(folder, file), file === name ? text.replace("kidoban: 1", "kidoban: 2") : text);
      const loaded = await loadConfig(join(folder, "kidoban.yaml"));
      expect(loaded.problems).toContainEqual(
        expect.objectContaining({ code: "wrong-version", place: expect.objectContaining({ line: 1 }) }),
      );
    },
  );
});
