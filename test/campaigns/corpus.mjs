/**
 * Inputs that are kept: whatever once made the gate do something that no input before had, one JSON string a line. They are
 * replayed before each campaign and are what it spoils further; `--keep` looks for more.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "corpus");

/** Bytes as Latin-1, so that those which are no text are kept, too. */
export function openCorpus(name) {
  const file = join(folder, `${name}.jsonl`);
  const kept = existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => Buffer.from(JSON.parse(line), "latin1"))
    : [];
  const traits = new Set();
  return {
    kept,
    /** Keeps an input of which this was never seen. */
    learn(input, trait) {
      if (traits.has(trait)) return;
      traits.add(trait);
      if (!kept.includes(input)) kept.push(input);
    },
    /** Writes them. */
    save() {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, kept.map((line) => `${JSON.stringify(line.toString("latin1"))}\n`).join(""));
      return kept.length;
    },
  };
}
