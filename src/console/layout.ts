/** What stands around every page. Everything that is put in is escaped by `html`; nothing here is raw. */

import { html } from "hono/html";
import { may, type Approver, type Duty } from "../approval/approver.ts";
import { en, ja, type ConsoleWords } from "../words/console.ts";
import type { Language } from "../words/words.ts";
import type { Theme } from "./theme.ts";

export type Html = ReturnType<typeof html>;

/** Where a line end matters: templates are laid out anew by the formatter, and a browser drops the first one in a textarea. */
export const LINE_END = "\n";

export interface Frame {
  readonly language: Language;
  readonly theme: Theme;
  readonly csrf: string;
  readonly person: Approver | undefined;
  /** Path of the page, for the menu and for coming back. */
  readonly path: string;
  /** How many requests wait; left out where nobody is logged in. */
  readonly waiting?: number;
  /** One sentence about what was just done. */
  readonly note?: string | undefined;
}

export interface Page {
  readonly title: string;
  readonly body: Html;
}

export const consoleWords = (language: Language): ConsoleWords => (language === "ja" ? ja : en);

/** Pages of the menu; `duty`: only for those who have it. */
const MENU: readonly { readonly path: string; readonly word: keyof ConsoleWords["menu"]; readonly duty?: Duty }[] = [
  { path: "/", word: "inbox" },
  { path: "/passes", word: "passes" },
  { path: "/history", word: "history" },
  { path: "/agents", word: "agents" },
  { path: "/servers", word: "servers" },
  { path: "/config", word: "config" },
  { path: "/log", word: "log", duty: "watch" },
  { path: "/stops", word: "stops" },
];

/** A hidden field that binds a form to this visit; every form that posts has one. */
export const csrfField = (csrf: string): Html => html`<input type="hidden" name="csrf" value="${csrf}" />`;

const choice = (frame: Frame, name: string, value: string, label: string, isChosen: boolean): Html => html`
  <button class="choice" name="${name}" value="${value}" aria-pressed="${isChosen ? "true" : "false"}">${label}</button>
`;

function preferences(frame: Frame, words: ConsoleWords): Html {
  const { language, theme } = frame;
  const themes: readonly Theme[] = ["auto", "light", "dark"];
  return html`<form class="preferences" method="post" action="/preferences">
    ${csrfField(frame.csrf)}<input type="hidden" name="back" value="${frame.path}" />
    <span class="choices" role="group" aria-label="${words.frame.language}">
      ${choice(frame, "language", "en", "English", language === "en")}
      ${choice(frame, "language", "ja", "日本語", language === "ja")}
    </span>
    <span class="choices" role="group" aria-label="${words.frame.theme}">
      ${themes.map((each) => choice(frame, "theme", each, words.frame.themes[each], each === theme))}
    </span>
  </form>`;
}

function menu(frame: Frame, words: ConsoleWords): Html {
  const { person, path, waiting = 0 } = frame;
  if (person === undefined) return html``;
  const shown = MENU.filter(({ duty }) => duty === undefined || may(person, duty));
  return html`<nav aria-label="${words.frame.menu}">
      <ul>
        ${shown.map((each) => {
          const here = each.path === path || (each.path !== "/" && path.startsWith(`${each.path}/`));
          const count =
            each.path === "/"
              ? html` <span class="count" data-count ${waiting > 0 ? "" : html`hidden`}>${waiting}</span>`
              : "";
          return html`<li>
            <a href="${each.path}" ${here ? html`aria-current="page"` : ""}>${words.menu[each.word]}${count}</a>
          </li>`;
        })}
      </ul>
    </nav>
    <form class="logout" method="post" action="/logout">
      ${csrfField(frame.csrf)}<span class="who">${person.name}</span>
      <button class="quiet">${words.frame.logout}</button>
    </form>`;
}

export function layout(page: Page, frame: Frame): Html {
  const words = consoleWords(frame.language);
  const { waiting = 0 } = frame;
  const title = `${waiting > 0 ? `(${waiting}) ` : ""}${page.title} · Kidoban`;
  return html`<!doctype html>
    <html lang="${frame.language}" data-theme="${frame.theme}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="${frame.theme === "auto" ? "light dark" : frame.theme}" />
        <meta name="referrer" content="same-origin" />
        <title>${title}</title>
        <link rel="icon" href="/assets/mark.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/console.css" />
        <script type="module" src="/assets/console.js"></script>
      </head>
      <body
        data-cancelled="${words.gesture.cancelled}"
        data-unreachable="${words.gesture.unreachable}"
        data-closed="${words.gesture.closed}"
        data-unsupported="${words.gesture.unsupported}"
        ${frame.person === undefined ? "" : html`data-live="/events"`}
      >
        <a class="skip" href="#content">${words.frame.skip}</a>
        <header class="top">
          <a class="brand" href="/"><img src="/assets/mark.svg" alt="" width="28" height="28" />Kidoban</a>
          ${menu(frame, words)}
        </header>
        <main id="content" tabindex="-1">
          <p class="note" role="status" data-note ${frame.note === undefined ? html`hidden` : ""}>
            ${frame.note ?? ""}
          </p>
          ${page.body}
        </main>
        <footer>${preferences(frame, words)}</footer>
      </body>
    </html>`;
}
