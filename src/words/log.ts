/** What `kidoban log` and its subcommands say. */

export const en = {
  columns: { time: "TIME", agent: "AGENT", what: "WHAT", event: "EVENT", detail: "DETAIL" },
  empty: "The log has no such entries.",
  noLog: (path: string) => `There is no log at ${path}.`,
  partMissing: (path: string) => `A part of the log is not there: ${path}`,
  notAnExport: (path: string) => `${path} is not a log export that this version can read.`,

  events: {
    "stream.opened": "started",
    "stream.closed": "ended",
    "stream.recovered": "recovered",
    "client.connected": "client connected",
    "server.started": "server started",
    "server.ended": "server ended",
    "definition.quarantined": "quarantined",
    "list.served": "list served",
    "message.refused": "message refused",
    "call.denied": "denied",
    "call.intent": "sent",
    "call.outcome": "outcome",
    "call.replayed": "replayed",
    "request.opened": "asked",
    "request.joined": "joined",
    "request.answered": "answered",
    "request.refused": "answer refused",
    "request.claimed": "claimed",
    "request.closed": "closed",
    "client.silent": "nobody there",
    "config.accepted": "configuration accepted",
    "config.proposed": "configuration changed",
    "config.refused": "configuration refused",
    "lock.pinned": "locked",
    "stop.placed": "STOP",
    "stop.acknowledged": "stop acknowledged",
    "stop.lifted": "stop lifted",
    "token.issued": "token issued",
    "token.revoked": "token revoked",
    "auth.refused": "login refused",
    "log.read": "log read",
  },
  outcomes: {
    ok: "ok",
    tool_error: "tool error",
    rpc_error: "protocol error",
    timeout: "timed out, outcome unknown",
    cancelled: "cancelled, outcome unknown",
    unknown: "outcome unknown",
    not_sent: "not sent",
  },
  answers: { approve: "approved", deny: "denied" },
  byRule: (rules: string) => `by ${rules}`,
  by: (name: string) => `by ${name}`,
  torn: (bytes: number) => `${bytes} bytes torn`,
  openCalls: (count: number) => `${count} ${count === 1 ? "call" : "calls"} with unknown outcome`,
  entries: (count: number) => `${count} ${count === 1 ? "entry" : "entries"}`,
  says: (words: string) => `says: ${words}`,

  badDecision: (found: string) => `\`${found}\` is no decision: use allow, ask or deny`,
  badTime: (found: string) => `\`${found}\` is no time: use 2026-11-21, 2026-11-21T09:00, or 90m, 24h, 7d`,
  badTool: (found: string) => `\`${found}\` names no tool: use server/name, with * and ? as wildcards`,

  nothingOf: (id: string) => `The log holds nothing of ${id}.`,
  body: { args: "Arguments", result: "Result" },
  bodyAltered: "ALTERED: what is kept is not what the entry was written of",
  bodyNotKept: (bytes: number) => `not kept (${bytes} bytes); only its digest is recorded`,

  exported: (path: string, files: number) => `Exported ${files} files to ${path}.`,
  exportNotEmpty: (path: string) => `${path} is there already and not empty.`,
  exportHint: (path: string) => `Check it anywhere with: kidoban log verify ${path} --key <the log's public key>`,

  proven: "The log is proven.",
  provenFacts: (streams: number, entries: number) =>
    `${entries} ${entries === 1 ? "entry" : "entries"} in ${streams} ${streams === 1 ? "stream" : "streams"}: numbers, chain, roots and signature fit, and every outcome belongs to a call that was sent.`,
  signedAt: (time: string, size: number) => `Last signed ${time}, ledger size ${size}.`,
  unsigned: (count: number) =>
    `${count} newest ${count === 1 ? "entry is" : "entries are"} not signed yet: what follows the last checkpoint could still be cut off unseen.`,
  stillOpen: (count: number, calls: number) =>
    `${count} ${count === 1 ? "stream is" : "streams are"} still open (of running processes, or of dead ones not yet recovered)${calls === 0 ? "" : `; ${calls} ${calls === 1 ? "call has" : "calls have"} no outcome yet`}.`,
  tornBytes: (bytes: number) =>
    `${bytes} bytes stand after the last whole entry of a stream: a write that a process did not live to finish.`,
  unknownOutcomes: (count: number) => `${count} ${count === 1 ? "call has" : "calls have"} an unknown outcome.`,
  ownKey:
    "The key was taken from beside the log. Somebody who could change both is only found out with a key that you kept elsewhere: --key.",
  badKey: (found: string) => `\`${found}\` is neither a public key of a log nor a file with one`,
  noFile: (path: string) => `${path} cannot be read.`,

  faultAt: (file: string, line: number | undefined, from: number | undefined) =>
    line === undefined
      ? `FAULT in ${file}`
      : from === undefined
        ? `FAULT in ${file}, line ${line}`
        : `FAULT in ${file}, lines ${from} to ${line}`,
  foundInstead: (expected: string, found: string) => `expected ${expected}, found ${found}`,
  faults: {
    malformed: "This is not a signed checkpoint of this log.",
    "no-signature": "The checkpoint is not signed with this key.",
    "bad-signature": "The signature does not fit the checkpoint: the checkpoint was changed.",
    key: "This is not a public key.",
    "ledger-line": "This line is not one that Kidoban writes.",
    "ledger-order":
      "A stream in the ledger is not opened once, growing and ended once: lines were changed, removed, repeated or moved.",
    "ledger-short": "The ledger is shorter than its signed checkpoint: lines are missing.",
    "ledger-root": "The ledger is not what the checkpoint was signed for: a line among these was changed.",
    "leaf-changed":
      "This line contradicts the stream that it speaks of, and the ledger is not what was signed: it was changed.",
    "rolled-back":
      "This is not a continuation of the checkpoint that was kept: the log was replaced by an older or another one.",
    "stream-missing": "The ledger knows this stream, but its file is missing.",
    "stream-unknown": "The ledger does not know this stream: the file was added or renamed.",
    "line-malformed": "This line is not an entry that Kidoban writes: it was changed.",
    "line-newer": "This line is of a later version of Kidoban; verify it with that version.",
    "line-torn": "The file ends in the middle of an entry that was signed: its tail was cut off.",
    number: "Entries are missing, were inserted, repeated or moved.",
    changed: "This entry is not the one that was written.",
    root: "The entries up to here are not the ones that were signed: the chain was made again after a change.",
    "tail-missing": "Signed entries are missing at the end.",
    "after-end": "Something was added after the stream had ended.",
    "not-opened": "The stream does not begin as the ledger says: it is another stream's file or of another log.",
    "not-closed": "The stream ended in the ledger without its last entry.",
    after: "The entry has seen more of the ledger than there was: the ledger is an older copy.",
    "intent-twice": "The same call was sent twice.",
    "outcome-without-intent": "An outcome without a call that was sent.",
    "outcome-missing": "A call that was sent has no outcome.",
    "recovery-missing": "The stream was recovered, but no entry says what was found.",
    "recovery-differs": "What this entry says of the dead stream is not what stands there.",
    "tail-changed": "What follows the last whole entry is not what was there when the stream was recovered.",
  },
};

export const ja: typeof en = {
  columns: { time: "時刻", agent: "エージェント", what: "対象", event: "出来事", detail: "詳細" },
  empty: "該当する記録はありません。",
  noLog: (path) => `${path} にログはありません。`,
  partMissing: (path) => `ログの一部が見つかりません: ${path}`,
  notAnExport: (path) => `${path} は、この版で読めるログの書き出しではありません。`,

  events: {
    "stream.opened": "開始",
    "stream.closed": "終了",
    "stream.recovered": "復旧",
    "client.connected": "クライアント接続",
    "server.started": "サーバー起動",
    "server.ended": "サーバー終了",
    "definition.quarantined": "隔離",
    "list.served": "一覧を提示",
    "message.refused": "メッセージを拒否",
    "call.denied": "拒否",
    "call.intent": "送信",
    "call.outcome": "結果",
    "call.replayed": "結果を再提示",
    "request.opened": "承認を依頼",
    "request.joined": "同じ依頼に合流",
    "request.answered": "回答",
    "request.refused": "回答を拒否",
    "request.claimed": "実行に着手",
    "request.closed": "依頼を終了",
    "client.silent": "クライアントに人がいない",
    "config.accepted": "設定を受け入れ",
    "config.proposed": "設定の変更",
    "config.refused": "設定を拒否",
    "lock.pinned": "ロック",
    "stop.placed": "停止",
    "stop.acknowledged": "停止を確認",
    "stop.lifted": "停止を解除",
    "token.issued": "トークンを発行",
    "token.revoked": "トークンを失効",
    "auth.refused": "ログインを拒否",
    "log.read": "ログの閲覧",
  },
  outcomes: {
    ok: "成功",
    tool_error: "ツールのエラー",
    rpc_error: "プロトコルのエラー",
    timeout: "時間切れ（結果は不明）",
    cancelled: "取り消し（結果は不明）",
    unknown: "結果は不明",
    not_sent: "未送信",
  },
  answers: { approve: "承認", deny: "拒否" },
  byRule: (rules) => `ルール: ${rules}`,
  by: (name) => `${name} による`,
  torn: (bytes) => `書きかけ ${bytes} バイト`,
  openCalls: (count) => `結果が不明な呼び出し ${count} 件`,
  entries: (count) => `記録 ${count} 件`,
  says: (words) => `申告: ${words}`,

  badDecision: (found) => `\`${found}\` は判断の種類ではありません。allow、ask、deny のいずれかを指定してください`,
  badTime: (found) =>
    `\`${found}\` は時刻として読めません。2026-11-21、2026-11-21T09:00、または 90m、24h、7d のように指定してください`,
  badTool: (found) =>
    `\`${found}\` はツールの指定ではありません。サーバー名/ツール名の形で指定してください（* と ? が使えます）`,

  nothingOf: (id) => `${id} についての記録はありません。`,
  body: { args: "引数", result: "結果" },
  bodyAltered: "改ざん: 保管されている内容は、記録が書かれたときのものと異なります",
  bodyNotKept: (bytes) => `本文は保管されていません（${bytes} バイト）。ダイジェストだけが記録されています`,

  exported: (path, files) => `${files} 個のファイルを ${path} に書き出しました。`,
  exportNotEmpty: (path) => `${path} はすでに存在し、空ではありません。`,
  exportHint: (path) => `どこでも次のコマンドで検証できます: kidoban log verify ${path} --key <ログの公開鍵>`,

  proven: "ログの正しさを検証できました。",
  provenFacts: (streams, entries) =>
    `ストリーム ${streams} 本、記録 ${entries} 件: 番号、ハッシュの連鎖、ルート、署名がすべて合い、すべての結果が送信された呼び出しに対応しています。`,
  signedAt: (time, size) => `最後の署名は ${time}、台帳の大きさは ${size} です。`,
  unsigned: (count) =>
    `最新の ${count} 件はまだ署名されていません。最後のチェックポイントより後の部分は、切り取られても検出できません。`,
  stillOpen: (count, calls) =>
    `${count} 本のストリームが閉じられていません（動作中のプロセス、または復旧前の終了したプロセスのものです）${calls === 0 ? "" : `。結果がまだない呼び出しが ${calls} 件あります`}。`,
  tornBytes: (bytes) => `最後の完全な記録の後に ${bytes} バイトあります。プロセスが書き終える前に終了したものです。`,
  unknownOutcomes: (count) => `結果が不明な呼び出しが ${count} 件あります。`,
  ownKey:
    "鍵はログと同じ場所のものを使いました。両方を書き換えられる者による改ざんは、別の場所に保管した鍵（--key）でなければ見つけられません。",
  badKey: (found) => `\`${found}\` はログの公開鍵でも、公開鍵を含むファイルでもありません`,
  noFile: (path) => `${path} を読めません。`,

  faultAt: (file, line, from) =>
    line === undefined
      ? `異常: ${file}`
      : from === undefined
        ? `異常: ${file} の ${line} 行目`
        : `異常: ${file} の ${from}〜${line} 行目`,
  foundInstead: (expected, found) => `期待値 ${expected}、実際 ${found}`,
  faults: {
    malformed: "このログの署名付きチェックポイントではありません。",
    "no-signature": "チェックポイントはこの鍵で署名されていません。",
    "bad-signature": "署名がチェックポイントと一致しません。チェックポイントが変更されています。",
    key: "公開鍵ではありません。",
    "ledger-line": "Kidoban が書く形式の行ではありません。",
    "ledger-order":
      "台帳の中でストリームの開始・増加・終了の順序が成り立ちません。行が変更、削除、重複、または移動されています。",
    "ledger-short": "台帳が署名済みのチェックポイントより短くなっています。行が欠けています。",
    "ledger-root": "台帳が、チェックポイントに署名したときのものと異なります。この範囲の行が変更されています。",
    "leaf-changed": "この行は対象のストリームと矛盾し、台帳も署名時のものと異なります。この行が変更されています。",
    "rolled-back":
      "別に保管されていたチェックポイントの続きではありません。ログが古いもの、または別のものに置き換えられています。",
    "stream-missing": "台帳にあるストリームのファイルが見つかりません。",
    "stream-unknown": "台帳にないストリームです。ファイルが追加されたか、名前が変えられています。",
    "line-malformed": "Kidoban が書く形式の記録ではありません。変更されています。",
    "line-newer": "より新しい版の Kidoban の記録です。その版で検証してください。",
    "line-torn": "署名済みの記録の途中でファイルが終わっています。末尾が切り取られています。",
    number: "記録が欠落、挿入、重複、または移動されています。",
    changed: "この記録は、書かれたときのものではありません。",
    root: "ここまでの記録が署名時のものと異なります。変更の後でハッシュの連鎖が作り直されています。",
    "tail-missing": "署名済みの記録が末尾で欠けています。",
    "after-end": "ストリームの終了後に何かが追加されています。",
    "not-opened": "ストリームの始まりが台帳と一致しません。別のストリーム、または別のログのファイルです。",
    "not-closed": "台帳では終了していますが、ストリームに最後の記録がありません。",
    after: "この記録は、存在する以上の台帳を参照しています。台帳が古い写しに置き換えられています。",
    "intent-twice": "同じ呼び出しが二度送信されています。",
    "outcome-without-intent": "送信の記録がない呼び出しの結果です。",
    "outcome-missing": "送信された呼び出しの結果がありません。",
    "recovery-missing": "ストリームは復旧済みですが、復旧時の内容を示す記録がありません。",
    "recovery-differs": "終了したストリームについてのこの記録が、実際の内容と異なります。",
    "tail-changed": "最後の完全な記録の後の内容が、復旧時と異なります。",
  },
};
