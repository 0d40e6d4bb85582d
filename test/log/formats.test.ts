/** The log in the formats of other systems: nothing is lost, nothing is made up, nothing runs in a spreadsheet. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { leafHash } from "../../src/audit/tree.ts";
import type { Found } from "../../src/log/found.ts";
import { mergedEntries } from "../../src/log/merged.ts";
import { entriesFile, newStreamId } from "../../src/log/names.ts";
import type { OpenLog } from "../../src/log/open.ts";
import { packEntries } from "../../src/log/pack.ts";
import { logReader } from "../../src/log/read.ts";
import { lastLeaves } from "../../src/log/standing.ts";
import { linesOf, place } from "./fixture.ts";
import { kidobanLog } from "./kidoban-log.ts";
import { intent, outcome, pass } from "./samples.ts";

/** Names that an agent may call for, against each format. */
const NASTY = ['=HYPERLINK("http://x")', "+1", "@SUM(A1)", "-2", "\t=1", "＝1", 'a"b,c\nd', "x]y\\z", "木戸番\u202e"];

async function sample() {
  const { open, dir, state } = await place();
  const log = await open();
  await pass(log, "a1");
  for (const asked of NASTY)
    log.record({ kind: "call.denied", call: "d", agent: "docs-writer", asked, args: log.body("{}", true) });
  log.record({ kind: "stop.placed", stop: "s1", reason: NASTY.join(" "), by: NASTY[0] ?? "" });
  await log.close("end");
  const lines = linesOf(readFileSync(join(dir, `${log.stream}.jsonl`)));
  const written = async (format: string): Promise<string> => {
    const { out, code } = await kidobanLog(state, "export", { format });
    expect(code).toBe(0);
    return out;
  };
  return { state, lines, leaves: lines.map(leafHash), written };
}

/** RFC 4180, as a spreadsheet reads it. */
function cells(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = "";
  for (let i = 0, quoted = false; i < text.length; i++) {
    const letter = text[i] ?? "";
    if (quoted && letter === '"' && text[i + 1] === '"') [cell, i] = [`${cell}"`, i + 1];
    else if (letter === '"') quoted = !quoted;
    else if (!quoted && (letter === "," || letter === "\r")) {
      rows.at(-1)?.push(cell);
      cell = "";
      if (letter === "\r") i += rows.push([]) > 0 ? 1 : 0;
    } else cell += letter;
  }
  return rows.slice(0, -1);
}

test("CSV opens as UTF-8, has a row for each entry, and no cell that a spreadsheet would run", async () => {
  const { leaves, written } = await sample();
  const text = await written("csv");
  expect(text.startsWith("\uFEFFtime,kind,agent")).toBe(true);
  const [head = [], ...rows] = cells(text.slice(1));
  expect(rows.map((row) => row[head.indexOf("leaf")])).toEqual(leaves);
  for (const row of rows) {
    expect(row).toHaveLength(head.length);
    for (const cell of row) expect(cell).not.toMatch(/^[\s]*[=+\-@＝＋－＠]/);
  }
  // What could run was told, behind an apostrophe.
  expect(rows.flat()).toContain('\'=HYPERLINK("http://x")');
});

test("syslog is RFC 5424, one message a line, its data elements escaped, its message the entry as it was signed", async () => {
  const { lines, leaves, written } = await sample();
  const messages = (await written("syslog")).trim().split("\n");
  expect(messages).toHaveLength(lines.length);
  for (const [i, message] of messages.entries()) {
    const form =
      /^<(\d{1,3})>1 (\S+) (\S+) kidoban - ([!-~]{1,32}) \[kidoban@32473((?: [\w-]+="(?:[^"\\\]]|\\["\\\]])*")+)\] \uFEFF(.*)$/;
    const [, priority, , , kind, data = "", said] = form.exec(message) ?? [];
    expect(said, message).toBe(lines[i]);
    expect(Number(priority) >> 3).toBe(13);
    expect(data).toContain(`leaf="${leaves[i]}"`);
    expect(said).toContain(`"kind":"${kind}"`);
  }
});

test("OCSF events are of one class, with what it requires, and hold the whole entry", async () => {
  const { lines, leaves, written } = await sample();
  const events = (await written("ocsf"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, never>>);
  expect(events.map((event) => JSON.stringify(event["unmapped"]))).toEqual(lines);
  for (const [i, event] of events.entries()) {
    expect(event).toMatchObject({
      category_uid: 6,
      class_uid: 6003,
      metadata: { version: "1.8.0", uid: leaves[i], product: { name: "Kidoban" } },
      actor: {},
      api: { operation: expect.any(String) },
      src_endpoint: { name: expect.any(String) },
    });
    const { activity_id: activity, type_uid: type, activity_name: name } = event as Readonly<Record<string, unknown>>;
    expect(type).toBe(600_300 + Number(activity));
    // Required by OCSF where the activity is "Other".
    if (activity === 99) expect(name).toEqual(expect.any(String));
  }
  expect(events.find((event) => event["message"] === "call.outcome")).toMatchObject({ status_id: 1, activity_id: 99 });
  expect(events.find((event) => event["message"] === "call.intent")).toMatchObject({
    disposition_id: 1,
    api: { operation: "write_file", service: { name: "files" } },
  });
});

test("OpenTelemetry logs are OTLP in JSON, times in nanoseconds, whole numbers as text", async () => {
  const { lines, leaves, written } = await sample();
  interface Attribute {
    readonly key: string;
    readonly value: { readonly stringValue?: string; readonly intValue?: string };
  }
  interface Sent {
    readonly resourceLogs: readonly {
      readonly scopeLogs: readonly {
        readonly logRecords: readonly {
          readonly timeUnixNano: string;
          readonly body: { readonly stringValue: string };
          readonly attributes: readonly Attribute[];
        }[];
      }[];
    }[];
  }
  const records = (await written("otel"))
    .trim()
    .split("\n")
    .flatMap((line) => (JSON.parse(line) as Sent).resourceLogs)
    .flatMap(({ scopeLogs }) => scopeLogs)
    .flatMap(({ logRecords }) => logRecords);
  expect(records.map(({ body }) => body.stringValue)).toEqual(lines);
  for (const [i, { timeUnixNano, attributes }] of records.entries()) {
    const { time } = JSON.parse(lines[i] ?? "") as { readonly time: string };
    expect(timeUnixNano).toBe(`${Date.parse(time)}000000`);
    const of = (key: string) => attributes.find((each) => each.key === key)?.value;
    expect(of("kidoban.leaf")).toEqual({ stringValue: leaves[i] });
    expect(of("kidoban.n")).toEqual({ intValue: String(i) });
  }
  const intent = records.find(({ body }) => body.stringValue.includes('"call.intent"'));
  expect(intent?.attributes).toContainEqual({ key: "gen_ai.tool.name", value: { stringValue: "write_file" } });
});

test("an unknown format is told, with those that are known", async () => {
  const { state } = await sample();
  const { code, err } = await kidobanLog(state, "export", { format: "xlsx" });
  expect(code).toBe(2);
  expect(err).toContain("ocsf, csv, syslog, otel");
});

test("are in the order of time over overlapping streams, each with what it is about, as the whole log read at once gives them", async () => {
  const { open, dir } = await place();
  let now = Date.parse("2026-03-01T00:00:00Z");
  const tick = (): number => (now += 7);
  const logs: OpenLog[] = [];
  for (let i = 0; i < 3; i++, now += 1_500) logs.push(await open({ now: tick, stream: newStreamId(now) }));
  for (let i = 0; i < 40; i++) {
    const [log, other] = [logs[i % 3], logs[(i + 1) % 3]];
    log?.record(intent(`c${i}`));
    other?.record(intent(`d${i}`));
    log?.record(outcome(`c${i}`));
  }
  for (const log of logs) await log.close("end");
  now += 60_000;
  await (await open({ now: tick, stream: newStreamId(now) })).close("end");
  const [leaf] = [...(await lastLeaves(dir)).values()];
  if (leaf === undefined) throw new Error("nothing ended");
  expect(await packEntries({ dir, key: undefined, pauseMs: 0 }, leaf)).toBe("packed");
  for (const filter of [{}, { kind: "call.outcome" }, { agent: "docs-writer" }] as const) {
    const found: Found[] = [];
    for await (const some of mergedEntries(dir, filter)) found.push(...some);
    expect(found.length).toBeGreaterThan(30);
    expect(found).toEqual(await logReader(dir, filter).next());
  }
});

test("are written while the log is read, not after", async () => {
  const { open, dir } = await place();
  const start = Date.parse("2026-03-01T00:00:00Z");
  const streams: string[] = [];
  for (const at of [start, start + 86_400_000]) {
    let now = at;
    const log = await open({ now: () => now++, stream: newStreamId(at) });
    for (let i = 0; i < 600; i++) log.record(outcome(`c${i}`));
    await log.close("end");
    streams.push(log.stream);
  }
  const reading = mergedEntries(dir, {});
  const first = await reading.next();
  expect(first.done === true ? [] : [...new Set(first.value.map(({ stream }) => stream))]).toEqual([streams[0]]);
  // Had it been read already, this would change nothing.
  writeFileSync(join(dir, entriesFile(streams[1] ?? "")), "");
  let rest = 0;
  for await (const some of reading) rest += some.length;
  expect(rest).toBe(602 - (first.value?.length ?? 0));
});
