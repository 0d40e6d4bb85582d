/**
 * A bar chart as SVG: bars from zero, an axis with round numbers, series told apart by pattern as well as by colour. The
 * numbers stand in a table beside it, for whoever cannot see it.
 */

import type { Chart, Series } from "../blocks.ts";
import { html, type Markup } from "./markup.ts";

const WIDTH = 720;
const HEIGHT = 220;
const LEFT = 52;
const RIGHT = 8;
const TOP = 12;
const BOTTOM = 34;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;
const MOST_LABELS = 12;
const WIDEST_BAR = 64;

/** Round steps from zero up to at least `most`; whole numbers, since calls are counted. */
function ticksFor(most: number): readonly number[] {
  const rough = Math.max(most, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max([1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? rough, 1);
  return Array.from({ length: Math.ceil(Math.max(most, 1) / step) + 1 }, (_, at) => at * step);
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

export interface ChartTexts {
  readonly number: (value: number) => string;
  /** Of the table with the same numbers. */
  readonly numbers: string;
}

/** `id`: unique on its page. */
export function chartMarkup({ title, axis, categories, series }: Chart, id: string, texts: ChartTexts): Markup {
  const sums = categories.map((_, at) => series.reduce((all, { values }) => all + (values[at] ?? 0), 0));
  const ticks = ticksFor(Math.max(0, ...sums));
  const top = ticks.at(-1) ?? 1;
  const slot = (WIDTH - LEFT - RIGHT) / Math.max(categories.length, 1);
  const width = Math.min(slot * 0.72, WIDEST_BAR);
  const y = (value: number): number => rounded(TOP + PLOT_HEIGHT * (1 - value / top));
  const every = Math.ceil(categories.length / MOST_LABELS);
  const bars = categories.map((category, at): Markup => {
    let below = 0;
    return html`${series.map(({ name, tone, values }) => {
      const value = values[at] ?? 0;
      if (value === 0) return undefined;
      const from = below;
      below += value;
      const x = rounded(LEFT + slot * at + (slot - width) / 2);
      const height = rounded(y(from) - y(below));
      return html`<rect class="bar ${tone}" x="${x}" y="${y(below)}" width="${rounded(width)}" height="${height}"
        ><title>${category} · ${name}: ${texts.number(value)}</title></rect
      >`;
    })}`;
  });
  return html`<figure class="chart">
    <figcaption id="${id}-title">${title}</figcaption>
    ${series.length > 1 ? legend(series) : undefined}
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-table">
      ${ticks.map(
        (tick) =>
          html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}" /><text
              class="tick"
              x="${LEFT - 8}"
              y="${y(tick) + 4}"
              text-anchor="end"
              >${texts.number(tick)}</text
            >`,
      )}
      ${bars}
      ${categories.map((category, at) =>
        at % every === 0
          ? html`<text
              class="tick"
              x="${rounded(LEFT + slot * (at + 0.5))}"
              y="${HEIGHT - BOTTOM + 18}"
              text-anchor="middle"
              >${category}</text
            >`
          : undefined,
      )}
    </svg>
    <details id="${id}-table">
      <summary>${texts.numbers}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">${axis}</th>
            ${series.map(({ name }) => html`<th scope="col" class="number">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${categories.map(
            (category, at) =>
              html`<tr>
                <th scope="row">${category}</th>
                ${series.map(({ values }) => html`<td class="number">${texts.number(values[at] ?? 0)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </details>
  </figure>`;
}

const legend = (series: readonly Series[]): Markup =>
  html`<ul class="legend">
    ${series.map(
      ({ name, tone }) =>
        html`<li>
          <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
            <rect class="bar ${tone}" x="1" y="1" width="12" height="12" /></svg
          >${name}
        </li>`,
    )}
  </ul>`;
