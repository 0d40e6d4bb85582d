/** What `kidoban log` says of its index, and the filters that came with it. */

export const en = {
  commands: { index: "bring the log's index up to date, so that later questions are answered at once" },
  options: {
    server: "only what concerns this server",
    kind: "only entries of this kind, e.g. call.denied",
    by: "only what this person answered, accepted, stopped, issued or read",
    id: "only what names this call or request",
    limit: "how many of the newest (1000)",
    before: "those before this place, which stands under the page that came first",
    noIndex: "read the files alone: builds an index in memory from them and believes the one on disk in nothing",
  },

  badKind: (found: string) => `\`${found}\` is no kind of entry`,
  badLimit: (found: string, most: number) => `\`${found}\` is no number from 1 to ${most}`,
  badBefore: (found: string) =>
    `\`${found}\` is no place in the log: copy it from the line under the page that came first`,

  older: (place: string) => `There are older ones: add --before '${place}'`,
  building: (percent: number) => `Reading the log into its index: ${percent} %`,
  apart: "The index could not be kept on disk; it was built in memory for this question.",
  anew: "The index on disk was of another version, damaged, or lacked rows: it was thrown away and made anew.",
  built: (entries: number) => `The index is up to date: ${entries} ${entries === 1 ? "entry" : "entries"} taken in.`,
};

export const ja: typeof en = {
  commands: { index: "ログの索引を最新にします。以後の検索がすぐに終わります" },
  options: {
    server: "このサーバーに関するものだけ",
    kind: "この種類の記録だけ（例: call.denied）",
    by: "この人が回答、承諾、停止、発行、閲覧したものだけ",
    id: "この呼び出しまたは依頼を名指すものだけ",
    limit: "新しいものから何件か（1000）",
    before: "この位置より前のもの。位置は先に表示したページの下に出ます",
    noIndex: "ファイルだけを読みます。索引をファイルからメモリー上に作り、ディスクの索引は一切信用しません",
  },

  badKind: (found) => `\`${found}\` という種類の記録はありません`,
  badLimit: (found, most) => `\`${found}\` は 1 から ${most} までの数ではありません`,
  badBefore: (found) => `\`${found}\` はログの位置ではありません。先に表示したページの下の行から写してください`,

  older: (place) => `さらに前の記録があります。続きを見るには --before '${place}' を付けてください`,
  building: (percent) => `ログを索引に読み込んでいます: ${percent} %`,
  apart: "索引をディスクに保存できないため、今回の検索のためにメモリー上に作りました。",
  anew: "ディスクの索引は、別の版のものか、壊れているか、行が欠けていたため、捨てて作り直しました。",
  built: (entries) => `索引は最新です。${entries} 件の記録を読み込みました。`,
};
