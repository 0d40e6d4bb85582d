/** `kidoban log tidy`. */

export const en = {
  busy: "Another process is putting the log in order. Nothing was done here.",
  packed: (count: number) =>
    count === 0
      ? "Nothing was left to compress."
      : `Compressed the files of ${count === 1 ? "1 stream" : `${count} streams`}.`,
  bodiesRemoved: (count: number) =>
    `Removed ${count === 1 ? "1 body" : `${count} bodies`} after their time; their digests and every proof stay.`,
  streamsRemoved: (count: number) =>
    `Removed ${count === 1 ? "1 stream" : `${count} streams`} after their time; an entry says so, and the ledger keeps their last roots.`,
  damaged: (streams: string) =>
    `NOT TOUCHED, since it is not what the ledger has signed: ${streams}. See: kidoban log verify`,
  locked: (count: number) =>
    `The bodies of ${count === 1 ? "1 stream" : `${count} streams`} were left as they are: their key is not here.`,
};

export const ja: typeof en = {
  busy: "別のプロセスがログを整理しています。ここでは何も行いませんでした。",
  packed: (count) =>
    count === 0 ? "圧縮するものはありませんでした。" : `${count} 本のストリームのファイルを圧縮しました。`,
  bodiesRemoved: (count) => `保存期間を過ぎた本文を ${count} 件削除しました。ダイジェストと証明はすべて残っています。`,
  streamsRemoved: (count) =>
    `保存期間を過ぎたストリームを ${count} 本削除しました。そのことは記録に残り、最後のルートは台帳に残っています。`,
  damaged: (streams) =>
    `台帳が署名した内容と異なるため、手を付けていません: ${streams}。kidoban log verify で確認してください`,
  locked: (count) => `${count} 本のストリームの本文は、鍵がここにないためそのままにしました。`,
};
