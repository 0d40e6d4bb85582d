/**
 * A request's view on a page: everything in it, in its order, the agent's own words last. The one place where a browser is
 * shown what will run. A view was made visible before; it is marked once more, since whoever changed a row may try.
 */

import { html } from "hono/html";
import { brokenJson } from "../../approval/changes.ts";
import { sqlLines } from "../../approval/render.ts";
import type { View } from "../../approval/show.ts";
import { markUnseen, visibleJson } from "../../approval/visible.ts";
import type { ApprovalWords } from "../../words/approvals.ts";
import { LINE_END, type Html } from "../layout.ts";
import { visibleDiff } from "./diff.ts";
import { localTime } from "../../log/told.ts";
import { factList } from "./parts.ts";

const line = (text: string): Html => html`<span class="said">${markUnseen(text, "nothing")}</span>`;
const lines = (text: string): string => markUnseen(text, "lines");

const section = (title: string, body: Html): Html =>
  html`<section class="card">
    <h2>${title}</h2>
    ${body}
  </section>`;

/** Pretty-printed JSON, broken after its `\n` escapes too, so that long texts read as lines; every character stays. */
function argumentLines(json: string): Html {
  return html`${json.split("\n").map((each) => {
    const pieces = each
      .replaceAll(/\\(?:u[0-9a-f]{4}|u\{[0-9a-f]+\}|.)/g, (escape) => (escape === "\\n" ? "\\n\n" : escape))
      .split("\n");
    return pieces.map((piece, at) => html`<span class="${at === 0 ? "line" : "line more"}">${piece}${LINE_END}</span>`);
  })}`;
}

/** In full: a long one scrolls, and must be scrolled to its end before anybody can approve. */
const whole = (text: Html | string, label: string): Html =>
  html`<pre class="block" tabindex="0" data-to-end aria-label="${label}">${text}</pre>`;

export const diffWords = ({ view }: ApprovalWords) => ({
  unchangedLines: view.unchanged,
  tooDifferent: view.tooDifferent,
});

function changeOf(change: NonNullable<View["change"]>, words: ApprovalWords): Html {
  const after = lines(change.after);
  const label = words.view.change;
  if (change.before === null)
    return html`<p>${words.view.creates}</p>
      ${visibleDiff("", after, label, diffWords(words), true)}`;
  const before = lines(change.before);
  return before === after ? html`<p>${words.view.same}</p>` : visibleDiff(before, after, label, diffWords(words), true);
}

/** A reason of the gate's own is said in the reader's language, anybody else's as it was said. */
function noPreview(reason: string, words: ApprovalWords): Html {
  const { view: label } = words;
  const said = words.reason(reason);
  return said === undefined ? whole(lines(reason), label.changeFailed) : html`<p>${lines(said)}</p>`;
}

/** What is read is then in the arguments, and not the name. */
const isOfTemplate = ({ kind, name, arguments: shown }: View): boolean =>
  kind === "resource" && shown !== visibleJson({ uri: name });

/** Who asks for what, by which rules. `more`: facts about the request that are no part of the view. */
export function viewFacts(view: View, words: ApprovalWords, more: Parameters<typeof factList>[0]): Html {
  const { view: label } = words;
  return html`<section class="card">
    ${factList([
      [label.agent, line(view.agent)],
      [label.server, line(view.server)],
      [label.endpoint, line(view.endpoint)],
      [isOfTemplate(view) ? label.template : label.kind[view.kind], line(view.name)],
      [label.access, view.destructive ? label.destructive : label.accesses[view.access]],
      [label.rules, view.rules.length === 0 ? undefined : line(view.rules.join(", "))],
      ...more,
    ])}
  </section>`;
}

/** What would happen: arguments, effects, what was tried or asked before. */
export function viewBody(view: View, words: ApprovalWords): Html {
  const { view: label } = words;
  const { change, changeFailed, dryRun, sql, edited, earlier, question } = view;
  return html`${section(label.arguments, whole(argumentLines(lines(view.arguments)), label.arguments))}
  ${
    edited === undefined
      ? ""
      : section(
          label.edited(markUnseen(edited.by, "nothing")),
          visibleDiff(
            brokenJson(lines(edited.arguments)),
            brokenJson(lines(view.arguments)),
            label.arguments,
            diffWords(words),
            true,
          ),
        )
  }
  ${change === undefined ? "" : section(label.change, changeOf(change, words))}
  ${changeFailed === undefined ? "" : section(label.changeFailed, noPreview(changeFailed, words))}
  ${dryRun === undefined ? "" : section(label.dryRun, whole(lines(dryRun), label.dryRun))}
  ${
    sql === undefined
      ? ""
      : section(
          label.sql(sql.dialect),
          html`<ul>
            ${sqlLines(sql.facts, words).map((each) => html`<li>${line(each)}</li>`)}
          </ul>`,
        )
  }
  ${
    earlier === undefined
      ? ""
      : section(
          label.earlier,
          html`<p class="problem">${line(label.earlierAt(localTime(earlier.at), earlier.call))}</p>`,
        )
  }
  ${
    question === undefined
      ? ""
      : section(
          label.question(markUnseen(question.by, "nothing"), localTime(question.at)),
          html`<blockquote>${lines(question.text)}</blockquote>`,
        )
  }`;
}

/** Last, and as a quotation: whoever asks may write anything here. */
export const viewReason = ({ reason }: View, { view }: ApprovalWords): Html =>
  reason === undefined
    ? html``
    : section(view.reason, html`<blockquote class="untrusted" tabindex="0">${lines(reason)}</blockquote>`);
