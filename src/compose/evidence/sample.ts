/** Everything that is known of one sampled item, as files of its own folder. */

import type { Approver } from "../../approval/approver.ts";
import type { View } from "../../approval/show.ts";
import type { BodyRef } from "../../audit/entry.ts";
import type { Chunks } from "../../audit/lines.ts";
import { proofOf } from "../../audit/tlog-proof.ts";
import { refsOf, type Body } from "../../log/related.ts";
import { answerFacts, shownHtml, shownText } from "../../report/evidence/sample.ts";
import type { Item } from "../../report/evidence/population.ts";
import { en, ja } from "../../words/evidence.ts";
import type { Language } from "../../words/words.ts";
import { underLeaf, type Snapshot } from "./snapshot.ts";
import type { TrailEntry } from "./trails.ts";

/** What a request showed. `cleaned`: as text out of which a secret was taken, so that no digest fits it any more. */
export type Shown =
  | { readonly kind: "kept"; readonly view: View }
  | { readonly kind: "cleaned"; readonly text: string }
  | { readonly kind: "gone" };

export interface SampleParts {
  readonly item: Item;
  readonly trail: readonly TrailEntry[];
  /** Accepted when it was asked; undefined where the archive does not say. */
  readonly approvers: readonly Approver[] | undefined;
  readonly snapshot: Snapshot;
  readonly language: Language;
  readonly shownOf: (request: string) => Promise<Shown>;
  /** By digest. */
  readonly bodiesOf: (stream: string, refs: readonly BodyRef[]) => Promise<ReadonlyMap<string, Body>>;
}

/** In the place of what was shown: without secrets, or a sentence that it is no longer kept. */
export const CLEANED_FILE = "shown-without-secrets.txt";
export const GONE_FILE = "shown-not-kept.txt";

export type Add = (name: string, chunks: Chunks) => Promise<void>;

const text = (content: string): Chunks => [Buffer.from(content, "utf8")];

export async function addSample(add: Add, folder: string, parts: SampleParts): Promise<void> {
  const { item, trail, approvers } = parts;
  await add(`${folder}/item.json`, text(`${JSON.stringify(item, null, 2)}\n`));
  const lines = trail.map(({ stream, line }) => `{"stream":${JSON.stringify(stream)},"entry":${line}}\n`);
  await add(`${folder}/entries.jsonl`, text(lines.join("")));
  const answers = trail.flatMap(({ entry: { body, time } }) =>
    body.kind === "request.answered" && body.request === item.id ? [answerFacts(body, time, approvers)] : [],
  );
  await add(`${folder}/answers.json`, text(`${JSON.stringify(answers, null, 2)}\n`));
  if (item.kind === "asked") await addShown(add, folder, parts);
  await addBodies(add, folder, parts);
  await addProofs(add, folder, parts);
}

async function addShown(add: Add, folder: string, { item, trail, language, shownOf }: SampleParts): Promise<void> {
  const asked = trail.find(
    ({ entry: { body } }) =>
      (body.kind === "request.opened" || body.kind === "request.edited") && body.request === item.id,
  );
  const shown = await shownOf(item.id);
  const digest = asked !== undefined && "shown" in asked.entry.body ? asked.entry.body.shown : "";
  const drawn = shown.kind === "kept" ? shownText(shown.view, digest, language) : undefined;
  if (shown.kind === "kept" && drawn !== undefined) {
    await add(`${folder}/shown.json`, text(`${JSON.stringify(shown.view, null, 2)}\n`));
    await add(`${folder}/shown.txt`, text(drawn));
    await add(`${folder}/shown.html`, text(shownHtml(drawn, item.id, language)));
  } else if (shown.kind === "cleaned") {
    await add(`${folder}/${CLEANED_FILE}`, text(shown.text));
  } else {
    await add(`${folder}/${GONE_FILE}`, text(`${(language === "ja" ? ja : en).notKept}\n`));
  }
}

async function addBodies(add: Add, folder: string, { trail, bodiesOf }: SampleParts): Promise<void> {
  const told: Readonly<Record<string, unknown>>[] = [];
  for (const [at, { stream, entry }] of trail.entries()) {
    const refs = refsOf(entry.body);
    const bodies = await bodiesOf(
      stream,
      refs.map(({ ref }) => ref),
    );
    for (const { name, ref } of refs) {
      const body = bodies.get(ref.digest) ?? { kind: "not-kept" as const };
      const file = body.kind === "kept" ? `bodies/${String(at + 1).padStart(2, "0")}-${name}.txt` : null;
      const nonce = body.kind === "kept" ? body.nonce : null;
      told.push({ entry: `${stream}:${entry.n}`, name, ...ref, state: body.kind, nonce, file });
      if (body.kind === "kept") await add(`${folder}/${file}`, text(body.text));
    }
  }
  await add(`${folder}/bodies.json`, text(`${JSON.stringify(told, null, 2)}\n`));
}

/** One proof for each entry, by which it stands without the streams. */
async function addProofs(add: Add, folder: string, { trail, snapshot }: SampleParts): Promise<void> {
  for (const [at, { stream, entry }] of trail.entries()) {
    const under = await underLeaf(snapshot, stream, entry.n);
    if (under === undefined) continue;
    const proof = proofOf(snapshot.ledger, under.leaf, under.lines, entry.n, snapshot.note);
    await add(`${folder}/proofs/${String(at + 1).padStart(2, "0")}-${entry.body.kind}.tlog-proof`, text(proof));
  }
}
