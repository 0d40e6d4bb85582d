/** The commands that make reports and evidence, and those that sign and check them. */

export const en = {
  commands: {
    report: "what agents did and how people decided, as HTML, Markdown or JSON",
    sign: "sign a report off, with your approver key",
    check: "check a report against the signature beside it, offline",
  },
  options: {
    format: "html, md or json (html when left out)",
    language: "en or ja (yours when left out)",
    out: "file to write to; left out: stdout",
    log: "a log folder or an export, in place of this state's log",
    noVerify: "count without verifying the log; the report says so",
    timeZone: "time zone of days and hours, e.g. Asia/Tokyo (this machine's when left out)",
    comment: "a comment that is signed with the report",
    approverKey: "the approver's public key, as in kidoban.yaml (ed25519:…)",
    signature: "the signature (FILE.signature.json when left out)",
  },
  badFormat: (found: string, known: string) => `there is no format \`${found}\`: ${known}`,
  badLanguage: (found: string) => `there is no language \`${found}\` here: en, ja`,
  badZone: (found: string) => `there is no time zone \`${found}\``,
  badPeriod: "the period ends before it begins",
  written: (path: string) => `Written to ${path}.`,
  cannotWrite: (path: string, code: string) => `${path} cannot be written: ${code}`,
  cannotRead: (path: string) => `${path} cannot be read`,
  fault: (file: string, line: string) =>
    `The log did not verify: ${file}${line === "" ? "" : `, line ${line}`}. The report says so; its numbers prove nothing.`,
  notReport: (path: string) => `${path} is not a report of kidoban`,
  notMade: (path: string) =>
    `${path} is not as this log's gate made it: no signed entry (export made) names its digest. Only such a report is signed; make it anew with \`kidoban report --out\`.`,
  asked: (path: string, from: string, until: string, digest: string) =>
    [`You sign that you have read this report:`, `  ${path}`, `  ${from} – ${until}`, `  sha256 ${digest}`].join("\n"),
  confirm: "Press a to sign, any other key to leave it.",
  left: "Nothing was signed.",
  notApprover: (name: string) =>
    `${name} is no approver of an accepted configuration under this key, so nothing was signed.`,
  signed: (name: string, path: string) => `Signed off by ${name}. The signature is in ${path}, and in the log.`,
  noSignature: (path: string) => `${path} is not a signature of a report`,
  fits: (name: string, at: string) => `The report is as ${name} signed it off, ${at}.`,
  comment: (text: string) => `Comment: ${text}`,
  rests: (origin: string, size: number, root: string) =>
    `It rests on checkpoint ${origin}, size ${size}, root ${root}.`,
  ownKey: (key: string) =>
    `The key is the one in the signature's file (${key}). Whose it is, only kidoban.yaml or the person can say: --key.`,
  changed: "The report is NOT what was signed: its digest differs.",
  otherMark: "The report names another period or checkpoint than the signature.",
  wrongSignature: "The signature does NOT fit.",
  otherKey: "The signature was made with another key than the one given.",
};

export const ja: typeof en = {
  commands: {
    report: "エージェントの活動と人の判断を HTML・Markdown・JSON にまとめます",
    sign: "承認者の鍵で、報告書に確認の署名をします",
    check: "報告書を隣の署名とオフラインで照合します",
  },
  options: {
    format: "html、md、json のいずれか（省略時は html）",
    language: "en または ja（省略時は使用中の言語）",
    out: "書き出すファイル（省略時は標準出力）",
    log: "この環境のログの代わりに使う、ログのフォルダーまたは書き出したファイル",
    noVerify: "ログを検証せずに集計します（報告書にその旨を記載します）",
    timeZone: "日付と時刻のタイムゾーン。例: Asia/Tokyo（省略時はこのマシンのもの）",
    comment: "報告書とともに署名されるコメント",
    approverKey: "kidoban.yaml にある承認者の公開鍵（ed25519:…）",
    signature: "署名のファイル（省略時は FILE.signature.json）",
  },
  badFormat: (found, known) => `\`${found}\` という形式はありません: ${known}`,
  badLanguage: (found) => `\`${found}\` という言語はここにはありません: en、ja`,
  badZone: (found) => `\`${found}\` というタイムゾーンはありません`,
  badPeriod: "期間の終わりが始まりより前です",
  written: (path) => `${path} に書き出しました。`,
  cannotWrite: (path, code) => `${path} に書き込めません: ${code}`,
  cannotRead: (path) => `${path} を読み取れません`,
  fault: (file, line) =>
    `ログの検証に失敗しました: ${file}${line === "" ? "" : `、${line} 行目`}。報告書にもその旨を記載しています。数値は何も証明しません。`,
  notReport: (path) => `${path} は kidoban の報告書ではありません`,
  notMade: (path) =>
    `${path} は、このログの門が書き出した報告書と一致しません（そのダイジェストを持つ、署名済みの「書き出しの作成」の記録がありません）。署名できるのは記録のある報告書だけです。\`kidoban report --out\` で作り直してください。`,
  asked: (path, from, until, digest) =>
    ["次の報告書を読んだことに署名します。", `  ${path}`, `  ${from} – ${until}`, `  sha256 ${digest}`].join("\n"),
  confirm: "署名する場合は a を押してください。ほかのキーでは何もしません。",
  left: "何も署名していません。",
  notApprover: (name) => `${name} は、この鍵では受け入れ済みの設定の承認者ではありません。何も署名していません。`,
  signed: (name, path) => `${name} が確認の署名をしました。署名は ${path} とログにあります。`,
  noSignature: (path) => `${path} は報告書の署名ではありません`,
  fits: (name, at) => `報告書は、${name} が ${at} に署名したものと一致しています。`,
  comment: (text) => `コメント: ${text}`,
  rests: (origin, size, root) => `根拠となるチェックポイント: ${origin}、大きさ ${size}、ルート ${root}`,
  ownKey: (key) =>
    `照合に使った鍵は署名ファイルにあるもの（${key}）です。誰の鍵かは、kidoban.yaml か本人にしか分かりません: --key`,
  changed: "報告書は署名されたものと異なります（ダイジェストが一致しません）。",
  otherMark: "報告書にある期間またはチェックポイントが、署名のものと異なります。",
  wrongSignature: "署名が一致しません。",
  otherKey: "署名は、指定された鍵とは別の鍵によるものです。",
};
