/**
 * What secrets look like: forms of credentials, by their vendors' documentation and gitleaks' rules (MIT), and where they
 * stand in a text. Every form begins with fixed letters, no two repetitions follow each other over the same characters, and
 * a run of characters is entered at its start only: linear. Knows nothing of what becomes of them.
 */

interface SecretForm {
  readonly kind: string;
  /** What it begins with, one of them. */
  readonly starts: readonly string[];
  /** A letter that stands in it, too, where it is rarer than those of the start. */
  readonly needs?: string;
  /** What may not stand before it. */
  readonly notAfter?: RegExp;
  /** What follows the start. */
  readonly rest: RegExp;
  /** It goes on to this, or to the end of the text. */
  readonly ending?: RegExp;
  /** For fixed texts that people would not write by accident: no further doubt. */
  readonly certain?: true;
}

const LETTER = /[A-Za-z0-9]/;
const WORD = /\w/;
const DASHED = /[\w-]/;

const FORMS: readonly SecretForm[] = [
  { kind: "AWS access key", starts: ["AKIA", "ASIA"], notAfter: LETTER, rest: /[A-Z2-7]{16}(?![A-Za-z0-9])/ },
  {
    kind: "GitHub token",
    starts: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
    notAfter: LETTER,
    rest: /[A-Za-z0-9]{36,}/,
  },
  { kind: "GitHub token", starts: ["github_pat_"], notAfter: LETTER, rest: /[A-Za-z0-9]{22}_[A-Za-z0-9]{59,}/ },
  {
    kind: "GitLab token",
    starts: ["glpat-", "glptt-", "glrt-", "gldt-", "glcbt-"],
    notAfter: DASHED,
    rest: /[\w-]{20,}/,
  },
  {
    kind: "Slack token",
    starts: ["xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-"],
    notAfter: DASHED,
    rest: /(?:\d{10,13}-){1,3}[A-Za-z0-9]{16,}/,
  },
  { kind: "Slack token", starts: ["xapp-"], notAfter: DASHED, rest: /\d-[A-Z0-9]{8,12}-\d{10,13}-[a-z0-9]{32,}/ },
  {
    kind: "Slack webhook",
    starts: ["hooks.slack.com/services/", "hooks.slack.com%2Fservices%2F"],
    notAfter: WORD,
    rest: /T[A-Z0-9]{8,12}(?:\/|%2F)B[A-Z0-9]{8,12}(?:\/|%2F)[A-Za-z0-9]{20,}/,
  },
  { kind: "Anthropic key", starts: ["sk-ant-"], notAfter: DASHED, rest: /[a-z0-9]{3,10}-[\w-]{80,}/ },
  {
    kind: "OpenAI key",
    starts: ["sk-"],
    notAfter: DASHED,
    rest: /(?:(?:proj|svcacct|admin)-[\w-]{40,}|[A-Za-z0-9]{48,})/,
  },
  { kind: "Google API key", starts: ["AIza"], notAfter: DASHED, rest: /[\w-]{35}(?![\w-])/ },
  {
    kind: "Stripe key",
    starts: ["sk_live_", "sk_test_", "rk_live_", "rk_test_"],
    notAfter: LETTER,
    rest: /[A-Za-z0-9]{20,}/,
  },
  { kind: "npm token", starts: ["npm_"], notAfter: LETTER, rest: /[A-Za-z0-9]{36,}/ },
  { kind: "PyPI token", starts: ["pypi-AgE"], notAfter: DASHED, rest: /[\w-]{50,}/ },
  { kind: "Hugging Face token", starts: ["hf_"], notAfter: WORD, rest: /[A-Za-z]{34}(?!\w)/ },
  { kind: "Notion token", starts: ["ntn_"], notAfter: LETTER, rest: /\d{11}[A-Za-z0-9]{35}(?![A-Za-z0-9])/ },
  {
    kind: "JSON web token",
    starts: ["eyJ"],
    notAfter: DASHED,
    rest: /[\w-]{10,4000}\.eyJ[\w-]{10,4000}\.[\w-]{10,}/,
  },
  {
    kind: "credentials in a header",
    starts: ["Bearer ", "bearer ", "Basic ", "basic ", "Token ", "token ", "Bearer%20", "Basic%20", "Token%20"],
    notAfter: WORD,
    rest: /(?=[\w.~+/-]{0,40}\d)[\w.~+/%-]{20,}/,
  },
  {
    kind: "password in a URL",
    starts: ["://"],
    needs: "@",
    rest: /[^\s/:@?#"'$<{]{1,64}:[^\s/@?#"'$<{]{3,128}@/,
  },
  {
    kind: "password in a URL",
    starts: ["%3A%2F%2F"],
    needs: "%",
    rest: /[^\s%]{1,64}%3A[^\s%]{3,128}%40/,
  },
  {
    kind: "private key",
    starts: ["-----BEGIN ", "-----BEGIN%20", "-----BEGIN+"],
    rest: /(?:[A-Z]{2,10}(?: |%20|\+)){0,2}PRIVATE(?: |%20|\+)KEY-----/,
    ending: /-----END(?: |%20|\+)(?:[A-Z]{2,10}(?: |%20|\+)){0,2}PRIVATE(?: |%20|\+)KEY-----/g,
    certain: true,
  },
  { kind: "age key", starts: ["AGE-SECRET-KEY-1"], rest: /[0-9A-Z]{58}/, certain: true },
];

/** Documentation writes xxxx, EXAMPLE and one letter many times over; keys are random. */
function looksMadeUp(match: string): boolean {
  if (/example|x{5}|X{5}|\*{3}|redacted|your[_-]|placeholder|changeme/i.test(match)) return true;
  return new Set(match).size < 10;
}

interface Start extends Omit<SecretForm, "starts"> {
  readonly start: string;
}

/** Letters that most texts lack come first. */
const RARE = ["%", "_", "-", ":", "/", ".", "K", "I", "J", "z", " "];

interface Starts {
  /** Each text with one of them has it. */
  readonly letter: string;
  readonly starts: readonly Start[];
}

/** By a letter: nothing is searched faster than one. A list, since to walk over a Map makes an array of each of its entries. */
const BY_LETTER: readonly Starts[] = (() => {
  const byLetter = new Map<string, Start[]>();
  for (const form of FORMS)
    for (const start of form.starts) {
      const letter = form.needs ?? RARE.find((one) => start.includes(one)) ?? start;
      const rest = new RegExp(form.rest.source, "y");
      byLetter.set(letter, [...(byLetter.get(letter) ?? []), { ...form, start, rest }]);
    }
  return [...byLetter].map(([letter, starts]) => ({ letter, starts }));
})();

export interface Secret {
  readonly kind: string;
  /** UTF-16 units, the end not included. */
  readonly from: number;
  readonly to: number;
  /** So it is written in documentation: it looks like a secret and is none. */
  readonly isPlaceholder: boolean;
}

/** Form by form; one may stand within another. */
export function secretsIn(text: string): readonly Secret[] {
  const found: Secret[] = [];
  for (const { letter, starts } of BY_LETTER)
    if (text.includes(letter)) for (const start of starts) findStarting(start, text, found);
  return found;
}

function findStarting({ kind, start, notAfter, rest, ending, certain }: Start, text: string, found: Secret[]): void {
  for (let from = text.indexOf(start); from >= 0;) {
    let to = from + 1;
    rest.lastIndex = from + start.length;
    if ((from === 0 || notAfter?.test(text.charAt(from - 1)) !== true) && rest.test(text)) {
      to = ending === undefined ? rest.lastIndex : endOf(ending, text, rest.lastIndex);
      found.push({ kind, from, to, isPlaceholder: certain !== true && looksMadeUp(text.slice(from, to)) });
    }
    from = text.indexOf(start, to);
  }
}

function endOf(ending: RegExp, text: string, from: number): number {
  ending.lastIndex = from;
  return ending.test(text) ? ending.lastIndex : text.length;
}
