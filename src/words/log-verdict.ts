/** What a verifier says of a log: what is proven, what is not, and each fault. */

export const en = {
  proven: "The log is proven.",
  provenFacts: (streams: number, entries: number) =>
    `${entries} ${entries === 1 ? "entry" : "entries"} in ${streams} ${streams === 1 ? "stream" : "streams"}: numbers, chain, roots and signature fit, and every outcome belongs to a call that was sent.`,
  signedAt: (time: string, size: number) => `Last signed ${time}, ledger size ${size}.`,
  unsigned: (count: number) =>
    `${count} newest ${count === 1 ? "entry is" : "entries are"} not signed yet: what follows the last checkpoint could still be cut off unseen.`,
  stillOpen: (count: number, calls: number) =>
    `${count} ${count === 1 ? "stream is" : "streams are"} still open (of running processes, or of dead ones not yet recovered)${calls === 0 ? "" : `; ${calls} ${calls === 1 ? "call has" : "calls have"} no outcome yet`}.`,
  bodiesIntact: (count: number) =>
    `${count === 1 ? "1 body that is" : `${count} bodies that are`} kept fit their entries.`,
  bodiesLeft: (count: number) =>
    `${count === 1 ? "1 body is" : `${count} bodies are`} not in this folder, as in every export; --bodies-key asks for them.`,
  bodiesMissing: (count: number) =>
    `${count === 1 ? "1 body of which an entry speaks is" : `${count} bodies of which entries speak are`} not here, and no entry says why: taken away, or left behind when the folder was copied.`,
  bodiesLocked: (streams: number) =>
    `The bodies of ${streams === 1 ? "1 stream" : `${streams} streams`} were not looked into: the key that they were kept under is not here (--bodies-key). What entries say of them is proven without it.`,
  pruned: (streams: number) =>
    `${streams === 1 ? "1 stream was" : `${streams} streams were`} removed after their time, as entries say; the ledger still has their last roots.`,
  tornBytes: (bytes: number) =>
    `${bytes} bytes stand after the last whole entry of a stream: a write that a process did not live to finish.`,
  unknownOutcomes: (count: number) => `${count} ${count === 1 ? "call has" : "calls have"} an unknown outcome.`,
  answersFit: (count: number, passkeys: number) =>
    `${count} ${count === 1 ? "answer fits the key" : "answers fit the keys"} named in ${count === 1 ? "it" : "them"}, ${passkeys} with a passkey.`,
  reconsidered: (count: number) =>
    `${count} ${count === 1 ? "decision was" : "decisions were"} made again by the archived configuration, and came out the same.`,
  unproven: (count: number) =>
    `Of these, ${count === 1 ? "1 write ran" : `${count} writes ran`} without anybody being asked, and nothing here proves that nobody had to be.`,
  unsettled: (count: number) =>
    `${count} ${count === 1 ? "decision" : "decisions"} could not be made again: the arguments, or the configuration, are not among the files.`,
  ownKey:
    "The key was taken from beside the log. Somebody who could change both is only found out with a key that you kept elsewhere: --key.",

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
    "pruned-early": "Arguments and results were removed here before their time was over.",
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
    time: "This entry's time does not lie between those of the ledger's lines around it.",
    "intent-twice": "The same call was sent twice.",
    "outcome-without-intent": "An outcome without a call that was sent.",
    "outcome-missing": "A call that was sent has no outcome.",
    "recovery-missing": "The stream was recovered, but no entry says what was found.",
    "recovery-differs": "What this entry says of the dead stream is not what stands there.",
    follows: "What this stream says of the one that it goes on from is not what stands there.",
    "tail-changed": "What follows the last whole entry is not what was there when the stream was recovered.",
    "request-twice": "The same request was put twice.",
    statement: "This answer is not what its approver signed, or it was given to another request.",
    "statement-seen":
      "This answer's approver signed that the ledger was another one: history before it was written anew.",
    "claim-twice": "The same approval was used twice.",
    "claim-unanswered": "This call ran without the answers that its request needed.",
    "pass-signature": "This pass is not what its approvers signed.",
    "pass-use": "This call ran by a pass that was not given, or not so often.",
    rotation: "A key was replaced here without the signatures of both keys, or the log never had it so.",
    "rotation-unsigned": "A key was replaced here without the signature of somebody who may let that happen.",
    "intent-unapproved": "This call was sent although nobody had let it through.",
    "config-missing": "The configuration that is named here is missing from the files.",
    "config-changed": "The configuration that is named here is not what was archived.",
    "config-unaccepted": "Calls were decided by a configuration that nobody had accepted.",
    "config-unapplied": "This call was decided before the log says which configuration was in force.",
    acceptance:
      "This configuration was not accepted by an approver of the one before, or not by two where less is kept than before.",
    decision: "The configuration that was in force decides this call otherwise.",
    demands: "Less was asked of people here than the configuration that was in force demands.",
    action: "What was sent is not what was asked about.",
    "body-changed": "The arguments that are kept are not those that were recorded.",
    "claim-approvers": "This call ran without answers enough of those who were approvers then.",
    "pass-approvers":
      "This call ran by a pass that did not let it through, or was not signed by those who were approvers then.",
  },
};

export const ja: typeof en = {
  proven: "ログの正しさを検証できました。",
  provenFacts: (streams, entries) =>
    `ストリーム ${streams} 本、記録 ${entries} 件: 番号、ハッシュの連鎖、ルート、署名がすべて合い、すべての結果が送信された呼び出しに対応しています。`,
  signedAt: (time, size) => `最後の署名は ${time}、台帳の大きさは ${size} です。`,
  unsigned: (count) =>
    `最新の ${count} 件はまだ署名されていません。最後のチェックポイントより後の部分は、切り取られても検出できません。`,
  stillOpen: (count, calls) =>
    `${count} 本のストリームが閉じられていません（動作中のプロセス、または復旧前の終了したプロセスのものです）${calls === 0 ? "" : `。結果がまだない呼び出しが ${calls} 件あります`}。`,
  bodiesIntact: (count) => `保管されている本文 ${count} 件は、記録と一致しています。`,
  bodiesLeft: (count) =>
    `本文 ${count} 件はこのフォルダーにありません（書き出しには含まれません）。--bodies-key を付けると、本文があるかも確かめます。`,
  bodiesMissing: (count) =>
    `記録にある本文のうち ${count} 件が、理由の記録もないまま見つかりません。持ち去られたか、フォルダーの写しに含まれていません。`,
  bodiesLocked: (streams) =>
    `${streams} 本のストリームの本文は、保管に使われた鍵がここにないため調べていません（--bodies-key）。本文について記録が述べていることは、鍵がなくても証明されています。`,
  pruned: (streams) =>
    `${streams} 本のストリームは、保存期間が過ぎたため削除されています（記録にそう書かれています）。最後のルートは台帳に残っています。`,
  tornBytes: (bytes) => `最後の完全な記録の後に ${bytes} バイトあります。プロセスが書き終える前に終了したものです。`,
  unknownOutcomes: (count) => `結果が不明な呼び出しが ${count} 件あります。`,
  answersFit: (count, passkeys) =>
    `回答 ${count} 件の署名は、回答にある鍵と一致します（うちパスキー ${passkeys} 件）。`,
  reconsidered: (count) => `保管された設定で ${count} 件の判定をやり直し、結果はすべて同じでした。`,
  unproven: (count) =>
    `このうち ${count} 件の書き込みは、だれにも確認せずに実行されており、確認が不要だったことを示すものがここにありません。`,
  unsettled: (count) => `${count} 件の判定は、引数または設定がファイルにないため、やり直せませんでした。`,
  ownKey:
    "鍵はログと同じ場所のものを使いました。両方を書き換えられる者による改ざんは、別の場所に保管した鍵（--key）でなければ見つけられません。",

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
    "pruned-early": "引数と結果の本文が、保存期間の終わる前に削除されています。",
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
    time: "この記録の時刻が、前後の台帳の行の時刻の間にありません。",
    "intent-twice": "同じ呼び出しが二度送信されています。",
    "outcome-without-intent": "送信の記録がない呼び出しの結果です。",
    "outcome-missing": "送信された呼び出しの結果がありません。",
    "recovery-missing": "ストリームは復旧済みですが、復旧時の内容を示す記録がありません。",
    "recovery-differs": "終了したストリームについてのこの記録が、実際の内容と異なります。",
    follows: "このストリームが引き継いだ元のストリームについての記録が、実際の内容と異なります。",
    "tail-changed": "最後の完全な記録の後の内容が、復旧時と異なります。",
    "request-twice": "同じ依頼が二度記録されています。",
    statement: "この回答は、承認者が署名したものではないか、別の依頼に対するものです。",
    "statement-seen": "承認者がこの回答に署名したときの台帳と異なります。それ以前の履歴が書き換えられています。",
    "claim-twice": "同じ承認が二度使われています。",
    "claim-unanswered": "この呼び出しは、必要な回答がないまま実行されています。",
    "pass-signature": "この手形は、承認者が署名したものと異なります。",
    "pass-use": "この呼び出しは、出されていない手形、または回数を超えた手形で実行されています。",
    rotation: "両方の鍵の署名がない鍵の交換か、ログにない鍵の交換です。",
    "rotation-unsigned": "鍵の交換を許せる人の署名がないまま、鍵が交換されています。",
    "intent-unapproved": "この呼び出しは、だれの許可もないまま送られています。",
    "config-missing": "ここに記された設定が、ファイルの中にありません。",
    "config-changed": "ここに記された設定が、保管されたときのものと異なります。",
    "config-unaccepted": "だれも受け入れていない設定で、呼び出しが判定されています。",
    "config-unapplied": "どの設定が有効かがログに記される前に、この呼び出しが判定されています。",
    acceptance:
      "この設定は、その前の設定の承認者によって受け入れられたものではないか、残す記録を減らす変更なのに二人の署名がありません。",
    decision: "当時有効だった設定では、この呼び出しの判定は異なります。",
    demands: "当時有効だった設定が求めるよりも少ない承認しか求められていません。",
    action: "送られた内容が、承認を求めた内容と異なります。",
    "body-changed": "保管されている引数が、記録されたものと異なります。",
    "claim-approvers": "この呼び出しは、当時の承認者による必要な回答がないまま実行されています。",
    "pass-approvers":
      "この呼び出しに使われた手形は、この呼び出しを許すものでないか、当時の承認者が署名したものではありません。",
  },
};
