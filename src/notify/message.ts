/**
 * One notice in one language, ready for any format. What an agent or a server may choose is made visible here, once: each
 * format only has to keep it from being read as anything but text.
 */

import type { Notice, NoticedRequest } from "../approval/notice.ts";
import { visibleLine } from "../approval/visible.ts";
import { written } from "../policy/pattern.ts";
import type { en } from "../words/notify.ts";

export interface Message {
  readonly title: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly note: string;
  /** Into the console, where a login is needed. It holds the request's id, which grants nothing. */
  readonly link?: { readonly label: string; readonly url: string };
}

type Words = typeof en;

/** Names are short; a URI may be as long as its server likes. */
const LONGEST = 300;

/**
 * What chats and mail programs would turn into a link, a mention or an expression loses one character to a mark: nobody is
 * to be led anywhere by a name.
 */
const defused = (text: string): string =>
  text
    .replaceAll("://", "\\u{3a}//")
    .replaceAll(/\bwww\./gi, (www) => `${www.slice(0, 3)}\\u{2e}`)
    .replaceAll(/mailto:/gi, (scheme) => `${scheme.slice(0, -1)}\\u{3a}`)
    .replaceAll(/@(?=[\p{L}\p{N}])/gu, "\\u{40}")
    .replaceAll(/\{(?=\{)|\$(?=\{)|\{(?=%)/g, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`);

/** Whole characters only, and how many were left out. */
function shown(text: string, words: Words): string {
  const chars = Array.from(defused(visibleLine(text)));
  if (chars.length <= LONGEST) return chars.join("");
  return `${chars.slice(0, LONGEST).join("")}${words.more(chars.length - LONGEST)}`;
}

const clock = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** Of the console's address, where there is one. */
const linkTo = (request: string, consoleUrl: string | undefined, words: Words): Pick<Message, "link"> => {
  if (consoleUrl === undefined) return {};
  const base = new URL(consoleUrl);
  base.pathname = `${base.pathname.replace(/\/+$/, "")}/requests/${encodeURIComponent(request)}`;
  return { link: { label: words.open, url: base.href } };
};

function factsOf(about: NoticedRequest, words: Words): Message["facts"] {
  const { facts } = words;
  const fact = (label: string, value: string) => ({ label, value: shown(value, words) });
  return [
    fact(facts.agent, about.agent),
    fact(facts.what, written(about)),
    fact(facts.access, about.destructive ? words.destructive : words.accesses[about.access]),
    ...(about.rules.length === 0 ? [] : [fact(facts.rules, about.rules.join(", "))]),
    fact(facts.code, about.code),
  ];
}

function waiting(about: NoticedRequest, consoleUrl: string | undefined, words: Words): Omit<Message, "title"> {
  const { facts } = words;
  return {
    facts: [
      ...factsOf(about, words),
      { label: facts.need, value: shown(words.needed(about.need, about.groups.join(", ")), words) },
      { label: facts.until, value: clock(about.expiresAt) },
    ],
    note: words.answerable,
    ...linkTo(about.request, consoleUrl, words),
  };
}

/** `consoleUrl`: where the console is reached; left out, there is no link. */
export function messageOf(notice: Notice, words: Words, consoleUrl: string | undefined): Message {
  switch (notice.kind) {
    case "request.opened":
    case "request.stage":
    case "request.escalated": {
      const title = words.titles[notice.kind](shown(notice.about.code, words));
      return { title, ...waiting(notice.about, consoleUrl, words) };
    }
    case "glass.broken": {
      const by = { label: words.facts.by, value: shown(notice.by, words) };
      return {
        title: words.titles[notice.kind](shown(notice.about.code, words)),
        facts: [...factsOf(notice.about, words), by],
        note: words.broken,
        ...linkTo(notice.about.request, consoleUrl, words),
      };
    }
    case "stop.placed":
      return {
        title: words.titles[notice.kind](),
        facts: [
          { label: words.facts.stopped, value: shown(notice.agent ?? words.everybody, words) },
          { label: words.facts.by, value: shown(notice.by, words) },
          { label: words.facts.stop, value: shown(notice.stop, words) },
        ],
        note: words.stopped,
      };
    case "test":
      return { title: words.titles[notice.kind](), facts: [], note: words.tested };
  }
}

/** As plain text, a fact a line. */
export const messageText = ({ facts, note, link }: Message): string =>
  [
    ...facts.map(({ label, value }) => `${label}: ${value}`),
    ...(facts.length === 0 ? [] : [""]),
    note,
    ...(link === undefined ? [] : ["", `${link.label}: ${link.url}`]),
    "",
  ].join("\n");
