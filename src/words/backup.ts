/** What `kidoban backup` and `kidoban restore` say. */

export const en = {
  commands: {
    backup: "copy the whole state while gates run, and verify the copy",
    restore: "bring a state back from a backup; begins a new epoch",
  },
  options: {
    keys: "with the installation's keys, under a passphrase; without them it can be restored only where they still are",
    passphraseFile: "file with the passphrase (0600), instead of asking",
    key: "the log's public key as you kept it elsewhere, or a file that holds it",
  },

  askNew: "Passphrase for the keys in the backup",
  ask: "Passphrase of the keys in the backup",
  noTerminal: "no terminal to ask for the passphrase: use --passphrase-file",
  noFile: (path: string) => `${path} cannot be read`,

  notEmpty: (path: string) => `${path} is there already and not empty.`,
  shortPassphrase: "The passphrase is too short: at least 8 characters.",
  nothing: "There is nothing to back up: the log has no signed checkpoint yet.",
  made: (path: string, megabytes: string, size: number) =>
    `The backup is in ${path} (${megabytes} MB) and was verified. It holds the log up to ledger size ${size}.`,
  withKeys: "The keys are in it, under your passphrase. Whoever has both can sign as this installation.",
  withoutKeys:
    "The keys are not in it. Where the state's keys/ is lost too, it can be verified and read as evidence, but not restored: nobody can go on signing, open the bodies or test a suspected secret.",

  restored: (epoch: string, size: number) =>
    `Restored. Epoch ${epoch} begins; the log goes on from ledger size ${size}.`,
  lost: (from: number, to: number) =>
    `The log had come to ledger size ${to}: what was signed from ${from} on is not in it any more.`,
  nobodyKnows:
    "Nobody knows what was recorded after the backup: stops placed since then are not in it. Place them again before you let an agent in.",
  voided: (requests: number, passes: number, tokens: number) =>
    `Void: ${requests} ${requests === 1 ? "request" : "requests"}, ${passes} ${passes === 1 ? "pass" : "passes"}, ${tokens} ${tokens === 1 ? "token" : "tokens"}, and every enrolment link.`,
  stops: (count: number) => `${count} ${count === 1 ? "stop holds" : "stops hold"}.`,
  aside: (path: string) => `What was there stands in ${path}.`,
  ownKey:
    "The backup was held against the key that stands in it. Somebody who could write all of it is found out only with a key kept elsewhere: --key.",
  witnesses: "Witnesses refuse the log from now on until a person tells them: kidoban log witness --accept-epoch",

  announced: (epoch: string, time: string, from: number, lost: number | undefined) =>
    `RESTORED at ${time} (epoch ${epoch}): the log goes on from ledger size ${from}${lost !== undefined && lost > from ? `; it had come to ${lost}, and what was signed in between is not in it any more` : "; what was signed after that is not in it any more"}.`,
  epochRefused: (epoch: string) =>
    `NOT COSIGNED. The log announces that it was restored from a backup. Ask its owner why; if that is right: --accept-epoch ${epoch}`,
  epochAccepted: (epoch: string) => `Epoch ${epoch} was accepted by a person here.`,
  acceptEpoch: "go on with a log that was restored, in this epoch; somebody told you why",

  fault: "This is no sound backup; nothing was changed.",
  faults: {
    "no-manifest": "It has no manifest that this program can read.",
    newer: "A newer Kidoban made it; use that one.",
    "not-signed": "Its manifest is not signed with this log's key, or was changed.",
  },
  file: (name: string) => `${name} is not what the manifest says, is missing, or was added.`,
  store: (reason: string) => `Its store cannot be used: ${reason}`,
  living: (pids: string) => `Processes use this state: ${pids}. End them first; a stop alone is not enough.`,
  refusals: {
    "other-log": "The backup is of another log than the key says.",
    "old-key":
      "The backup was made before the log's key was replaced. It can be verified and read, but the log cannot go on from it under the new key.",
    unreadable:
      "The state that is there cannot be read, so its stops are not known. Move it away if you want to restore without them.",
    "unknown-ledger":
      "The ledger of the state that is there is damaged or not signed, so it is not known whether rights were taken away after the backup. Move it away if you want to restore without what is accepted there.",
    "no-keys": "There are no keys: neither in keys/ of the state nor in the backup.",
    "no-passphrase": "Without the passphrase the keys stay closed.",
    "wrong-passphrase": "That is not the passphrase of these keys.",
    "wrong-keys": "The keys are not those of this log.",
  },
};

export const ja: typeof en = {
  commands: {
    backup: "門を動かしたまま、状態全体を複製し、複製を検証します",
    restore: "バックアップから状態を戻します。新しい世代が始まります",
  },
  options: {
    keys: "この環境の鍵も、パスフレーズで暗号化して含めます。含めない場合、鍵が残っている環境にしか戻せません",
    passphraseFile: "パスフレーズを書いたファイル（0600）。入力の代わりに使います",
    key: "別の場所に控えておいたログの公開鍵、またはそれを書いたファイル",
  },

  askNew: "バックアップに入れる鍵のパスフレーズ",
  ask: "バックアップに入っている鍵のパスフレーズ",
  noTerminal: "端末がないため、パスフレーズを尋ねられません。--passphrase-file をお使いください",
  noFile: (path) => `${path} を読めません`,

  notEmpty: (path) => `${path} はすでにあり、空ではありません。`,
  shortPassphrase: "パスフレーズが短すぎます。8 文字以上にしてください。",
  nothing: "バックアップするものがありません。ログに署名付きのチェックポイントがまだありません。",
  made: (path, megabytes, size) =>
    `バックアップを ${path} に作り（${megabytes} MB）、検証しました。台帳サイズ ${size} までのログが入っています。`,
  withKeys: "鍵も、パスフレーズで暗号化して入れました。両方を持つ人は、この環境として署名できます。",
  withoutKeys:
    "鍵は入っていません。状態の keys/ も失われた場合、証拠として検証し読むことはできますが、復元はできません。署名の継続、本文の閲覧、疑わしいシークレットの照合ができなくなります。",

  restored: (epoch, size) => `復元しました。世代 ${epoch} が始まり、ログは台帳サイズ ${size} から続きます。`,
  lost: (from, to) =>
    `ログは台帳サイズ ${to} まで進んでいました。${from} より後に署名されたものは、もうログにありません。`,
  nobodyKnows:
    "バックアップの後に何が記録されたかは分かりません。その後に出された停止も含まれていません。エージェントを通す前に、もう一度停止してください。",
  voided: (requests, passes, tokens) =>
    `無効になったもの: 依頼 ${requests} 件、手形 ${passes} 枚、トークン ${tokens} 個、すべての登録リンク。`,
  stops: (count) => `有効な停止は ${count} 件です。`,
  aside: (path) => `もとの状態は ${path} にあります。`,
  ownKey:
    "バックアップは、その中にある鍵で検証しました。全体を書き換えられる人を見破るには、別の場所に控えた鍵を --key で指定してください。",
  witnesses: "証人は今後、人が kidoban log witness --accept-epoch で認めるまで、このログを拒みます。",

  announced: (epoch, time, from, lost) =>
    `${time} に復元されています（世代 ${epoch}）。ログは台帳サイズ ${from} から続いています。${lost !== undefined && lost > from ? `${lost} まで進んでいましたが、その間に署名されたものはもうログにありません。` : "それより後に署名されたものは、もうログにありません。"}`,
  epochRefused: (epoch) =>
    `連署しませんでした。ログは、バックアップから復元されたと告げています。管理者に理由を確かめ、正当であれば --accept-epoch ${epoch} を付けてください`,
  epochAccepted: (epoch) => `世代 ${epoch} は、ここで人が認めました。`,
  acceptEpoch: "復元されたログを、この世代で続けることを認めます。理由を確かめてから使ってください",

  fault: "正しいバックアップではありません。何も変更していません。",
  faults: {
    "no-manifest": "このプログラムで読める目録がありません。",
    newer: "より新しい Kidoban が作ったものです。その版をお使いください。",
    "not-signed": "目録がこのログの鍵で署名されていないか、変更されています。",
  },
  file: (name) => `${name} が目録と異なるか、欠けているか、後から加えられています。`,
  store: (reason) => `保存されたデータベースを使えません: ${reason}`,
  living: (pids) => `この状態を使っているプロセスがあります: ${pids}。先に終了してください。停止だけでは足りません。`,
  refusals: {
    "other-log": "このバックアップは、鍵が示すログとは別のログのものです。",
    "old-key":
      "このバックアップは、ログの鍵を交換する前に作られたものです。検証と閲覧はできますが、新しい鍵でログを続けることはできません。",
    unreadable:
      "今ある状態を読めないため、有効な停止が分かりません。停止を引き継がずに復元する場合は、先に移動してください。",
    "unknown-ledger":
      "今ある状態の台帳が壊れているか、署名がないため、バックアップの後に権限が取り消されたかどうかが分かりません。今ある状態で承認されている設定を引き継がずに復元する場合は、先に移動してください。",
    "no-keys": "鍵がありません。状態の keys/ にも、バックアップにもありません。",
    "no-passphrase": "パスフレーズがなければ、鍵を開けません。",
    "wrong-passphrase": "この鍵のパスフレーズではありません。",
    "wrong-keys": "このログの鍵ではありません。",
  },
};
