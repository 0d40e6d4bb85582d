import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { blotSecrets, namesSecret, secretIn } from "../../src/config/secret-patterns.ts";

// Random, of the vendors' shapes; put together here so that no scanner takes this file for a leak.
const LETTERS = "a8Kd02mXpQ7rT4vW9yB3cF6hJ1nL5sU8zE0gZq3RtY6uIoP7aSdFgHjKlMnBvCx2QwErTy9UiOpAsDfGhJkL4zXcVbNm5";
const random = (length: number) => LETTERS.slice(0, length);
const LETTERS_ONLY = LETTERS.replaceAll(/\d/g, "");
const UPPER = LETTERS.replaceAll(/[^A-Z]/g, "");
const DIGITS = "170249385610";
const SHAPES: Readonly<Record<string, string>> = {
  "AWS access key": `AKIA${UPPER.slice(0, 16)}`,
  "GitHub token": `ghp_${random(36)}`,
  "GitLab token": `glpat-${random(20)}`,
  "Slack token": `xoxb-${DIGITS}-${DIGITS}-${random(24)}`,
  "Slack webhook": `https://hooks.slack.com/services/T01ABCDEF/B01ABCDEF/${random(24)}`,
  "Anthropic key": `sk-ant-api03-${random(90)}`,
  "OpenAI key": `sk-proj-${random(60)}`,
  "Google API key": `AIza${random(35)}`,
  "Stripe key": `sk_live_${random(24)}`,
  "npm token": `npm_${random(36)}`,
  "PyPI token": `pypi-AgEIcHlwaS5vcmc${random(60)}`,
  "Hugging Face token": `hf_${LETTERS_ONLY.slice(0, 34)}`,
  "Notion token": `ntn_${DIGITS.slice(0, 11)}${random(35)}`,
  "JSON web token": `eyJ${random(20)}.eyJ${random(40)}.${random(43)}`,
  "credentials in a header": `Bearer ${random(32)}`,
  "password in a URL": `postgres://app:${random(12)}@db.internal/x`,
  "private key": ["-----BEGIN OPENSSH PRIVATE", "KEY-----\nb3Bl"].join(" "),
  "age key": `AGE-SECRET-KEY-1${(UPPER + UPPER + UPPER).slice(0, 58)}`,
};

test.each(Object.entries(SHAPES))("%s is taken for a secret, alone, in a text and nowhere shown", (name, secret) => {
  expect(secretIn(secret)).toBe(name);
  expect(secretIn(`use "${secret}", please`)).toBe(name);
  const blotted = blotSecrets(`use "${secret}", please`);
  expect(blotted).not.toContain(secret.slice(8));
  expect(blotted).toHaveLength(secret.length + 14);
});

test("texts that are no secrets: of 113 that gitleaks once mistook, nine are, each in the exact shape of a key", () => {
  const lines = readFileSync(join(import.meta.dirname, "not-secrets.jsonl"), "utf8")
    .trim()
    .split("\n");
  const rows = lines.slice(1).map((line) => JSON.parse(line) as { rule: string; text: string });
  const counts: Record<string, number> = {};
  for (const { rule, text } of rows) if (secretIn(text) !== undefined) counts[rule] = (counts[rule] ?? 0) + 1;
  expect(counts).toEqual({
    "anthropic-api-key": 2,
    "anthropic-admin-api-key": 2,
    "curl-auth-header": 1,
    "gcp-api-key": 2,
    "private-key": 2,
  });
  expect(rows).toHaveLength(113);
});

test("names of secrets count only with a value that could be one", () => {
  expect(namesSecret("GITHUB_TOKEN", "correct-horse")).toBe(true);
  expect(namesSecret("X-Api-Key", "correct-horse")).toBe(true);
  expect(namesSecret("Authorization", "Negotiate abc")).toBe(true);
  expect(namesSecret("TOKEN_FILE", "/run/secrets/token")).toBe(false);
  expect(namesSecret("API_KEY", "./keys/api")).toBe(false);
  expect(namesSecret("MAX_TOKEN", "1234567890")).toBe(false);
  expect(namesSecret("TOKENIZER", "correct-horse")).toBe(false);
});

test("no input makes the patterns backtrack: half a megabyte of every prefix, over and over", () => {
  // Quadratic work on these would take minutes, longer than a test may.
  for (const secret of Object.values(SHAPES)) {
    for (const piece of [
      secret.slice(0, 3),
      secret.slice(0, 8),
      secret.slice(0, -1),
      `${secret.slice(0, 12)} `,
      "a",
      "eyJ",
      "://a:",
    ]) {
      expect(blotSecrets(piece.repeat(500_000 / piece.length)).length).toBeGreaterThan(0);
    }
  }
});
