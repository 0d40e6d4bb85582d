/** What people read in a browser's way through a test, in each language; parts of sentences where values stand in them. */

import * as approvals from "../../src/words/approvals.ts";
import * as inbox from "../../src/words/console-inbox.ts";
import * as passes from "../../src/words/console-passes.ts";
import * as request from "../../src/words/console-request.ts";
import * as console from "../../src/words/console.ts";
import * as enrol from "../../src/words/enrol.ts";

const WORDS = {
  en: {
    approvals: approvals.en,
    inbox: inbox.en,
    passes: passes.en,
    request: request.en,
    console: console.en,
    enrol: enrol.en,
  },
  ja: {
    approvals: approvals.ja,
    inbox: inbox.ja,
    passes: passes.ja,
    request: request.ja,
    console: console.ja,
    enrol: enrol.ja,
  },
};

/** A sentence up to its first value that is not known to the test. */
const upTo = (sentence: (value: string) => string): string => sentence("|").split("|").toSorted(byLength).at(-1) ?? "";
const byLength = (one: string, other: string): number => one.length - other.length;

export function phrasesIn(language: "en" | "ja") {
  const {
    approvals: answers,
    inbox: list,
    passes: pass,
    request: page,
    console: frame,
    enrol: enrolling,
  } = WORDS[language];
  const { answered, view } = answers;
  const { answer, standing, edit, batch, glass } = page;
  return {
    approved: upTo((code) => answered.approved(code, code)),
    notEnough: upTo(answered.waiting),
    denied: upTo(answered.denied),
    returned: upTo(answered.returned),
    commentMissing: answered.refused["comment-missing"],
    cancelled: frame.gesture.cancelled,
    inbox: list.title,
    notified: list.notified,
    arrived: list.arrived,
    sentBackBy: standing.returned,
    approvedBy: (name: string) => standing.approved([name]),
    stage: standing.stage(1, 2),
    glass: glass.link,
    edit: { link: answer.edit, button: edit.button, done: edit.done, by: view.edited, change: view.change },
    batch: { link: answer.batch(3), answered: batch.answered(2, 0) },
    pass: {
      title: pass.title,
      link: answer.pass,
      within: pass.give.within,
      button: pass.give.button,
      signed: pass.signed(["aiko"]),
      revoke: pass.revoke,
      revoked: pass.revoked,
    },
    toEnd: page.toEnd,
    refused: frame.login.refused,
    enrol: enrolling.page,
  };
}
