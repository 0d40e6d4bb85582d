import { describe, expect, test } from "vitest";
import type { EntryBody } from "../../src/audit/entry.ts";
import { ledgerLine, parseLedgerLine } from "../../src/audit/leaf.ts";
import { entryLine, NO_PREV, parseEntry } from "../../src/audit/line.ts";
import { lineBatches, type Line } from "../../src/audit/lines.ts";
import { SHAPES } from "../../src/audit/members.ts";

const time = "2026-11-21T22:10:00.123Z";
const args = { digest: "a".repeat(64), bytes: 12 };
const target = { server: "files", kind: "tool", name: "write_file" } as const;
const why = { effect: "ask", access: "write", cause: "rule", rules: ["moves", "org"], detail: "x" } as const;
const claimed = {
  client: "c\u001b[31m",
  version: "1",
  protocol: "p",
  reason: '"quoted" \u2028 \ud800 木戸番',
  meta: "{}",
};
const body = {
  v: 1,
  request: "r",
  nonce: "n",
  action: "a",
  answer: "approve",
  shown: "s",
  expiresAt: 1,
  approver: "aiko",
  answeredAt: 2,
  comment: "ok",
} as const;

/** One of each kind, with every optional member. */
const all: readonly EntryBody[] = [
  {
    kind: "stream.opened",
    stream: "s",
    log: "l",
    key: "k",
    program: "kidoban",
    version: "0.1.0",
    mode: "same-user",
    agent: "a",
    config: "c",
  },
  { kind: "stream.closed", reason: "end" },
  { kind: "stream.recovered", stream: "s", size: 3, torn: 2, tail: "t", open: ["c1", "c2"] },
  { kind: "client.connected", agent: "a", era: "modern", claimed },
  { kind: "server.started", server: "s", endpoint: "e", claimed: { name: "n", version: "v", protocol: "p" } },
  { kind: "server.ended", server: "s", reason: "r" },
  { kind: "definition.quarantined", target, locked: null, now: "x" },
  { kind: "list.served", agent: "a", method: "tools/list", digest: "d", count: 3 },
  { kind: "resource.watched", agent: "a", target, args: { digest: "d", bytes: 1 } },
  { kind: "message.relayed", agent: "a", server: "s", method: "m", body: { digest: "d", bytes: 1 } },
  { kind: "message.refused", agent: "a", side: "agent", method: "m", reason: "r" },
  { kind: "question.asked", question: "c/1", call: "c", agent: "a", server: "s", method: "elicitation/create", args },
  { kind: "question.answered", question: "c/1", call: "c", says: "accept", result: args, detail: "d" },
  { kind: "call.denied", call: "c", agent: "a", asked: "files_x", target, why, args, claimed },
  {
    kind: "call.intent",
    call: "c",
    agent: "a",
    target,
    why,
    args,
    definition: "d",
    request: "r",
    action: "x",
    claimed,
  },
  { kind: "call.outcome", call: "c", status: "ok", result: args, detail: "d" },
  { kind: "call.replayed", call: "c", agent: "a", request: "r" },
  {
    kind: "request.opened",
    request: "r",
    call: "c",
    agent: "a",
    target,
    why,
    args,
    action: "x",
    nonce: "n",
    shown: "s",
    expiresAt: 5,
    obligations: [{ rule: "moves", from: ["ops"] }],
    claimed,
  },
  { kind: "request.joined", request: "r", call: "c", agent: "a" },
  {
    kind: "request.edited",
    request: "r2",
    from: "r",
    call: "c",
    agent: "a",
    target: { server: "s", kind: "tool", name: "n" },
    by: "b",
    before: { digest: "d", bytes: 1 },
    args: { digest: "e", bytes: 2 },
    action: "x",
    nonce: "n",
    shown: "s",
    expiresAt: 1,
    obligations: [{ rule: "approvals" }],
  },
  {
    kind: "pass.issued",
    pass: "p",
    agent: "a",
    target: { server: "s", kind: "tool", name: "n" },
    by: "b",
    body: {
      v: 1,
      pass: "p",
      config: "/c",
      agent: "a",
      server: "s",
      endpoint: "e",
      kind: "tool",
      name: "n",
      definition: "d",
      arguments: { kind: "within", bounds: { to: { glob: "*@example.com" } } },
      issuedAt: 1,
      from: 1,
      until: 2,
      count: 1,
      reason: "r",
    },
    signatures: [{ approver: "b", signedAt: 1, assurance: "operator", key: "k", signature: "s" }],
  },
  { kind: "pass.used", pass: "p", call: "c", agent: "a", use: 1, signers: ["b"] },
  { kind: "bodies.pruned", stream: "s", count: 1, bytes: 2, rule: "r" },
  { kind: "streams.pruned", streams: [{ stream: "s", size: 1, root: "r", until: "t" }], rule: "r" },
  {
    kind: "retention.changed",
    config: "/c",
    digest: "d",
    previous: "p",
    from: "f",
    to: "t",
    consents: [{ approver: "b", acceptedAt: 1, key: "k", signature: "s" }],
  },
  { kind: "pass.refused", pass: "p", call: "c", agent: "a", reason: "signers" },
  { kind: "pass.revoked", pass: "p", agent: "a", by: "b" },
  {
    kind: "request.answered",
    request: "r",
    statement: { body, assurance: "operator", key: "ed25519:x", signature: "s" },
  },
  { kind: "request.answered", request: "r", statement: { assurance: "client", answer: "deny", comment: "no" } },
  { kind: "request.refused", request: "r", reason: "x" },
  { kind: "request.claimed", request: "r", call: "c" },
  { kind: "request.closed", request: "r", state: "denied", note: "n" },
  { kind: "task.opened", task: "t", request: "r", call: "c", agent: "a" },
  { kind: "task.read", task: "t", request: "r", agent: "a" },
  { kind: "client.silent", agent: "a", request: "r", afterMs: 3 },
  { kind: "config.accepted", digest: "d", by: "aiko", signature: "s", first: true },
  { kind: "config.accepted", digest: "d", by: "aiko", first: true, archive: "a" },
  { kind: "config.applied", config: "/k.yaml", accepted: { digest: "d", archive: "a" } },
  {
    kind: "config.applied",
    config: "/k.yaml",
    accepted: { digest: "d", archive: "a" },
    proposed: { digest: "e", archive: "b" },
  },
  { kind: "config.proposed", digest: "d" },
  { kind: "config.refused", reason: "r" },
  { kind: "key.rotated", from: "a+1+A", to: "a+2+B", size: 3, root: "00" },
  {
    kind: "login.added",
    server: "s",
    agent: "a",
    issuer: "https://i",
    resource: "https://r",
    scope: "x y",
    by: "aiko",
  },
  { kind: "login.removed", server: "s", by: "aiko" },
  { kind: "lock.pinned", server: "s", digest: "d", by: "aiko" },
  { kind: "stop.placed", stop: "s", agent: "a", reason: "r", by: "b" },
  { kind: "stop.acknowledged", stop: "s" },
  {
    kind: "token.issued",
    token: "t",
    agent: "a",
    config: "/c",
    digest: "d",
    issuedAt: 1,
    expiresAt: 2,
    by: "b",
    key: "k",
    signature: "s",
  },
  { kind: "token.revoked", token: "t", agent: "a", at: 1, by: "b" },
  { kind: "auth.refused", reason: "r", from: "f", token: "t", agent: "a", times: 2 },
  { kind: "stop.lifted", stop: "s", approver: "a", liftedAt: 1, key: "k", signature: "s", reason: "r" },
  { kind: "notification.sent", channel: "ops", event: "e", message: "msg_1", request: "r", attempts: 2 },
  {
    kind: "notification.failed",
    channel: "ops",
    event: "e",
    message: "msg_1",
    request: "r",
    attempts: 1,
    problem: "HTTP 500",
    final: false,
  },
  { kind: "backup.made", backup: "c".repeat(64), at: { size: 7, root: "d".repeat(64) }, keys: true, by: "aiko" },
  {
    kind: "epoch.began",
    epoch: "e".repeat(16),
    backup: "c".repeat(64),
    from: { size: 7, root: "d".repeat(64) },
    lost: { size: 9, root: "f".repeat(64) },
    voided: { requests: 1, passes: 2, tokens: 3 },
    stops: 1,
    by: "aiko",
  },
  {
    kind: "export.made",
    what: "evidence",
    digest: "b".repeat(64),
    from: "2026-07-01T00:00:00.000Z",
    until: "2026-10-01T00:00:00.000Z",
    by: "aiko",
  },
  {
    kind: "report.signed",
    digest: "b".repeat(64),
    from: "2026-07-01T00:00:00.000Z",
    until: "2026-10-01T00:00:00.000Z",
    origin: "kidoban/0123456789abcdef",
    size: 7,
    root: "c".repeat(64),
    approver: "aiko",
    signedAt: 1,
    comment: "Read.",
    key: "ed25519:k",
    signature: "s",
  },
  { kind: "log.read", by: "aiko", command: "log" },
  { kind: "console.entered", by: "aiko", key: "es256:AAAA" },
  {
    kind: "passkey.enrolled",
    approver: "aiko",
    id: "AAAA",
    key: "es256:AAAA",
    origin: "https://kidoban.example.com",
    rp: "kidoban.example.com",
  },
];

const line = (entry: EntryBody): string => entryLine(3, NO_PREV, time, 9, entry);
const backwards = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(backwards)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .toReversed()
            .map(([name, part]) => [name, backwards(part)]),
        )
      : value;

/** JSON from outside, taken for what it is not. */
const from = (json: string): never => JSON.parse(json) as never;

describe("an entry's line", () => {
  test("every kind has a sample here", () => {
    expect(new Set(all.map((entry) => entry.kind))).toEqual(new Set(Object.keys(SHAPES)));
  });

  test.each(all.map((entry) => [entry.kind, entry] as const))(
    "%s is read back as it was written, on one line",
    (_kind, entry) => {
      const text = line(entry);
      expect(text).not.toContain("\n");
      expect(parseEntry(text)).toEqual({
        kind: "entry",
        entry: { v: 1, n: 3, prev: NO_PREV, time, after: 9, body: JSON.parse(JSON.stringify(entry)) },
      });
      expect(
        text.startsWith(`{"v":1,"n":3,"prev":"${NO_PREV}","time":"${time}","after":9,"kind":"${entry.kind}"`),
      ).toBe(true);
    },
  );

  test("is the same whatever the order in which the members were given", () => {
    for (const entry of all) {
      const turned = backwards(entry) as EntryBody;
      const free = entry.kind === "request.opened" ? { ...turned, obligations: entry.obligations } : turned;
      expect(line(free)).toBe(line(entry));
    }
  });

  test("of a hot kind is what the table would have written", () => {
    for (const entry of all) {
      if (entry.kind !== "call.intent" && entry.kind !== "call.outcome") continue;
      const least =
        entry.kind === "call.intent"
          ? { ...entry, why: { effect: why.effect, access: why.access, cause: why.cause, rules: [] } }
          : entry;
      for (const one of [entry, least]) {
        const table =
          entry.kind === "call.intent"
            ? SHAPES["call.intent"].write(one as typeof entry)
            : SHAPES["call.outcome"].write(one as never);
        expect(line(one).endsWith(`,${table.slice(1)}`)).toBe(true);
      }
    }
    const bare = { kind: "call.outcome", call: "c", status: "unknown" } as const;
    expect(line(bare).endsWith(`,${SHAPES["call.outcome"].write(bare).slice(1)}`)).toBe(true);
  });

  test("with a strange, missing, misplaced or mistyped member is refused", () => {
    const text = line({ kind: "call.outcome", call: "c", status: "ok" });
    const spoiled = [
      text.replace(/}$/, ',"extra":1}'),
      text.replace(',"call":"c"', ""),
      text.replace('"call":"c","status":"ok"', '"status":"ok","call":"c"'),
      text.replace('"status":"ok"', '"status":"fine"'),
      text.replace('"call":"c"', '"call":7'),
      text.replace('"v":1,"n":3', '"n":3,"v":1'),
      text.replace('"n":3', '"n":03'),
      text.replace('"n":3', '"n":-3'),
      text.replace(time, "2026-11-21 22:10:00"),
      text.replace('"v":1', '"v":1 '),
      text.replace(/}$/, ',"n":4}'),
      text.replace(/}$/, ',"kind":"stream.closed"}'),
      text.slice(0, -1),
      "",
      "null",
      "[]",
    ];
    for (const one of spoiled) expect(parseEntry(one).kind, one).toBe("malformed");
  });

  test("attack: a member from outside that is not what its type says is refused before it is recorded", () => {
    for (const entry of [
      { kind: "client.connected", agent: "a", era: "modern", claimed: from('{"client":{"toString":"x"}}') },
      { kind: "call.intent", call: "c", agent: "a", target, why, args, claimed: from('{"version":7}') },
      { kind: "call.outcome", call: "c", status: "rpc_error", detail: from("[]") },
      { kind: "list.served", agent: "a", method: "m", digest: "d", count: from("1.5") },
      { kind: "call.denied", call: "c", agent: "a", asked: from("null"), args },
    ] satisfies EntryBody[]) {
      expect(() => line(entry), entry.kind).toThrow(TypeError);
    }
  });

  test("of a later format or kind is told from a broken one", () => {
    const text = line({ kind: "stream.closed", reason: "end" });
    expect(parseEntry(text.replace('"v":1', '"v":2'))).toEqual({ kind: "newer" });
    expect(parseEntry(text.replace("stream.closed", "stream.rotated"))).toEqual({ kind: "newer" });
    // Not a name that objects have by themselves.
    expect(parseEntry(text.replace("stream.closed", "constructor"))).toEqual({ kind: "newer" });
  });
});

describe("a ledger's line", () => {
  const leaf = { stream: "s", size: 4, root: "b".repeat(64), state: "open", time } as const;
  test("is read back as it was written", () => {
    expect(parseLedgerLine(ledgerLine(leaf))).toEqual(leaf);
  });
  test("is refused with a blank, a duplicate key, another version or a bad member", () => {
    const text = ledgerLine(leaf);
    for (const one of [
      `${text} `,
      text.replace('"size":4', '"size":3,"size":4'),
      text.replace('"v":1', '"v":2'),
      text.replace('"open"', '"gone"'),
      text.replace("bbbb", "BBBB"),
      text.replace('"size":4', '"size":4.5'),
      "null",
      "{",
    ]) {
      expect(parseLedgerLine(one), one).toBeUndefined();
    }
  });
});

async function read(chunks: readonly Buffer[]): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const batch of lineBatches(chunks)) lines.push(...batch);
  return lines;
}

describe("lines out of chunks", () => {
  test("are the same wherever the chunks are cut", async () => {
    const bytes = Buffer.from("木\n\nab\nrest", "utf8");
    for (let cut = 0; cut <= bytes.length; cut++) {
      for (let more = cut; more <= bytes.length; more++) {
        const lines = await read([bytes.subarray(0, cut), bytes.subarray(cut, more), bytes.subarray(more)]);
        expect(lines.map(({ text, ended }) => [text, ended])).toEqual([
          ["木", true],
          ["", true],
          ["ab", true],
          ["rest", false],
        ]);
      }
    }
  });

  test("that are no UTF-8 have no text, so that a broken byte cannot pass for U+FFFD; a byte order mark stays", async () => {
    const [broken, replaced, marked] = await read([
      Buffer.from([0xff, 10, 0xef, 0xbf, 0xbd, 10, 0xef, 0xbb, 0xbf, 0x61, 10]),
    ]);
    expect(broken?.text).toBeUndefined();
    expect(replaced?.text).toBe("\ufffd");
    expect(marked?.text).toBe("\ufeffa");
  });
});
