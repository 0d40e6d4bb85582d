/** A pack of evidence in the hands of who wants it to say something else: each file that can be forged, and a list made to fit. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkEvidence } from "../../src/compose/evidence/check.ts";
import { textOf } from "../../src/log/zip-log.ts";
import { readZip } from "../../src/log/zip-read.ts";
import { writeZip } from "../../src/log/zip-write.ts";
import { person } from "../approval/sample.ts";
import { accepted, DAY, makeWorld, tool, type World } from "./world.ts";

const NOW = Date.parse("2026-11-22T09:00:00Z");
const PERIOD = ["--from", "2026-11-15", "--to", "2026-11-22", "--time-zone", "UTC", "--sample", "3"];
let world: World;
let key: string;
let files: ReadonlyMap<string, string>;
let packs = 0;

const made = async (...more: readonly string[]): Promise<string> => {
  const path = join(world.home, `pack-${packs++}.zip`);
  const said = await world.kidoban(["evidence", ...PERIOD, ...more, "--out", path]);
  expect(said.code, said.err).toBe(0);
  return path;
};

const read = async (path: string): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>();
  for (const { name, chunks } of await readZip(path)) found.set(name, await textOf(chunks));
  return found;
};

beforeAll(async () => {
  world = makeWorld(() => NOW);
  const aiko = person("aiko", "ops");
  await accepted(world, [aiko], NOW - 3 * DAY);
  await world.writing(
    async ({ state, at, ask, call }) => {
      at(NOW - 2 * DAY);
      const asked = ask("developer", tool("git", "git_push"), [{ by: aiko, word: "approve", afterMs: 20_000 }]);
      await state.store.openRequest(asked, 100);
      call("developer", tool("filesystem", "edit_file"), { why: { access: "write", cause: "rule", rules: ["d#e"] } });
      ask("developer", tool("git", "git_push"), [{ by: aiko, word: "deny", afterMs: 20_000 }]);
      at(NOW - 60_000);
    },
    NOW - 2 * DAY,
  );
  key = readFileSync(join(world.log, "key"), "utf8").trim();
  files = await read(await made());
});
afterAll(() => world.remove());

type Change = (files: Map<string, string>) => void;

async function verdictOn(change: Change) {
  const forged = new Map([...files].filter(([name]) => name !== "files.sha256"));
  change(forged);
  const path = join(world.home, `forged-${packs++}.zip`);
  const zip = await writeZip(path);
  let list = "";
  for (const [name, text] of forged) {
    list += `${createHash("sha256").update(text).digest("hex")}  ${name}\n`;
    await zip.add(name, [Buffer.from(text)]);
  }
  await zip.add("files.sha256", [Buffer.from(list)]);
  await zip.close();
  return checkEvidence(path, key, NOW);
}

/** The name of the first file that ends so. */
const named = (all: ReadonlyMap<string, string>, end: string): string => {
  const name = [...all.keys()].find((each) => each.endsWith(end));
  if (name === undefined) throw new Error(`no ${end} in ${[...all.keys()].join(" ")}`);
  return name;
};

/** Changes the first file that ends so and that the change makes another. */
const rewritten =
  (end: string, change: (text: string) => string): Change =>
  (all) => {
    const [name, text] = [...all].find(([each, old]) => each.endsWith(end) && change(old) !== old) ?? [];
    if (name === undefined || text === undefined) throw new Error(`nothing to change in ${end}`);
    all.set(name, change(text));
  };

const without =
  (isGone: (name: string) => boolean): Change =>
  (all) => {
    const gone = [...all.keys()].filter(isGone);
    expect(gone.length).toBeGreaterThan(0);
    for (const name of gone) all.delete(name);
  };

const gone = (all: Map<string, string>, put: string, text: string) => {
  const folder = named(all, "shown.json").replace("shown.json", "");
  for (const end of ["json", "txt", "html"]) all.delete(`${folder}shown.${end}`);
  all.set(`${folder}${put}`, text);
  return `${folder}${put}`;
};

const posing: Change = (all) => {
  rewritten("evidence.json", (text) => text.replace(/"kidoban [^"]+"/, '"kidoban 9.9.9"'))(all);
  rewritten("README.md", () => "All is well.\n")(all);
};

const drawn = (all: ReadonlyMap<string, string>) =>
  (JSON.parse(all.get("evidence.json") ?? "") as { readonly sample: unknown }).sample;

function proofOfAnother(): string {
  return files.get(named(files, "02-request.answered.tlog-proof")) ?? "";
}

describe("a pack whose list fits, and which says something else than its log (P6)", () => {
  test("holds as it was made, with a seed that nobody chose", async () => {
    expect(await verdictOn(() => {})).toMatchObject({ kind: "fits", unchecked: [], sample: 3, seed: { by: "period" } });
  });

  test.each<readonly [string, Change, string]>([
    ["another approver", rewritten("answers.json", (text) => text.replaceAll("aiko", "mallory")), "file-untrue"],
    ["an entry less", rewritten("entries.jsonl", (text) => text.slice(text.indexOf("\n") + 1)), "file-untrue"],
    ["another text shown", rewritten("shown.txt", (text) => `${text}harmless`), "file-untrue"],
    ["another page shown", rewritten("shown.html", (text) => text.replace("<pre>", "<pre>harmless ")), "file-untrue"],
    ["other arguments", rewritten("-args.txt", (text) => text.replace("docs", "safe")), "file-untrue"],
    [
      "another body told",
      rewritten("bodies.json", (text) => text.replace(/"bytes": \d+/, '"bytes": 1')),
      "file-untrue",
    ],
    ["another explanation", rewritten("README.md", (text) => text.replace("complete", "partial")), "file-untrue"],
    ["a verifier that is content", rewritten("verify-log.py", () => "print('PROVEN')\n"), "file-untrue"],
    ["a cell of the table", rewritten("population.csv", (text) => text.replace("git_push", "git_pull")), "population"],
    ["the proof of another entry", rewritten("01-request.opened.tlog-proof", () => proofOfAnother()), "proof"],
    ["no proofs", without((name) => name.endsWith(".tlog-proof")), "file-missing"],
    ["no answers", without((name) => name.endsWith("answers.json")), "file-missing"],
    ["no page shown", without((name) => name.endsWith("shown.html")), "file-missing"],
    ["no explanation", without((name) => name === "README.ja.md"), "file-missing"],
    ["a note of its own", (all) => void all.set("samples/NOTE.txt", "Audited."), "file-foreign"],
    ["a stray file of the log", (all) => void all.set("log/note.txt", "Audited."), "file-foreign"],
  ])("with %s is found out", async (_, change, code) => {
    expect(await verdictOn(change)).toMatchObject({ kind: "fault", code });
  });

  test("with another view and all that is drawn of it is found out by the digest that was signed", async () => {
    const verdict = await verdictOn((all) => {
      for (const end of ["shown.json", "shown.txt", "shown.html"])
        rewritten(end, (text) => text.replaceAll("developer", "archivist"))(all);
    });
    expect(verdict).toMatchObject({ kind: "fault" });
  });

  test("without what was shown says so: it has the digest only, and a text in its place was not checked", async () => {
    const before = await verdictOn(() => {});
    const less = await verdictOn(
      (all) => void gone(all, "shown-not-kept.txt", files.get(named(files, "shown-not-kept.txt")) ?? ""),
    );
    const count = "digestsOnly" in before ? before.digestsOnly : NaN;
    expect(less).toMatchObject({ kind: "fits", digestsOnly: count + 1 });
    let put = "";
    const other = await verdictOn((all) => void (put = gone(all, "shown-without-secrets.txt", "harmless")));
    expect(other).toMatchObject({ kind: "fits", unchecked: [put] });
  });

  test("that poses as another version's has its words listed as not checked, and nothing else passes by that", async () => {
    const verdict = await verdictOn(posing);
    expect(verdict).toMatchObject({ kind: "fits", unchecked: expect.arrayContaining(["README.md", "verify-log.py"]) });
    const more = await verdictOn((all) => {
      posing(all);
      rewritten("answers.json", (text) => text.replaceAll("aiko", "mallory"))(all);
    });
    expect(more).toMatchObject({ kind: "fault", code: "file-untrue" });
  });
});

describe("who makes packs until the sample suits them", () => {
  test("gets the same sample each time, since the seed is the period's own (P6)", async () => {
    const [a, b] = [files, await read(await made())];
    expect(drawn(b)).toEqual(drawn(a));
  });

  test("is told of, where the seed was chosen, or the period has not ended in the log", async () => {
    const chosen = await world.kidoban(["evidence", "check", await made("--seed", "4711"), "--key", key]);
    expect(chosen.out).toContain("chosen by who made the pack: 4711");
    const path = join(world.home, "early.zip");
    const early = await world.kidoban(["evidence", "--from", "2026-11-15", "--to", "2026-12-15", "--out", path]);
    expect(early.err).toContain("Nothing was signed since the period ended");
    const said = await world.kidoban(["evidence", "check", path, "--key", key]);
    expect(said.out).toContain("chosen by who made the pack");
    const posed = await verdictOn(
      rewritten("evidence.json", (text) => text.replace(/"seed": "[0-9a-f]{64}"/, `"seed": "${"0".repeat(64)}"`)),
    );
    expect(posed).toMatchObject({ kind: "fault", code: "sample" });
  });
});
