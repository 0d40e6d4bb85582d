/**
 * A message as a Teams workflow takes it ("When a Teams webhook request is received"): an Adaptive Card. Everything from
 * outside stands in text runs, where Markdown is not read (https://adaptivecards.io/explorer/TextRun.html).
 */

import type { Message } from "./message.ts";

const run = (text: string, more: object = {}) => ({ type: "TextRun", text, ...more });
const line = (...inlines: readonly object[]) => ({ type: "RichTextBlock", inlines });

/** The address is ours, yet Markdown must not end it early. */
const linked = ({ label, url }: NonNullable<Message["link"]>): string =>
  `[${label}](${url.replaceAll("(", "%28").replaceAll(")", "%29")})`;

export function teamsPayload({ title, facts, note, link }: Message): object {
  const body = [
    line(run(title, { weight: "Bolder", size: "Medium" })),
    ...facts.map(({ label, value }) => line(run(`${label}: `, { weight: "Bolder" }), run(value))),
    line(run(note, { isSubtle: true })),
    // A link in the text and no action: a card without buttons offers nothing to press.
    ...(link === undefined ? [] : [{ type: "TextBlock", wrap: true, text: linked(link) }]),
  ];
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          fallbackText: title,
          body,
        },
      },
    ],
  };
}
