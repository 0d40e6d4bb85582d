/** Secrets to look for: one of each form, made up here. None of them opens anything. */

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
export const run = (length: number, from = LETTERS): string =>
  Array.from({ length }, (_, at) => from[(at * 7 + length * 3 + (at % 5) * 11) % from.length]).join("");

export const SECRETS: readonly string[] = [
  `AKIA${run(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
  `ghp_${run(36)}`,
  `github_pat_${run(22)}_${run(59)}`,
  `glpat-${run(20)}`,
  `xoxb-123456789012-${run(24)}`,
  `xapp-1-${run(10, "ABCDEFGHIJ0123456789")}-1234567890123-${run(40, "abcdef0123456789")}`,
  `hooks.slack.com/services/T${run(9, "ABCDEFGH123")}/B${run(9, "ABCDEFGH123")}/${run(24)}`,
  `sk-ant-api03-${run(90)}`,
  `sk-proj-${run(60)}`,
  `AIza${run(35)}`,
  `sk_live_${run(30)}`,
  `npm_${run(36)}`,
  `pypi-AgE${run(60)}`,
  `hf_${run(34, "abcdefghijklmnopqrstuvwxyzABCDEFGH")}`,
  `ntn_12345678901${run(35)}`,
  `eyJ${run(30)}.eyJ${run(40)}.${run(43)}`,
  `Bearer ${run(40)}`,
  `postgres://admin:s3cr3tPass-9x@db.example.net/app`,
  `-----BEGIN PRIVATE KEY-----\n${run(64)}\n${run(64)}\n-----END PRIVATE KEY-----`,
  `AGE-SECRET-KEY-1${run(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")}`,
];

/** The part of a secret that must not be found any more. */
export const heart = (secret: string): string => secret.slice(secret.length >> 1, (secret.length >> 1) + 12);
