import { describe, expect, test } from "vitest";
import { concerns, eventId, messageId, noticed, type Notice } from "../../src/approval/notice.ts";
import { messageOf, messageText } from "../../src/notify/message.ts";
import { slackPayload } from "../../src/notify/slack.ts";
import { teamsPayload } from "../../src/notify/teams.ts";
import { webhookBody } from "../../src/notify/webhook.ts";
import { en, ja } from "../../src/words/notify.ts";
import { sampleRequest } from "../approval/sample.ts";
import { about, opened, T0 } from "./sample.ts";

const CONSOLE = "https://kidoban.example.com/gate/";
const LINK = "https://kidoban.example.com/gate/requests/0123456789abcdef";
const ALL: readonly Notice[] = [
  opened(),
  { kind: "request.stage", about: about(), stage: 1 },
  { kind: "request.escalated", about: about(), step: 0 },
  { kind: "stop.placed", stop: "s1", agent: "docs-writer", by: "aiko" },
  { kind: "glass.broken", about: about(), by: "aiko" },
  { kind: "test", test: "t" },
];
const ENVELOPE = { id: "msg_1", event: "e", at: T0 };
const every = (notice: Notice, words = en): readonly string[] => {
  const message = messageOf(notice, words, CONSOLE);
  return [
    messageText(message),
    JSON.stringify(slackPayload(message)),
    JSON.stringify(teamsPayload(message)),
    webhookBody(ENVELOPE, notice, message),
  ];
};

describe("a message says", () => {
  test("who asks for what, how risky it is, the rules, the code, until when, how many answers, and where", () => {
    for (const text of every(opened())) {
      for (const part of ["docs-writer", "write_file", "moves", "K7Q-2FD", "ops", LINK]) expect(text).toContain(part);
    }
    expect(messageText(messageOf(opened(), en, CONSOLE))).toBe(`Agent: docs-writer
Asks for: files/write_file
Does: writes, and can destroy
Asked by: moves
Code: K7Q-2FD
Answers needed: 2, of ops
Open until: 2026-11-22 05:15 UTC

What it would do, in full, stands in the console, behind a login. Nothing can be approved from this message.

Open the request: ${LINK}
`);
  });

  test("the same in Japanese", () => {
    expect(messageOf(opened(), ja, CONSOLE).title).toBe("承認が必要です: K7Q-2FD");
    for (const notice of ALL) {
      const { title, facts, note } = messageOf(notice, ja, CONSOLE);
      for (const text of [title, note, ...facts.map(({ label }) => label)])
        expect(text).toMatch(/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u);
    }
  });

  test("P7: neither arguments nor the agent's reason: a notice has no place for them", () => {
    const request = sampleRequest({}, { path: "argument-of-the-call" });
    const reasoned = { ...request, view: { ...request.view, reason: "reason-of-the-agent" } };
    const text = JSON.stringify(noticed(reasoned));
    expect(JSON.stringify(reasoned)).toContain("argument-of-the-call");
    expect(text).not.toContain("argument-of-the-call");
    expect(text).not.toContain("reason-of-the-agent");
    expect(text).not.toContain(request.nonce);
    expect(text).not.toContain(request.argsText);
  });

  test("P7: one link at most, into the console, which holds the request's id and nothing that approves", () => {
    for (const notice of ALL)
      for (const text of every(notice)) {
        const urls = text.match(/https?:\/\/[^\s"|)>\\]+/g) ?? [];
        expect(urls.filter((url) => url !== LINK && !url.includes("adaptivecards.io/schemas"))).toEqual([]);
        expect(text).not.toMatch(/"Action\.|"actions"|"button"|action_id/);
      }
    expect(every(opened()).join("")).not.toMatch(/token|nonce|approve=|secret/i);
  });

  test("no link where the console's address is not configured", () => {
    expect(messageOf(opened(), en, undefined).link).toBeUndefined();
  });

  test("an id that is none leads nowhere else", () => {
    const { link } = messageOf(opened({ request: "../../approve?x=#" }), en, CONSOLE);
    expect(link?.url).toBe("https://kidoban.example.com/gate/requests/..%2F..%2Fapprove%3Fx%3D%23");
  });
});

describe("who is told", () => {
  test("a channel for groups is told only of what one of them may answer, and always of a stop and of broken glass", () => {
    expect(concerns(opened(), ["db"])).toBe(false);
    expect(concerns(opened(), ["db", "ops"])).toBe(true);
    expect(concerns(opened(), [])).toBe(true);
    expect(concerns(opened({ groups: [] }), ["db"])).toBe(true);
    expect(concerns({ kind: "stop.placed", stop: "s", by: "aiko" }, ["db"])).toBe(true);
    expect(concerns({ kind: "glass.broken", about: about(), by: "aiko" }, ["db"])).toBe(true);
  });

  test("the groups are all that some obligation names, the answers as many as the hardest wants", () => {
    const [first] = sampleRequest().obligations;
    if (first === undefined) throw new Error("no obligation");
    const obligations = [
      { ...first, from: [], need: 1 },
      { ...first, from: ["ops"], need: 2 },
    ];
    expect(noticed(sampleRequest({ obligations }))).toMatchObject({ groups: ["ops"], need: 2 });
  });

  test("one event has one id for each channel, whoever makes it", () => {
    expect(new Set(ALL.map(eventId)).size).toBe(ALL.length);
    expect(messageId("e", "a")).toBe(messageId("e", "a"));
    expect(new Set([messageId("e", "a"), messageId("e", "b"), messageId("ea", ""), messageId("f", "a")]).size).toBe(4);
  });
});

/** What an agent or a server may put into a name, for each place where somebody might read it as more. */
const EVIL: readonly string[] = [
  "<!channel> <@U024BE7LH> <https://evil.example|Approve>",
  "*bold* _it_ ~strike~ `code` :tada:",
  "[Approve](https://evil.example/approve)",
  "![x](https://evil.example/x.png)",
  "<at>everyone</at>",
  "{{DATE(2026-11-22T00:00:00Z, SHORT)}} ${secret} @{triggerBody()}",
  "{% raw %}",
  "x\r\nBcc: all@example.com\r\n\r\nbody",
  "a\u0000b\u001b[2J\u202egnp.exe\u200b",
  '"}],"blocks":[{"type":"actions"',
  "<script>alert(1)</script>",
  "www.evil.example mailto:evil@evil.example https://evil.example/ok",
  "\u2028\u2029\u0085",
  "раураl",
  "x".repeat(5000),
  "\ud800 lone",
];
const places = (evil: string): readonly Notice[] => [
  opened({ agent: evil, server: evil, name: evil, rules: [evil], code: evil, groups: [evil] }),
  opened({ kind: "resource", name: `https://evil.example/${evil}` }),
  { kind: "stop.placed", stop: evil, agent: evil, by: evil },
  { kind: "glass.broken", about: about({ name: evil }), by: evil },
];

interface Block {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string };
  readonly fields?: readonly { readonly type: string; readonly text: string; readonly emoji: boolean }[];
  readonly elements?: readonly { readonly type: string }[];
}

describe("P9: what an agent or a server calls itself is only text", () => {
  test.each(EVIL)("in Slack: %j", (evil) => {
    for (const notice of places(evil)) {
      const payload = slackPayload(messageOf(notice, en, CONSOLE)) as {
        readonly text: string;
        readonly blocks: readonly Block[];
      };
      expect(payload.text).not.toMatch(/[<>]/);
      const texts = payload.blocks.flatMap((block) => [
        ...(block.text === undefined ? [] : [block.text]),
        ...(block.fields ?? []),
      ]);
      // Markup is read in one place alone, which is ours whole.
      for (const text of texts.filter(({ type }) => type !== "plain_text")) {
        expect(text.type).toBe("mrkdwn");
        expect(text.text).toMatch(/^<https:\/\/kidoban\.example\.com\/gate\/requests\/[^|<>]*\|Open the request>$/);
      }
      for (const block of payload.blocks) {
        expect(["header", "section", "context"]).toContain(block.type);
        if (block.type === "header") expect(block.text?.text.length ?? 0).toBeLessThan(800);
        for (const field of block.fields ?? []) {
          expect(field).toMatchObject({ type: "plain_text", emoji: false });
          expect(field.text.length).toBeLessThan(2000);
        }
        expect(block.fields?.length ?? 0).toBeLessThanOrEqual(10);
      }
    }
  });

  test.each(EVIL)("in Teams: %j", (evil) => {
    for (const notice of places(evil)) {
      const payload = teamsPayload(messageOf(notice, en, CONSOLE)) as {
        readonly attachments: readonly {
          readonly content: { readonly body: readonly { readonly type: string; readonly text?: string }[] };
        }[];
      };
      const [card] = payload.attachments;
      const markdown = card?.content.body.filter(({ type }) => type === "TextBlock") ?? [];
      for (const { text } of markdown)
        expect(text).toMatch(/^\[Open the request\]\(https:\/\/kidoban\.example\.com\/gate\/requests\/[^()\s]*\)$/);
      expect(JSON.stringify(payload)).not.toMatch(/\{\{|\$\{|"actions"|"entities"/);
    }
  });

  test.each(EVIL)("as plain text, a fact a line: %j", (evil) => {
    for (const notice of places(evil)) {
      const { title, ...rest } = messageOf(notice, en, CONSOLE);
      const lines = messageText({ title, ...rest }).split("\n");
      expect(title).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      expect(lines.length).toBe(rest.facts.length + 3 + (rest.link === undefined ? 0 : 2));
      expect(lines.join("").replaceAll(LINK, "")).not.toMatch(/[\p{Cc}\u202e\u200b\u2028\u2029]/u);
    }
  });

  test("a name leads nowhere: no address in one stays one", () => {
    const text = messageText(messageOf(opened({ name: EVIL[11] ?? "" }), en, undefined));
    expect(text).not.toMatch(/:\/\/|www\.|mailto:|@evil/);
    expect(text).toContain("https\\u{3a}//evil.example/ok");
  });

  test("a long one is cut and says so, without cutting a character in two", () => {
    const { facts } = messageOf(opened({ name: "🦊".repeat(400) }), en, undefined);
    const what = facts.find(({ label }) => label === en.facts.what)?.value ?? "";
    expect(what).toMatch(/… \(\d+ more characters\)$/);
    expect(what.isWellFormed()).toBe(true);
  });
});
