/** Everything of one call or request: each entry whole, with the bodies that were kept. */

import { html } from "hono/html";
import { visibleJson, visibleLine, visibleText } from "../../approval/visible.ts";
import type { Found } from "../../log/found.ts";
import { refsOf, type Body } from "../../log/related.ts";
import { rowOf } from "../../log/told.ts";
import type { Json } from "../../policy/json.ts";
import type { Html, Page } from "../layout.ts";
import type { LogTexts } from "./log.ts";
import { badge, block, time } from "./parts.ts";

export interface TrailView {
  readonly id: string;
  /** Oldest first. */
  readonly entries: readonly Found[];
  /** By stream and digest. */
  readonly bodies: ReadonlyMap<string, ReadonlyMap<string, Body>>;
}

/** JSON with its lines, anything else as it is; both made visible. */
export function pretty(text: string): string {
  try {
    return visibleJson(JSON.parse(text) as Json);
  } catch {
    return visibleText(text);
  }
}

function bodyOf(body: Body, bytes: number, label: string, { log }: LogTexts): Html {
  switch (body.kind) {
    case "kept":
      return block(pretty(body.text), label);
    case "altered":
      return html`<p class="problem">${log.bodyAltered}</p>`;
    case "locked":
      return html`<p class="hint">${log.bodyLocked(bytes)}</p>`;
    case "not-kept":
      return html`<p class="hint">${log.bodyNotKept(bytes)}</p>`;
  }
}

function entryOf(found: Found, view: TrailView, texts: LogTexts): Html {
  const { words, log } = texts;
  const { entry, stream } = found;
  const row = rowOf(found, log);
  const { kind: _, ...members } = entry.body;
  return html`<li class="step">
    <p>
      ${time(Date.parse(entry.time))} ${badge(row.tone, row.event)} <b>${row.agent}</b> ${row.what}
      <span class="detail">${row.detail}</span>
    </p>
    ${refsOf(entry.body).map(({ name, ref }) => {
      const body = view.bodies.get(stream)?.get(ref.digest) ?? { kind: "not-kept" as const };
      return html`<h3>${log.body[name]}</h3>
        ${bodyOf(body, ref.bytes, log.body[name], texts)}`;
    })}
    <details>
      <summary>${words.entry} <small>${words.stream(stream, entry.n + 1)}</small></summary>
      ${block(visibleJson(members as unknown as Json), words.entry)}
    </details>
  </li>`;
}

export function trailPage(view: TrailView, texts: LogTexts): Page {
  const { words } = texts;
  return {
    title: words.trail,
    body: html`<section>
      <p><a href="/log">${words.back}</a></p>
      <h1>${words.trail}</h1>
      <p class="lead">${words.trailOf(visibleLine(view.id))}</p>
      ${
        view.entries.length === 0
          ? html`<p class="empty">${words.nothing}</p>`
          : html`<ol class="steps trail">
              ${view.entries.map((found) => entryOf(found, view, texts))}
            </ol>`
      }
    </section>`,
  };
}
