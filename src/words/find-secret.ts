/** `kidoban log find-secret`: whether a suspected value passed, though the log no longer has it. */

export const en = {
  ask: "The secret to look for (it is not shown, and not kept)",
  noTerminal: "There is no terminal to type the secret into. For scripts, see --from FILE (0600).",
  noFile: (path: string) => `${path} is not there.`,
  empty: "Nothing was given to look for.",
  found: (count: number) =>
    `FOUND: this very secret was taken out of the log in ${count === 1 ? "1 place" : `${count} places`}.`,
  none: "Not found as a secret that was taken out.",
  plain: (count: number) =>
    `NOT TAKEN OUT: it stands in the log as it is, in ${count === 1 ? "1 line" : `${count} lines`}. It was not recognized as a secret.`,
  place: (file: string, line: number) => `  ${file}, line ${line}`,
  locked: (count: number) =>
    `The bodies of ${count === 1 ? "1 stream" : `${count} streams`} were not looked into: their key is not here.`,
  limits: "Other spellings of it (encoded, cut in two) are not looked for.",
};

export const ja: typeof en = {
  ask: "探すシークレット（画面には表示されず、保存もされません）",
  noTerminal: "シークレットを入力する端末がありません。スクリプトでは --from ファイル（0600）を使ってください。",
  noFile: (path) => `${path} がありません。`,
  empty: "探す値が空です。",
  found: (count) => `見つかりました。まさにこのシークレットが、ログの ${count} か所で伏せられています。`,
  none: "伏せられたシークレットとしては見つかりませんでした。",
  plain: (count) =>
    `伏せられていません。ログの ${count} 行に、そのままの形で残っています。シークレットとして認識されませんでした。`,
  place: (file, line) => `  ${file} の ${line} 行目`,
  locked: (count) => `${count} 本のストリームの本文は、鍵がここにないため調べていません。`,
  limits: "ほかの書き方（符号化したもの、二つに分けたもの）は探しません。",
};
