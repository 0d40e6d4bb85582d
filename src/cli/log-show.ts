/** `kidoban log show ID`: everything of one call or request, over all streams, with the bodies that were kept. */

import { existsSync } from "node:fs";
import pc from "picocolors";
import { visibleJson, visibleText } from "../approval/visible.ts";
import { findBodiesKey } from "../config/bodies-key.ts";
import type { Found } from "../log/found.ts";
import { readBodies, refsOf, type Body } from "../log/related.ts";
import { rowOf } from "../log/told.ts";
import type { Json } from "../policy/json.ts";
import { EXIT, type ExitCode } from "./context.ts";
import { misused, unreachable, type LogOptions, type LogPlace } from "./log-place.ts";
import { catchUp, withIndex } from "./log-query.ts";
import { lineOf, widthsOf } from "./log-row.ts";

export async function show(place: LogPlace, options: LogOptions): Promise<ExitCode> {
  const { context, words, dir } = place;
  const { id = "" } = options;
  if (!existsSync(dir)) return unreachable(place, words.noLog(dir));
  const found = await withIndex(place, options, (kept) =>
    kept.use(async (index) => {
      await catchUp(place, index);
      return index.trail(id);
    }),
  );
  if (found.length === 0) {
    misused(place, words.nothingOf(id));
    return EXIT.found;
  }
  const bodies = await bodiesOf(dir, found, await findBodiesKey(context.stateDir));
  if (context.json) printJson(place, found, bodies);
  else printText(place, found, bodies);
  return EXIT.ok;
}

type Bodies = ReadonlyMap<string, ReadonlyMap<string, Body>>;

async function bodiesOf(dir: string, found: readonly Found[], key: Buffer | undefined): Promise<Bodies> {
  const wanted = new Map<string, Set<string>>();
  for (const { stream, entry } of found) {
    for (const { ref } of refsOf(entry.body)) wanted.set(stream, (wanted.get(stream) ?? new Set()).add(ref.digest));
  }
  const bodies = new Map<string, ReadonlyMap<string, Body>>();
  for (const [stream, digests] of wanted) bodies.set(stream, await readBodies(dir, stream, digests, key));
  return bodies;
}

function printJson({ context }: LogPlace, found: readonly Found[], bodies: Bodies): void {
  const entries = found.map(({ stream, line }) => `{"stream":${JSON.stringify(stream)},"entry":${line}}`);
  const kept = [...bodies].flatMap(([stream, byDigest]) =>
    [...byDigest].map(([digest, body]) => ({ stream, digest, ...body })),
  );
  context.terminal.out(`{"entries":[${entries.join(",")}],"bodies":${JSON.stringify(kept)}}\n`);
}

function printText({ context, words }: LogPlace, found: readonly Found[], bodies: Bodies): void {
  const colors = pc.createColors(context.terminal.color);
  const rows = found.map((one) => rowOf(one, words));
  const widths = widthsOf(rows);
  for (const [i, { stream, entry }] of found.entries()) {
    const row = rows[i];
    if (row !== undefined) context.terminal.out(lineOf(row, widths, colors));
    const { kind: _, ...members } = entry.body;
    context.terminal.out(colors.dim(`  ${stream}:${entry.n + 1}\n`));
    context.terminal.out(indented(visibleJson(members as unknown as Json)));
    for (const { name, ref } of refsOf(entry.body)) {
      const body = bodies.get(stream)?.get(ref.digest) ?? { kind: "not-kept" };
      context.terminal.out(colors.bold(`  ${words.body[name]}\n`));
      if (body.kind === "kept") context.terminal.out(indented(pretty(body.text)));
      else if (body.kind === "locked") context.terminal.out(indented(colors.dim(words.bodyLocked(ref.bytes))));
      else if (body.kind === "altered") context.terminal.out(indented(colors.red(words.bodyAltered)));
      else context.terminal.out(indented(colors.dim(words.bodyNotKept(ref.bytes))));
    }
  }
}

/** JSON with its lines, anything else as it is; both made visible. */
function pretty(text: string): string {
  try {
    return visibleJson(JSON.parse(text) as Json);
  } catch {
    return visibleText(text);
  }
}

const indented = (text: string): string =>
  text
    .split("\n")
    .map((line) => `    ${line}\n`)
    .join("");
