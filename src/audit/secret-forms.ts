/**
 * What secrets look like: forms of credentials, by their vendors' documentation and gitleaks' rules (MIT). Every form starts
 * with a fixed prefix, no two repetitions follow each other over the same characters, and a run of characters is entered at
 * its start only: linear.
 */

export interface SecretForm {
  readonly name: string;
  readonly form: RegExp;
  /** For fixed texts that people would not write by accident: no further doubt. */
  readonly certain?: true;
}

export const SECRET_FORMS: readonly SecretForm[] = [
  { name: "AWS access key", form: /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])/g },
  { name: "GitHub token", form: /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36,}/g },
  { name: "GitHub token", form: /(?<![A-Za-z0-9])github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59,}/g },
  { name: "GitLab token", form: /(?<![\w-])gl(?:pat|ptt|rt|dt|cbt)-[\w-]{20,}/g },
  { name: "Slack token", form: /(?<![\w-])xox[abeoprs]-(?:\d{10,13}-){1,3}[A-Za-z0-9]{16,}/g },
  { name: "Slack token", form: /(?<![\w-])xapp-\d-[A-Z0-9]{8,12}-\d{10,13}-[a-z0-9]{32,}/g },
  {
    name: "Slack webhook",
    form: /(?<!\w)hooks\.slack\.com\/services\/T[A-Z0-9]{8,12}\/B[A-Z0-9]{8,12}\/[A-Za-z0-9]{20,}/g,
  },
  { name: "Anthropic key", form: /(?<![\w-])sk-ant-[a-z0-9]{3,10}-[\w-]{80,}/g },
  { name: "OpenAI key", form: /(?<![\w-])sk-(?:(?:proj|svcacct|admin)-[\w-]{40,}|[A-Za-z0-9]{48,})/g },
  { name: "Google API key", form: /(?<![\w-])AIza[\w-]{35}(?![\w-])/g },
  { name: "Stripe key", form: /(?<![A-Za-z0-9])[rs]k_(?:live|test)_[A-Za-z0-9]{20,}/g },
  { name: "npm token", form: /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36,}/g },
  { name: "PyPI token", form: /(?<![\w-])pypi-AgE[\w-]{50,}/g },
  { name: "Hugging Face token", form: /(?<!\w)hf_[A-Za-z]{34}(?!\w)/g },
  { name: "Notion token", form: /(?<![A-Za-z0-9])ntn_\d{11}[A-Za-z0-9]{35}(?![A-Za-z0-9])/g },
  { name: "JSON web token", form: /(?<![\w-])eyJ[\w-]{10,4000}\.eyJ[\w-]{10,4000}\.[\w-]{10,}/g },
  {
    name: "credentials in a header",
    form: /(?<!\w)(?:[Bb]earer|[Bb]asic|[Tt]oken) (?=[\w.~+/-]{0,40}\d)[\w.~+/-]{20,}/g,
  },
  { name: "password in a URL", form: /:\/\/[^\s/:@?#"'$<{]{1,64}:[^\s/@?#"'$<{]{3,128}@/g },
  { name: "private key", form: /-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----/g, certain: true },
  { name: "age key", form: /AGE-SECRET-KEY-1[0-9A-Z]{58}/g, certain: true },
];

/** Documentation writes xxxx, EXAMPLE and one letter many times over; keys are random. */
export function isPlaceholder(match: string): boolean {
  if (/example|x{5}|X{5}|\*{3}|redacted|your[_-]|placeholder|changeme/i.test(match)) return true;
  return new Set(match).size < 10;
}
