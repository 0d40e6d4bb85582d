/** What `kidoban keys rotate` says. */

export const en = {
  keys: "the installation's keys",
  rotate: "replace the key that signs the log; nothing else may be running",
  ask: "The key that signs the log will be replaced and the old one destroyed. Type yes to go on:",
  yes: ["yes"],
  yesOption: "do not ask; the key of an owner or operator is needed still",
  left: "nothing was changed",
  mayNot: (name: string) =>
    `${name} is no owner or operator under this key in the configuration that was accepted here first`,
  busy: (processes: number) =>
    `${processes} ${processes === 1 ? "process is" : "processes are"} running and signs with the present key; end all gates and consoles first (\`kidoban\` says which run)`,
  rotated: (key: string) => `Another key signs the log from now on. Its public key, to keep elsewhere:\n  ${key}`,
  oldKey: (key: string) =>
    `The old key is gone. Whoever kept its public key can go on using it: \`kidoban log verify --key ${key}\` follows to the new one.`,
};

export const ja: typeof en = {
  keys: "このインストールの鍵",
  rotate: "ログに署名する鍵を交換（ほかに何も動いていないときだけ）",
  ask: "ログに署名する鍵を交換し、古い鍵を破棄します。続けるには yes または はい と入力してください:",
  yes: ["yes", "はい"],
  yesOption: "確認を省きます。役割が owner か operator の人の鍵は必要です",
  left: "何も変更していません",
  mayNot: (name) => `${name} は、ここで最初に承認された設定で、この鍵を持つ owner または operator ではありません`,
  busy: (processes) =>
    `${processes} 個のプロセスが動作中で、現在の鍵で署名しています。先に門とコンソールをすべて終了してください（\`kidoban\` で動作中のものを確認できます）`,
  rotated: (key) => `これからは新しい鍵でログに署名します。別の場所に保管する公開鍵:\n  ${key}`,
  oldKey: (key) =>
    `古い鍵は残っていません。古い公開鍵を保管している人は、そのまま使えます。\`kidoban log verify --key ${key}\` は新しい鍵までたどります。`,
};
