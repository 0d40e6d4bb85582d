/**
 * A report as one HTML file: no script, nothing loaded, a policy that allows its own style sheet and nothing else. What
 * others wrote is made visible, escaped and set in a type of its own.
 */

import { hash } from "node:crypto";
import { visibleLine } from "../../approval/visible.ts";
import type { ReportWords } from "../../words/report.ts";
import type { Block, Inline, Page, Text } from "../blocks.ts";
import type { Voice } from "../voice.ts";
import { chartMarkup } from "./chart.ts";
import { html, type Markup } from "./markup.ts";
import { STYLE } from "./style.ts";

/** Nothing may be loaded, run, framed or sent; the one style sheet is named by its digest (CSP Level 3). */
const POLICY = `default-src 'none'; style-src 'sha256-${hash("sha256", STYLE, "base64")}'; base-uri 'none'; form-action 'none'`;

const isList = (text: Text): text is readonly Inline[] => Array.isArray(text);

function inline(part: Inline): Markup {
  if (typeof part === "string") return html`${part}`;
  if ("said" in part) return html`<bdi class="said">${visibleLine(part.said)}</bdi>`;
  if ("sample" in part) return html`<span class="said">${part.sample}</span>`;
  if ("code" in part) return html`<code>${visibleLine(part.code)}</code>`;
  return html`<span class="badge ${part.tone}">${part.badge}</span>`;
}

const textMarkup = (text: Text): Markup => (isList(text) ? html`${text.map(inline)}` : inline(text));

function headingMarkup({ level, text, id }: Extract<Block, { readonly kind: "heading" }>): Markup {
  const words = textMarkup(text);
  switch (level) {
    case 2:
      return html`<h2 id="${id ?? ""}">${words}</h2>`;
    case 3:
      return html`<h3>${words}</h3>`;
    case 4:
      return html`<h4>${words}</h4>`;
  }
}

function tableMarkup({ label, head, rows, numbers }: Extract<Block, { readonly kind: "table" }>): Markup {
  const kind = (column: number): string => (numbers.includes(column) ? "number" : "text");
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <thead>
        <tr>
          ${head.map((each, column) => html`<th scope="col" class="${kind(column)}">${each}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, column) => html`<td class="${kind(column)}">${textMarkup(cell)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function blockMarkup(block: Block, at: number, voice: Voice): Markup {
  switch (block.kind) {
    case "heading":
      return headingMarkup(block);
    case "paragraph":
      return html`<p class="${block.tone ?? "plain"}">${textMarkup(block.text)}</p>`;
    case "tiles":
      return html`<dl class="tiles">
        ${block.tiles.map(
          ({ label, value, tone }) =>
            html`<div class="${tone}">
              <dt>${label}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>`;
    case "points":
      return html`<ul class="points">
        ${block.points.map(({ text, tone, to }) => {
          const words = textMarkup(text);
          return html`<li class="${tone}">${to === undefined ? words : html`<a href="#${to}">${words}</a>`}</li>`;
        })}
      </ul>`;
    case "table":
      return tableMarkup(block);
    case "chart":
      return chartMarkup(block.chart, `chart-${at}`, { number: voice.number, numbers: voice.words.numbers });
    case "patch":
      // As it is, so that it can be copied; what could not be seen in a manifest would have been refused there.
      return html`<details open>
        <summary>${block.label}</summary>
        <pre tabindex="0">${block.text}</pre>
      </details>`;
  }
}

const contents = ({ blocks }: Page, words: ReportWords): Markup =>
  html`<nav aria-label="${words.contents}">
    <ul>
      ${blocks.map((block) =>
        block.kind === "heading" && block.level === 2
          ? html`<li><a href="#${block.id ?? ""}">${textMarkup(block.text)}</a></li>`
          : undefined,
      )}
    </ul>
  </nav>`;

/** The whole file. */
export function htmlOf(page: Page, voice: Voice): string {
  const { title, mark, lead, blocks } = page;
  // The style stands as it was digested: one blank more or less, and no browser would take it.
  const style: Markup = { markup: `<style>${STYLE}</style>` };
  const { markup } = html`<!doctype html>
    <html lang="${voice.language}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="kidoban" content="${mark}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title} · Kidoban</title>
        ${style}
      </head>
      <body>
        <main>
          <header>
            <h1>${title}</h1>
            ${lead.map((line) => html`<p>${textMarkup(line)}</p>`)}
          </header>
          ${contents(page, voice.words)} ${blocks.map((block, at) => blockMarkup(block, at, voice))}
          <footer>${mark}</footer>
        </main>
      </body>
    </html>`;
  return `${markup}\n`;
}
