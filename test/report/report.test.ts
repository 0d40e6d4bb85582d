/** `kidoban report` on a real log: its numbers against a count of our own, its forms against what agents write, its patches applied. */

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { parseEntry } from "../../src/audit/line.ts";
import { loadConfig } from "../../src/config/load.ts";
import { compileAll } from "../../src/compose/policies.ts";
import { compareRights } from "../../src/policy/widening.ts";
import { createApproverKey } from "../../src/config/keys.ts";
import type { Report } from "../../src/report/model.ts";
import type { Suggestion } from "../../src/report/unused.ts";
import { person, type Person } from "../approval/sample.ts";
import { stretchOnce } from "../cli/stretched-once.ts";
import { keptFolder } from "../programs.ts";
import { toItsEnd } from "../to-its-end.ts";
import { recount } from "./recount.mjs";
import { accepted, DAY, fiveWeeks, makeWorld, rawLines, tool, type World } from "./world.ts";

stretchOnce(keptFolder());

const NOW = Date.parse("2026-11-22T09:00:00Z");
const SINCE = "2026-11-15T00:00Z";
const PASSPHRASE = "a long enough passphrase";
let world: World;
let report: Report;
let html: string;

const report_ = (...more: readonly string[]) => [
  "report",
  "--config",
  world.config,
  "--since",
  SINCE,
  "--time-zone",
  "Asia/Tokyo",
  ...more,
];

/** An approver whose key lies where the program finds it. */
async function sato({ home }: World): Promise<Person> {
  const made = await createApproverKey("sato", PASSPHRASE, join(home, "approver/kidoban"));
  if (made.kind !== "created") throw new Error(made.kind);
  writeFileSync(join(home, "passphrase"), PASSPHRASE, { mode: 0o600 });
  return { ...person("sato"), approver: { name: "sato", key: made.key, groups: [] } };
}

const some = (counts: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(counts).filter(([, times]) => times > 0));

const suggestions = (): readonly Suggestion[] => (report.unused.kind === "read" ? report.unused.suggestions : []);

const applied = async (patch: string, how: readonly [string, ...string[]]) => {
  const folder = mkdtempSync(join(world.home, "patched-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(dirname(world.config), folder, { recursive: true });
  const config = join(folder, "kidoban.yaml");
  const before = await loadConfig(config);
  const [program, ...args] = how;
  const done = toItsEnd(program, args, { cwd: folder, input: patch });
  expect(done.stderr + done.stdout).not.toMatch(/error|FAILED/);
  expect(done.status).toBe(0);
  const after = await loadConfig(config);
  const compiled = compileAll(after);
  expect(compiled.problems.filter(({ severity }) => severity === "error")).toEqual([]);
  return compareRights(compileAll(before).policies, compiled.policies);
};

const entries = () =>
  rawLines(world.log).flatMap((line) => {
    const parsed = parseEntry(line);
    return parsed.kind === "entry" ? [parsed.entry.body] : [];
  });

beforeAll(async () => {
  world = makeWorld(() => NOW);
  const [aiko, ben] = [person("aiko", "ops"), person("ben", "ops")];
  await accepted(world, [aiko, ben, await sato(world)], NOW - 3 * DAY);
  await fiveWeeks(world, { aiko, ben }, NOW - 60_000);
  const said = await world.kidoban(report_("--format", "json"));
  expect(said.code).toBe(0);
  report = JSON.parse(said.out) as Report;
  html = (await world.kidoban(report_())).out;
});
afterAll(() => world.remove());

describe("the numbers of a report", () => {
  test("are those of a count that shares no code with it", () => {
    const own = recount(rawLines(world.log), report.period.from, report.period.until);
    const { totals } = report;
    expect(own.calls).toBeGreaterThan(200);
    expect({ ...totals, ends: some(totals.ends) }).toEqual({
      calls: own.calls,
      reads: own.reads,
      writes: own.writes,
      ends: own.ends,
      denied: own.denied,
      asked: own.asked,
      answers: own.answers,
    });
    expect(report.agents.map(({ agent }) => agent)).toEqual(Object.keys(own.agents).toSorted());
    for (const line of report.agents) {
      const mine = own.agents[line.agent];
      expect(line).toMatchObject({
        calls: mine?.calls,
        reads: mine?.reads,
        writes: mine?.writes,
        denied: mine?.denied,
      });
      expect(some(line.ends)).toEqual(mine?.ends);
      expect(Object.values(line.asked).reduce((all, each) => all + each, 0)).toBe(mine?.asked);
      const tools = line.tools.map(({ target, reads, writes }) => [
        `${target.kind}:${target.server}/${target.name}`,
        reads + writes,
      ]);
      expect(Object.fromEntries(tools)).toEqual(mine?.tools);
    }
    for (const line of report.people) {
      const mine = own.people[String(line.name)];
      expect(line).toMatchObject({
        answers: mine?.answers,
        medianMs: mine?.median,
        p90Ms: mine?.p90,
        fast: mine?.fast,
      });
      const words = { approve: line.approve, deny: line.deny, return: line.return, "break-glass": line.breakGlass };
      expect(some(words)).toEqual(mine?.words);
    }
    const days = report.days.reduce((all, { reads, writes }) => all + reads + writes, 0);
    expect(days).toBe(totals.calls);
  });

  test("say what stands out: answers without reading, more than before, odd hours, first times", () => {
    expect(report.people.map(({ name, stamping }) => [name, stamping])).toEqual([
      ["ben", true],
      ["aiko", false],
    ]);
    const of = (name: string) => report.agents.find(({ agent }) => agent === name);
    expect(of("docs-writer")?.louder).toBe(true);
    expect(of("developer")?.louder).toBe(false);
    // 03:00 UTC is noon in Tokyo, and nobody was ever active then.
    expect(of("developer")?.unusual?.map(({ hour }) => hour)).toContain(12);
    expect(
      of("developer")
        ?.tools.filter(({ firstAt }) => firstAt !== undefined)
        .map(({ target }) => target.name),
    ).toEqual(["git_log"]);
    expect(report.quarantines).toHaveLength(1);
    expect(report.uncertain.list.map(({ status }) => status).toSorted()).toEqual(["timeout", "unknown"]);
    expect(report.glass.total).toBe(1);
    expect(report.turnedAway).toEqual([{ reason: "unknown token", times: 12 }]);
    expect(report.endings).toMatchObject([{ kind: "token", name: "t-1", agent: "developer", over: false }]);
    expect(report.accepted).toHaveLength(1);
  });

  test("rest on a log that was verified while it was counted, and say so where it does not verify (P6)", async () => {
    expect(report.rests.proof).toMatchObject({ kind: "proven", ownKey: true });
    expect(report.rests).toMatchObject({ unreadable: 0 });
    const copy = mkdtempSync(join(world.home, "copy-"));
    onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
    cpSync(world.log, copy, { recursive: true });
    const [stream = ""] =
      report.rests.streams > 0
        ? (await import("node:fs"))
            .readdirSync(copy)
            .filter(
              (name) =>
                /^\d.*\.jsonl$/.test(name) &&
                readFileSync(join(copy, name), "utf8").includes('"status":"timeout"') &&
                !name.includes("bodies"),
            )
        : [];
    const text = readFileSync(join(copy, stream), "utf8");
    writeFileSync(join(copy, stream), text.replace('"status":"timeout"', '"status":"ok"     '.replace("     ", "")));
    const said = await world.kidoban(report_("--log", copy, "--format", "json"));
    expect(said.code).toBe(1);
    const spoiled = JSON.parse(said.out) as Report;
    expect(spoiled.rests.proof).toMatchObject({ kind: "fault", file: stream.replace(".jsonl", "") });
    // What comes after the fault is counted all the same, and each line once.
    expect(spoiled.totals.calls).toBe(report.totals.calls);
    const untold = await world.kidoban(report_("--log", copy, "--no-verify", "--format", "md"));
    expect(untold.code).toBe(0);
    expect(untold.out).toContain("The log was not verified");
  });

  test("of a period without anything are zero, and nothing fails", async () => {
    const said = await world.kidoban(["report", "--since", "2025-01-01", "--until", "2025-01-08", "--format", "json"]);
    expect(said.code).toBe(0);
    expect((JSON.parse(said.out) as Report).totals.calls).toBe(0);
    const pages = await world.kidoban(["report", "--since", "2025-01-01", "--until", "2025-01-08"], "ja");
    expect(pages.out).toContain("この期間に活動したエージェントはありません。");
  });
});

describe("an agent that wants its report to be something else", () => {
  test("finds its markup escaped in HTML: no element, no script, nothing that loads", () => {
    expect(html).not.toMatch(/<img|<script|javascript:|onerror="|https?:\/\/(?!www\.w3\.org)[^<]*"/i);
    expect(html).toContain("&lt;img src=x onerror=");
    expect(html).toContain("a\\u{202e}txt.exe");
    expect(html.match(/<style>/g)).toHaveLength(1);
    expect(html).toContain(`default-src &#39;none&#39;; style-src &#39;sha256-`);
  });

  test("finds its markup escaped in Markdown: no link, no HTML, no broken table", async () => {
    const { out } = await world.kidoban(report_("--format", "md"));
    const [head = "", ...rest] = out.split("\n");
    expect(head).toMatch(/^<!-- kidoban-report\/v1 /);
    const text = rest.join("\n").replaceAll(/(`+) .*? \1/g, "code");
    expect(text.replaceAll(/^`{3}diff[\s\S]*?^`{3}$/gm, "")).not.toMatch(/(?<!\\)<|\]\(http/);
    const rows = out.split("\n").filter((line) => line.includes("evil.example") && line.startsWith("|"));
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect([6, 7]).toContain(row.replaceAll("\\|", "").match(/\|/g)?.length);
  });

  test("cannot have its names stand for the report's mark", async () => {
    const { out } = await world.kidoban(report_("--format", "html"));
    expect(out.indexOf("kidoban-report/v1")).toBeLessThan(600);
  });

  test("with names without end fills no memory: the rest is only summed up", async () => {
    const { counting } = await import("../../src/report/count.ts");
    const count = counting({ from: 0, until: DAY }, "UTC");
    for (let n = 0; n < 5000; n++) {
      const body = {
        kind: "call.intent",
        call: `c${n}`,
        agent: "a",
        target: tool("s", `t${n}`),
        why: { effect: "allow", access: "read", cause: "default-read", rules: [] },
        args: { digest: "a".repeat(64), bytes: 0 },
      } as const;
      count.take({ v: 1, n, prev: "", time: new Date(n).toISOString(), after: 0, body });
    }
    const [agent] = count.end().agents;
    expect(agent).toMatchObject({ calls: 5000, reads: 5000, uncounted: 3000 });
    expect(agent?.tools).toHaveLength(2000);
  });
});

describe("a right that nobody used", () => {
  test("is suggested with its place, and a used one is not", () => {
    expect(suggestions().length).toBeGreaterThan(5);
    const memory = suggestions().find(
      ({ agent, kind, name }) => agent === "developer" && kind === "server" && name === "memory",
    );
    const text = readFileSync(join(dirname(world.config), memory?.file ?? ""), "utf8").split("\n");
    expect(text[(memory?.line ?? 0) - 1]).toContain("memory:");
    const unused = suggestions().flatMap(({ agent, unused: names }) => names.map((name) => `${agent} ${name}`));
    expect(unused).not.toContain("developer read_text_file");
    expect(unused).toContain("developer move_file");
  });

  test("comes with a patch that git apply takes, after which the files load and only rights are lost (P12)", async () => {
    const patched = suggestions().filter(({ patch }) => patch !== undefined);
    expect(patched.length).toBeGreaterThan(5);
    for (const kind of new Set(patched.map((each) => each.kind))) {
      const one = patched.find((each) => each.kind === kind);
      const rights = await applied(one?.patch ?? "", ["git", "apply", "-"]);
      expect(rights.gained, kind).toEqual([]);
      expect(rights.lost.length, kind).toBeGreaterThan(0);
    }
  });

  test("goes with all others in one patch, which patch -p1 takes too", async () => {
    const whole = report.unused.kind === "read" ? (report.unused.patch ?? "") : "";
    for (const how of [
      ["git", "apply", "-"],
      ["patch", "-p1", "-s"],
    ] as const) {
      const rights = await applied(whole, how);
      expect(rights.gained).toEqual([]);
      expect(rights.lost.length).toBeGreaterThan(50);
    }
  });
});

describe("what is made of the log", () => {
  test("is on record before anybody has it", async () => {
    const out = join(world.home, "report.html");
    expect((await world.kidoban(report_("--out", out))).code).toBe(0);
    const digest = toItsEnd("sha256sum", [out]).stdout.slice(0, 64);
    expect(entries().find((body) => body.kind === "export.made" && body.digest === digest)).toMatchObject({
      what: "report",
      by: userInfo().username,
      from: report.period.from,
    });
  });

  test.each(["html", "md", "json"])(
    "as %s is signed off by an approver, and the signature is checked offline",
    async (format) => {
      const passphrase = join(world.home, "passphrase");
      const out = join(world.home, `signed.${format}`);
      expect((await world.kidoban(report_("--format", format, "--out", out))).code).toBe(0);
      const strange = await world.kidoban([
        "report",
        "sign",
        out,
        "--as",
        "sato",
        "--passphrase-file",
        passphrase,
        "--comment",
        "Read.",
      ]);
      expect(strange.err + strange.out).toContain("Signed off by sato");
      expect(entries().filter(({ kind }) => kind === "report.signed").length).toBeGreaterThan(0);
      const checked = await world.kidoban(["report", "check", out]);
      expect(checked.out).toContain("The report is as sato signed it off");
      expect(checked.code).toBe(0);
      writeFileSync(out, readFileSync(out, "utf8").replace("ben", "bem"));
      const changed = await world.kidoban(["report", "check", out]);
      expect(changed.code).toBe(1);
      expect(changed.out).toContain("NOT what was signed");
    },
  );

  test("is not signed where the gate never made it: neither an altered one nor a text with a mark (P6)", async () => {
    const passphrase = join(world.home, "passphrase");
    const altered = join(world.home, "altered.html");
    writeFileSync(altered, html.replace(/<body[\s\S]*<\/body>/, "<body>Nothing denied, all well</body>"));
    const invented = join(world.home, "invented.html");
    const period = "2026-01-01T00:00:00.000Z 2027-01-01T00:00:00.000Z";
    writeFileSync(invented, `kidoban-report/v1 ${period} somebody/else 99999 ${"a".repeat(64)}\nI owe you`);
    const before = entries().filter(({ kind }) => kind === "report.signed").length;
    for (const path of [altered, invented]) {
      const said = await world.kidoban(["report", "sign", path, "--as", "sato", "--passphrase-file", passphrase]);
      expect(said.err).toContain("is not as this log's gate made it");
      expect(said.code).toBe(1);
      expect(existsSync(`${path}.signature.json`)).toBe(false);
    }
    expect(entries().filter(({ kind }) => kind === "report.signed")).toHaveLength(before);
  });

  test("is not signed by a key that no accepted configuration has (P7)", async () => {
    await createApproverKey("stranger", PASSPHRASE, join(world.home, "approver/kidoban"));
    const passphrase = join(world.home, "passphrase");
    const out = join(world.home, "unsigned.html");
    await world.kidoban(report_("--out", out));
    const said = await world.kidoban(["report", "sign", out, "--as", "stranger", "--passphrase-file", passphrase]);
    expect(said.code).toBe(1);
    expect(said.err).toContain("stranger is no approver");
    expect((await world.kidoban(["report", "check", out])).code).toBe(3);
  });
});
