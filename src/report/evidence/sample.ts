/** What evidence holds of one sampled item: who answered how, in which group, and what they were shown. Pure. */

import type { Approver } from "../../approval/approver.ts";
import { renderView } from "../../approval/render.ts";
import { provenByKey } from "../../approval/proof.ts";
import { viewDigest, type View } from "../../approval/show.ts";
import type { EntryBody } from "../../audit/entry.ts";
import { en, ja } from "../../words/approvals.ts";
import type { Language } from "../../words/words.ts";
import { html } from "../html/markup.ts";

type Given = Extract<EntryBody, { readonly kind: "request.answered" }>;

/** With which gesture: `passkey` alone or over several at once, an approver's key in a terminal, or the client's dialog. */
type Gesture =
  | { readonly kind: "passkey" }
  | { readonly kind: "passkey-batch"; readonly requests: number }
  | { readonly kind: "approver-key" }
  | { readonly kind: "client" };

export interface AnswerFacts {
  readonly approver: string | null;
  readonly answer: string;
  readonly assurance: string;
  readonly gesture: Gesture;
  /** In the configuration by which the gate decided then; null where it is not in the archive, or does not name this key. */
  readonly groups: readonly string[] | null;
  readonly standsFor: string | null;
  /** By the log's clock, and as it was signed. */
  readonly recordedAt: string;
  readonly answeredAt: string | null;
  readonly comment: string | null;
  readonly key: string | null;
  /** Whether the signature fits the key; null where nothing was signed. */
  readonly fits: boolean | null;
}

export function answerFacts(
  { statement }: Given,
  recordedAt: string,
  approvers: readonly Approver[] | undefined,
): AnswerFacts {
  const { assurance } = statement;
  if (!("body" in statement)) {
    const { answer, comment = null } = statement;
    const nothing = { approver: null, groups: null, standsFor: null, answeredAt: null, key: null, fits: null };
    return { ...nothing, answer, assurance, gesture: { kind: "client" }, recordedAt, comment };
  }
  const { body, key, passkey } = statement;
  const known = approvers?.find(
    ({ name, key: own, passkeys = [] }) =>
      name === body.approver && [own, ...passkeys.map((each) => each.key)].includes(key),
  );
  return {
    approver: body.approver,
    answer: body.answer,
    assurance,
    gesture: gestureOf(passkey),
    groups: known?.groups ?? null,
    standsFor: body.standsFor ?? null,
    recordedAt,
    answeredAt: new Date(body.answeredAt).toISOString(),
    comment: body.comment ?? null,
    key,
    fits: provenByKey("kidoban-statement/v1", body, statement) === assurance,
  };
}

function gestureOf(passkey: { readonly batch?: readonly string[] } | undefined): Gesture {
  if (passkey === undefined) return { kind: "approver-key" };
  return passkey.batch === undefined ? { kind: "passkey" } : { kind: "passkey-batch", requests: passkey.batch.length };
}

const WIDTH = 100;

export const shownLines = (view: View, language: Language): string =>
  renderView(view, language === "ja" ? ja : en, { color: false, width: WIDTH });

/** The render model as text; undefined where it is not what the entry says was shown. */
export const shownText = (view: View, shown: string, language: Language): string | undefined =>
  viewDigest(view) === shown ? shownLines(view, language) : undefined;

/** The same as a page without script or anything to load. */
export const shownHtml = (text: string, title: string, language: Language): string =>
  html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'; form-action 'none'" />
        <title>${title}</title>
      </head>
      <body>
        <pre>${text}</pre>
      </body>
    </html> `.markup;
