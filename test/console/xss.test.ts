/**
 * Whatever an agent, a server or another approver writes is text on a page: hundreds of payloads through every string that
 * they control, on every page that shows it, change nothing of the page but its text.
 */

import { describe, expect, test } from "vitest";
import type { OnDesk } from "../../src/approval/desk.ts";
import type { Pass } from "../../src/approval/pass.ts";
import { buildView, visiblePreview, viewDigest, type View } from "../../src/approval/show.ts";
import { layout, type Html, type Page } from "../../src/console/layout.ts";
import { batchPage } from "../../src/console/pages/batch.ts";
import { editPage } from "../../src/console/pages/edit.ts";
import { inboxPage } from "../../src/console/pages/inbox.ts";
import { givePage, passesPage } from "../../src/console/pages/pass.ts";
import { glassPage, requestPage } from "../../src/console/pages/request.ts";
import { standingFragment } from "../../src/console/pages/standing.ts";
import { en as approvals, ja as approvalsJa } from "../../src/words/approvals.ts";
import { en as inbox, ja as inboxJa } from "../../src/words/console-inbox.ts";
import { en as passWords } from "../../src/words/console-passes.ts";
import { en as request, ja as requestJa } from "../../src/words/console-request.ts";
import { facts, sampleRequest, T0 } from "../approval/sample.ts";

const BREAKS = [
  "",
  '"',
  "'",
  ">",
  '">',
  "'>",
  "</span>",
  "</pre>",
  "</blockquote>",
  "</textarea>",
  "</title>",
  "</script>",
  "-->",
  "]]>",
  "\u0000",
  "\n",
  "&",
  "&quot;",
  "&lt;",
  "%22%3E",
] as const;
const TAGS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>",
  "<svg><script>alert(1)</script></svg>",
  "<iframe src=javascript:alert(1)>",
  "<a href=javascript:alert(1)>x</a>",
  "<form action=//evil.example><button>",
  "<button formaction=//evil.example data-answers=approve>",
  "<input name=answer value=approve autofocus onfocus=alert(1)>",
  "<meta http-equiv=refresh content=0;url=//evil.example>",
  "<base href=//evil.example/>",
  "<link rel=stylesheet href=//evil.example/x.css>",
  "<style>*{display:none}</style>",
  "<math><mtext></mtext><style><img src onerror=alert(1)>",
  "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
  "<template><img src onerror=alert(1)></template>",
  "<details open ontoggle=alert(1)>",
  "<body onload=alert(1)>",
  " onmouseover=alert(1) ",
  " data-gesture=/evil data-answers=approve ",
  "<!--",
  "<![CDATA[<script>",
  "<?php",
  "${alert(1)}",
  "{{constructor.constructor('alert(1)')()}}",
] as const;
const PAYLOADS = BREAKS.flatMap((before) => TAGS.map((tag) => `${before}${tag}`));

/** A page without its texts and the values of its attributes: what a browser would build of it. */
function skeleton(page: string): string {
  return page
    .replaceAll(/"[^"]*"/g, '""')
    .replaceAll(/>[^<]*</g, "><")
    .replaceAll(/\s+/g, " ");
}

const rendered = async (page: Page): Promise<string> =>
  String(
    await layout(page, {
      language: "en",
      theme: "auto",
      csrf: "c",
      person: { name: "aiko", groups: [] },
      path: "/",
      waiting: 1,
    }),
  );

/** Every string of a request that is not ours, each holding `text`. */
function requestWith(text: string): OnDesk {
  const args = { path: text, content: `${text}\n${text}`, nested: [{ name: text }] };
  const view: View = {
    ...buildView({
      ...facts({ agent: text, server: text, endpoint: text, name: text, args, reason: text, changeFailed: text }),
      earlier: { call: text, at: T0 },
      question: { by: text, text, at: T0 },
    }),
    ...visiblePreview({
      change: { before: `${text}\nold`, after: `${text}\nnew` },
      dryRun: text,
      sql: {
        dialect: "postgresql",
        facts: { statements: [{ kind: text, where: false }], writes: [text], reads: [text], calls: [text] },
      },
    }),
    edited: { by: text, arguments: text },
    rules: [text],
  };
  const obligations = [
    {
      rule: text,
      from: [text],
      need: 1,
      assurance: "verified",
      expiresMs: 9e5,
      redeemMs: 3e5,
      ticket: text,
      edit: ["content"],
    },
  ] as const;
  const base = sampleRequest({ agent: text }, args);
  return {
    kind: "found",
    request: {
      ...base,
      id: "r1",
      code: "K7Q-2FD",
      server: text,
      name: text,
      rules: [text],
      note: text,
      obligations,
      view,
      shown: viewDigest(view),
    },
    standing: {
      state: "open",
      approvers: [text],
      missing: [{ rule: text, need: 1, from: [text], assurance: "verified", ticket: text }],
    },
  };
}

const passWith = (text: string): Pass => ({
  body: {
    v: 1,
    pass: "p1",
    config: text,
    agent: text,
    server: text,
    endpoint: text,
    kind: "tool",
    name: text,
    definition: text,
    arguments: { kind: "within", bounds: { [text]: { glob: text }, other: { is: text } } },
    issuedAt: T0,
    from: T0,
    until: T0 + 1000,
    count: 2,
    reason: text,
  },
  signatures: [{ approver: text, signedAt: T0, assurance: "verified", key: text, signature: text }],
  uses: 0,
});

const WORDS = { request, approvals, inbox };
const answerer = {
  turn: { approve: true, breakGlass: true, seats: ["ken"] },
  role: "answers",
  editable: ["content"],
  together: 3,
  pass: true,
} as const;

/** Every page of inbox, request and passes, with this text wherever others may write. */
function pagesWith(text: string): readonly Page[] {
  const shown = requestWith(text);
  const past = { approved: requestWith(`${text} before`).request, askedToday: 1, approvedToday: 1 };
  const view = { shown, past, answerer, csrf: "c", now: T0 };
  const settled = (["denied", "returned"] as const).map((state): OnDesk => ({
    ...shown,
    standing: { state, by: text, comment: text },
  }));
  const alone = (body: Html): Page => ({ title: text, body });
  return [
    inboxPage({ total: 1, rows: [shown, { kind: "altered", id: "r2", code: "K7Q-2FD" }], now: T0 }, inbox),
    requestPage(view, WORDS),
    requestPage(view, { request: requestJa, approvals: approvalsJa, inbox: inboxJa }),
    glassPage(view, WORDS),
    editPage(
      shown,
      [
        { name: "content", value: text },
        { name: "list", value: [text], typed: text },
      ],
      "c",
      WORDS,
      text,
    ),
    batchPage({ back: "/requests/r1", action: "/requests/r1/batch", items: [shown, shown], csrf: "c" }, WORDS),
    givePage({ shown, answerer, args: { path: text, count: 1 }, csrf: "c" }, WORDS, passWords),
    passesPage(
      { passes: [passWith(text)], csrf: "c", person: "aiko", signs: "passkey", revokes: true, now: T0 },
      passWords,
    ),
    ...settled.map((each) => alone(standingFragment(each, request, approvals, T0))),
  ];
}

const skeletons = async (text: string) =>
  Promise.all(pagesWith(text).map(async (page) => skeleton(await rendered(page))));

describe("stored scripts", () => {
  test(`${PAYLOADS.length} payloads leave every page as it is, but for its text`, async () => {
    expect(PAYLOADS.length).toBeGreaterThanOrEqual(500);
    // As many lines as the payload has: each line of a text is an element of ours.
    const plain = new Map<number, readonly string[]>();
    for (const payload of PAYLOADS) {
      const lines = payload.split("\n").length;
      const expected = plain.get(lines) ?? (await skeletons(Array(lines).fill("harmless").join("\n")));
      plain.set(lines, expected);
      expect([payload, await skeletons(payload)]).toEqual([payload, expected]);
    }
  });

  test("an argument's name is text too", async () => {
    for (const payload of PAYLOADS.slice(0, 60)) {
      const named = (name: string) =>
        rendered(givePage({ shown: requestWith("x"), answerer, args: { [name]: "x" }, csrf: "c" }, WORDS, passWords));
      expect([payload, skeleton(await named(payload))]).toEqual([payload, skeleton(await named("harmless"))]);
    }
  });
});
