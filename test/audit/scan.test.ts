/** The quick reading of entries says what the strict one says, or nothing. */

import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { EntryBody } from "../../src/audit/entry.ts";
import { entryLine, NO_PREV, parseEntry } from "../../src/audit/line.ts";
import { lineScanner } from "../../src/audit/scan.ts";

const digest = "ab".repeat(32);
const TIME = "2026-11-22T08:00:00.000Z";
const intent: Extract<EntryBody, { readonly kind: "call.intent" }> = {
  kind: "call.intent",
  call: "0123456789abcdef01234567",
  agent: "docs-writer",
  target: { server: "files", kind: "tool", name: 'read,"args":{"digest' },
  why: { effect: "allow", access: "read", cause: "rule", rules: ["docs-writer#a", "kidoban.yaml#木戸"] },
  args: { digest, bytes: 31 },
};
const outcome: EntryBody = { kind: "call.outcome", call: intent.call, status: "ok", result: { digest, bytes: 7 } };
const BODIES: readonly EntryBody[] = [
  intent,
  { ...intent, claimed: { client: "c", version: "1", reason: 'because "args":{}' } },
  { ...intent, definition: digest, claimed: {} },
  { ...intent, definition: digest, action: digest, request: "r" },
  { ...intent, args: { digest, bytes: 3, redacted: 1 } },
  outcome,
  { kind: "call.outcome", call: intent.call, status: "timeout" },
  { kind: "call.outcome", call: intent.call, status: "unknown", detail: "its process died" },
  { kind: "call.outcome", call: 'a"b', status: "ok" },
  { kind: "stream.closed", reason: "end" },
];
const line = (body: EntryBody, n = 0): string => entryLine(n, NO_PREV, TIME, 2, body);

function same(text: string, scanner = lineScanner()): boolean {
  const quick = scanner.scan(text, 0, NO_PREV);
  if (quick === undefined) return false;
  expect(parseEntry(text), text).toEqual({ kind: "entry", entry: quick });
  return true;
}

test("what a gate writes for each call is read quickly, and as the strict reading reads it", () => {
  const scanner = lineScanner();
  // Twice, since what repeats is kept.
  const read = () => BODIES.map((body) => same(line(body), scanner));
  expect(read()).toEqual([true, true, true, false, false, true, true, false, false, false]);
  expect(read()).toEqual([true, true, true, false, false, true, true, false, false, false]);
});

test("an entry with another number or another one before it is left to the strict reading", () => {
  const scanner = lineScanner();
  expect(scanner.scan(line(outcome, 1), 0, NO_PREV)).toBeUndefined();
  expect(scanner.scan(line(outcome), 0, digest)).toBeUndefined();
  expect(scanner.scan(line(outcome, 12), 1, NO_PREV)).toBeUndefined();
});

test("P6: with any byte changed, taken out or put in it is read as the strict reading reads it, or not at all", () => {
  const scanner = lineScanner();
  const swaps = ['"', "\\", ",", "}", "{", "0", "a", "\u0001", ":", " "];
  for (const body of BODIES.slice(0, 7)) {
    const text = line(body);
    for (let at = 0; at < text.length; at++) {
      same(text.slice(0, at) + text.slice(at + 1), scanner);
      for (const swap of swaps) {
        same(text.slice(0, at) + swap + text.slice(at + 1), scanner);
        same(text.slice(0, at) + swap + text.slice(at), scanner);
      }
    }
  }
});

test("P6: members of any name and text are read as the strict reading reads them, or not at all", () => {
  const words = fc.oneof(
    fc.string(),
    fc.constantFrom(',"args":', '","args":{"digest":"', '"request":', '\\",\\"args\\":'),
  );
  fc.assert(
    fc.property(words, words, words, fc.array(words), (agent, name, client, rules) => {
      const body: EntryBody = {
        ...intent,
        agent,
        target: { ...intent.target, name },
        why: { ...intent.why, rules },
        claimed: { client },
      };
      const text = line(body);
      same(text);
      // The same text as its members would be written by somebody who does not escape.
      same(text.replaceAll("\\", ""));
    }),
  );
});
