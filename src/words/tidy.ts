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
  requestsEmptied: (count: number) =>
    `Removed what was asked, shown and answered of ${count === 1 ? "1 request" : `${count} requests`} in the store; their digests stay.`,
  requestsRemoved: (count: number) =>
    `Removed ${count === 1 ? "1 request" : `${count} requests`} from the store after their time.`,
  unclear: (configs: string) =>
    `NOTHING REMOVED: how long is kept cannot be said of ${configs}. Something accepted cannot be read, or was not signed by those who had to; or the file on disk has a mistake. See: kidoban check`,
  held: (count: number) =>
    `${count === 1 ? "1 stream stays" : `${count} streams stay`}: beyond their time by this machine's clock, but not by what was signed since (a silence of the log counts for 31 days at most). If the clock is right: kidoban log tidy --by-the-clock`,
  behind:
    "NOTHING REMOVED: the log holds times that this machine's clock has not reached. Either the clock is wrong now, or it was then.",
  askClock: (now: string) =>
    `What is kept no longer will be removed by this machine's clock alone, which says ${now}. This cannot be undone. Is the clock right? Type yes; anything else leaves all as it is:`,
  yes: ["yes"],
  clockNeedsTerminal: "--by-the-clock is for a person at a terminal, and there is none. Nothing was done.",
  leftAlone: "Nothing was done.",
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
  requestsEmptied: (count) =>
    `ストアにある依頼 ${count} 件の内容（引数・表示・回答・結果）を削除しました。ダイジェストは残っています。`,
  requestsRemoved: (count) => `保存期間を過ぎた依頼 ${count} 件をストアから削除しました。`,
  unclear: (configs) =>
    `何も削除していません。${configs} の保存期間が確かめられません。承認された設定が読めないか、必要な署名がないか、ディスク上のファイルに誤りがあります。kidoban check で確認してください`,
  held: (count) =>
    `${count} 本のストリームを残しました。この機械の時計では保存期間を過ぎていますが、その後に署名された記録で数えると過ぎていません（記録のない期間は最大 31 日として数えます）。時計が正しければ: kidoban log tidy --by-the-clock`,
  behind:
    "何も削除していません。この機械の時計がまだ達していない時刻が、ログに記録されています。今の時計か、当時の時計のどちらかが誤っています。",
  askClock: (now) =>
    `保存期間を過ぎたものを、この機械の時計（${now}）だけを基準に削除します。元に戻せません。時計は正しいですか。正しければ「はい」か yes と入力してください（それ以外では何もしません）:`,
  yes: ["yes", "はい"],
  clockNeedsTerminal: "--by-the-clock は端末で人が確認する必要がありますが、端末がありません。何も行いませんでした。",
  leftAlone: "何も行いませんでした。",
  damaged: (streams) =>
    `台帳が署名した内容と異なるため、手を付けていません: ${streams}。kidoban log verify で確認してください`,
  locked: (count) => `${count} 本のストリームの本文は、鍵がここにないためそのままにしました。`,
};
