/**
 * A message as Slack's incoming webhooks take it. Everything from outside stands in `plain_text`, where Slack reads no
 * markup, mentions or emoji (https://docs.slack.dev/reference/block-kit/composition-objects/text-object).
 */

import type { Message } from "./message.ts";

/** Slack reads these three as markup in any `text` (https://docs.slack.dev/messaging/formatting-message-text). */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A link is `<url|label>`, so neither may hold what ends it. */
const linked = ({ url, label }: NonNullable<Message["link"]>): string =>
  `<${escaped(url).replaceAll("|", "%7C")}|${escaped(label)}>`;

const plain = (text: string) => ({ type: "plain_text", text, emoji: false }) as const;

/** A section has at most ten fields of 2000 characters; a message of ours never reaches either. */
export function slackPayload(message: Message): object {
  const { title, facts, note, link } = message;
  return {
    // What a phone's notification shows.
    text: escaped(title),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: "header", text: plain(title) },
      ...(facts.length === 0
        ? []
        : [{ type: "section", fields: facts.map(({ label, value }) => plain(`${label}\n${value}`)) }]),
      { type: "context", elements: [plain(note)] },
      ...(link === undefined
        ? []
        : [{ type: "section", text: { type: "mrkdwn", verbatim: true, text: linked(link) } }]),
    ],
  };
}
