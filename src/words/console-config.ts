/** The console's page of a changed configuration. Rights, changes and effects stand in accept.ts. */

export const en = {
  title: "Configuration",
  same: "The files are what is accepted. Nothing waits.",
  accepted: (by: string) => `Accepted by ${by}`,
  neverAccepted:
    "Nothing of this configuration is accepted yet. The first start of a gate, or this command, accepts it:",
  broken: "The files on disk have mistakes, so nothing of them comes into force. The accepted configuration goes on.",
  waits: "Waits for acceptance: more becomes possible, or something else than before",
  holds: "Holds already: less is possible",
  noRights: "No agent's rights change.",
  agent: "Agent",
  change: "What",
  before: "Before",
  after: "After",
  why: "Why",
  nothing: "–",
  files: "The files, line by line",
  added: "new file",
  removed: "removed file",
  unchangedLines: (count: number) => (count === 1 ? "1 line unchanged" : `${count} lines unchanged`),
  tooDifferent: "Too different to compare line by line. All of the old text, then all of the new:",
  accept: "Accept with a passkey",
  acceptLead: "Your passkey signs exactly this comparison. A change in between is refused.",
  toEnd: "Scroll each file's changes to their end first.",
  done: "Accepted. Running gates take it up by themselves.",
  overtaken: "The files, or what is accepted, changed meanwhile. Nothing was accepted; this is how it stands now.",
  notApprover: "The passkey is not one of an owner of the accepted configuration. Nothing was accepted.",
  needsAnother:
    "Signed, and not in force yet: less would be kept, so a second owner has to accept the same comparison.",
  needsTwo:
    "Keeping less needs two owners who have been owners for 30 days, or since the first acceptance, and there are fewer. Nothing was accepted.",
  notOwner: (names: readonly string[]) => `Only an owner can accept: ${names.join(", ")}.`,
  unsigned: "The accepted configuration names no approver, so nobody can sign here. In a terminal:",
  noPasskey: "You have no passkey at this console. In a terminal:",
};

export type ConfigPageWords = typeof en;

export const ja: ConfigPageWords = {
  title: "設定",
  same: "ファイルは受け入れ済みの設定と同じです。待っている変更はありません。",
  accepted: (by) => (by === "first start" ? "最初の起動で受け入れられました" : `${by} が受け入れました`),
  neverAccepted: "この設定はまだ受け入れられていません。門の初回起動時、または次のコマンドで受け入れられます:",
  broken: "ファイルに誤りがあるため、内容は有効になりません。受け入れ済みの設定がそのまま使われます。",
  waits: "受け入れを待っている変更（できることが増えるか、これまでと変わります）",
  holds: "すでに有効な変更（できることが減ります）",
  noRights: "エージェントの権限に変更はありません。",
  agent: "エージェント",
  change: "対象",
  before: "変更前",
  after: "変更後",
  why: "理由",
  nothing: "–",
  files: "ファイルの差分",
  added: "新しいファイル",
  removed: "削除されたファイル",
  unchangedLines: (count) => `${count} 行は変更なし`,
  tooDifferent: "違いが大きいため、行ごとに比較できません。変更前の全文、続いて変更後の全文を表示します。",
  accept: "パスキーで受け入れる",
  acceptLead: "パスキーは、ここに表示された内容だけに署名します。途中で変わった場合は受け入れません。",
  toEnd: "先に、各ファイルの差分を最後までスクロールしてください。",
  done: "受け入れました。動作中の門には自動的に反映されます。",
  overtaken: "ファイルか受け入れ済みの設定が途中で変わったため、受け入れていません。現在の内容を表示しています。",
  notApprover: "このパスキーは、受け入れ済みの設定の owner のものではありません。受け入れていません。",
  needsAnother:
    "署名しましたが、まだ有効ではありません。残す記録が減る変更なので、もう一人の owner が同じ内容を受け入れる必要があります。",
  needsTwo:
    "残す記録を減らすには、30 日前から、または最初の受け入れから owner である人が二人必要ですが、足りません。受け入れていません。",
  notOwner: (names) => `受け入れができるのは owner だけです: ${names.join("、")}`,
  unsigned: "受け入れ済みの設定に承認者がいないため、ここでは署名できません。端末で次を実行してください:",
  noPasskey: "このコンソールで使えるパスキーがありません。端末で次を実行してください:",
};
