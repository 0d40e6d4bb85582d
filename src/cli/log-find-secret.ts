/**
 * `kidoban log find-secret`: whether a suspected value passed. The value is typed on the terminal device or read from a
 * file, never given in argv; what is searched for is its mark, and the value itself where it was not recognized.
 */

import { lineBatches, type Line } from "../audit/lines.ts";
import { secretMark } from "../audit/redact.ts";
import { findBodiesKey } from "../config/bodies-key.ts";
import { readPrivateFile } from "../config/private-file.ts";
import { redactionKey } from "../config/redaction-key.ts";
import { openBodies } from "../log/bodies.ts";
import { entriesChunks } from "../log/entries.ts";
import { streamsIn } from "../log/files.ts";
import { bodiesFile, entriesFile } from "../log/names.ts";
import { en, ja } from "../words/find-secret.ts";
import { EXIT, type ExitCode } from "./context.ts";
import { misused, type LogOptions, type LogPlace } from "./log-place.ts";
import { askSecret } from "./unlock.ts";

interface Hit {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** `locked` is given the streams into whose bodies nobody can look. */
async function* hits(
  dir: string,
  key: Buffer | undefined,
  needles: readonly string[],
  locked: string[],
): AsyncGenerator<Hit & { readonly needle: string }> {
  for (const stream of await streamsIn(dir)) {
    yield* hitsIn(entriesFile(stream), lineBatches(entriesChunks(dir, stream)), needles);
    const bodies = await openBodies(dir, stream, key);
    if (bodies.kind === "open") yield* hitsIn(bodiesFile(stream), bodies.lines, needles);
    else if (bodies.kind === "locked") locked.push(stream);
  }
}

async function* hitsIn(
  file: string,
  batches: AsyncIterable<readonly Line[]>,
  needles: readonly string[],
): AsyncGenerator<Hit & { readonly needle: string }> {
  let line = 0;
  for await (const batch of batches) {
    for (const { text = "" } of batch) {
      line++;
      for (const needle of needles) if (text.includes(needle)) yield { file, line, needle };
    }
  }
}

/** Exit code 1 where it was found, as with other commands that find something. */
export async function findSecret(place: LogPlace, { from }: LogOptions): Promise<ExitCode> {
  const { context, dir } = place;
  const words = context.language === "ja" ? ja : en;
  const secret = await given(place, from);
  if (typeof secret === "number") return secret;
  if (secret === "") return misused(place, words.empty);
  const mark = secretMark(await redactionKey(context.stateDir), secret);
  // As it is, and as JSON would write it.
  const plain = [...new Set([secret, JSON.stringify(secret).slice(1, -1)])];
  const [marked, bare]: [Hit[], Hit[]] = [[], []];
  const locked: string[] = [];
  const key = await findBodiesKey(context.stateDir);
  for await (const { file, line, needle } of hits(dir, key, [mark, ...plain], locked)) {
    (needle === mark ? marked : bare).push({ file, line });
  }
  if (context.json) context.terminal.out(`${JSON.stringify({ marked, plain: bare, locked })}\n`);
  else {
    const told = (list: readonly Hit[], sentence: string): string =>
      list.length === 0 ? "" : `${[sentence, ...list.map(({ file, line }) => words.place(file, line))].join("\n")}\n`;
    context.terminal.out(told(bare, words.plain(bare.length)) + told(marked, words.found(marked.length)));
    if (locked.length > 0) context.terminal.out(`${words.locked(locked.length)}\n`);
    if (marked.length + bare.length === 0) context.terminal.out(`${words.none} ${words.limits}\n`);
  }
  return marked.length + bare.length === 0 ? EXIT.ok : EXIT.found;
}

async function given(place: LogPlace, from: string | undefined): Promise<string | ExitCode> {
  const { context } = place;
  const words = context.language === "ja" ? ja : en;
  if (from !== undefined) {
    const text = await readPrivateFile(from);
    return text === undefined ? misused(place, words.noFile(from)) : text.replace(/\r?\n$/, "");
  }
  const device = context.terminal.device();
  if (device === undefined) return misused(place, words.noTerminal);
  try {
    return (await askSecret(device, words.ask)) ?? EXIT.ok;
  } finally {
    device.close();
  }
}
