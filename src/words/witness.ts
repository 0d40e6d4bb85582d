/** `kidoban log witness`, `kidoban log prove` and `kidoban log check`: proofs that are kept away from the log. */

export const en = {
  needsKey:
    "The first time, say whose log this is: --key <the log's public key>, got from its owner and not from beside it.",
  otherLog: "This witness has seen another log before. Use another --state for this one.",
  refused:
    "NOT COSIGNED. What is there now is no continuation of what this witness saw before: the log was cut, replaced or rewritten.",
  evidence: (path: string) => `Both checkpoints are kept in ${path}. Show them to the auditor.`,
  first: (size: number) => `Seen for the first time, ledger size ${size}.`,
  further: (from: number, to: number) =>
    from === to ? `Nothing new since the last time, ledger size ${to}.` : `Consistent: ledger size ${from}, now ${to}.`,
  cosigned: (path: string) => `Cosigned checkpoint: ${path}`,
  publicKey: (text: string) => `This witness's public key, for auditors: ${text}`,
  badState: (path: string) => `${path} is not what a witness keeps.`,
  witnessed: (name: string, time: string) =>
    `Cosigned by the witness ${name} at ${time}; the log continues from there.`,
  badWitness: (path: string) => `${path} is not a witness's file.`,
  notCosigned: "The witness's signature under its checkpoint does not fit.",
  noEntry: (stream: string, n: number) => `There is no signed entry ${n} in the stream ${stream}.`,
  badNumber: (found: string) => `\`${found}\` is not the number of an entry.`,
  proves: (stream: string, n: number) => `PROVEN: entry ${n} of ${stream} is in the log, as it stands here:`,
  refusals: {
    malformed: "The checkpoint in this proof is malformed.",
    "no-signature": "The checkpoint in this proof is not signed with this key.",
    "bad-signature": "The signature in this proof does not fit its checkpoint.",
    format: "This is not a proof that Kidoban writes.",
    "not-included": "NOT PROVEN: the entry in this file is not in the log that was signed.",
  },
};

export const ja: typeof en = {
  needsKey:
    "初回は、どのログかを --key <ログの公開鍵> で指定してください。鍵はログの隣からではなく、管理者から直接受け取ってください。",
  otherLog: "この証人は以前に別のログを確認しています。このログには別の --state を使ってください。",
  refused:
    "連署しませんでした。現在の内容は、この証人が以前に見たものの続きではありません。ログが切り詰められたか、置き換えられたか、書き換えられています。",
  evidence: (path) => `両方のチェックポイントを ${path} に残しました。監査人に見せてください。`,
  first: (size) => `初めて確認しました（台帳の大きさ ${size}）。`,
  further: (from, to) =>
    from === to
      ? `前回から変わりはありません（台帳の大きさ ${to}）。`
      : `整合しています（台帳の大きさ ${from} → ${to}）。`,
  cosigned: (path) => `連署したチェックポイント: ${path}`,
  publicKey: (text) => `この証人の公開鍵（監査人用）: ${text}`,
  badState: (path) => `${path} は証人が保管するファイルではありません。`,
  witnessed: (name, time) => `証人 ${name} が ${time} に連署しています。ログはその続きです。`,
  badWitness: (path) => `${path} は証人のファイルではありません。`,
  notCosigned: "証人の署名が、そのチェックポイントと合いません。",
  noEntry: (stream, n) => `ストリーム ${stream} に、署名済みの記録 ${n} はありません。`,
  badNumber: (found) => `\`${found}\` は記録の番号ではありません。`,
  proves: (stream, n) => `証明できました。${stream} の記録 ${n} は、次のとおりログにあります:`,
  refusals: {
    malformed: "この証明のチェックポイントは形式が正しくありません。",
    "no-signature": "この証明のチェックポイントは、この鍵で署名されていません。",
    "bad-signature": "この証明の署名が、チェックポイントと合いません。",
    format: "Kidoban の証明ファイルではありません。",
    "not-included": "証明できません。このファイルの記録は、署名されたログに含まれていません。",
  },
};
