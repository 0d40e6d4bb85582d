/** What `kidoban approver add` says. */

export const en = {
  exists: (name: string) => `There is a key of ${name} already. It was not touched.`,
  badName: (name: string) => `"${name}" cannot be a name: use a-z, 0-9 and -, beginning with a letter.`,
  newPassphrase: (name: string) => `New passphrase for ${name}`,
  again: "Once more",
  differ: "The two do not match.",
  noTerminal: "There is no terminal to read the passphrase from. For scripts, see --passphrase-file.",
  tooShort: (least: number) => `At least ${least} characters, please.`,
  made: (path: string) => `The private key is in ${path}, encrypted with your passphrase. Nobody can restore it.`,
  line: "Add this line to kidoban.yaml, under approvers:, then run kidoban accept:",
};

export const ja: typeof en = {
  exists: (name: string) => `${name} の鍵はすでにあります。変更していません。`,
  badName: (name: string) =>
    `「${name}」は名前に使えません。英小文字で始め、英小文字、数字、ハイフンだけにしてください。`,
  newPassphrase: (name: string) => `${name} の新しいパスフレーズ`,
  again: "もう一度",
  differ: "入力が一致しません。",
  noTerminal: "パスフレーズを読み取る端末がありません。スクリプトでは --passphrase-file を使ってください。",
  tooShort: (least: number) => `${least} 文字以上にしてください。`,
  made: (path: string) => `秘密鍵を ${path} に、パスフレーズで暗号化して保存しました。忘れると誰にも復元できません。`,
  line: "次の行を kidoban.yaml の approvers: に加え、kidoban accept を実行してください:",
};
