/** What `kidoban log` and its subcommands say. */

import * as entries from "./log-entries.ts";
import * as verdict from "./log-verdict.ts";

export const en = {
  ...entries.en,
  ...verdict.en,
  columns: { time: "TIME", agent: "AGENT", what: "WHAT", event: "EVENT", detail: "DETAIL" },
  empty: "The log has no such entries.",
  noLog: (path: string) => `There is no log at ${path}.`,
  partMissing: (path: string) => `A part of the log is not there: ${path}`,
  crowded: (path: string) =>
    `${path} holds more than a thousand files named like streams of which the ledger says nothing. They are no part of this log: take them out.`,
  notAnExport: (path: string) => `${path} is not a log export that this version can read.`,

  goesOnFrom: (size: number) => `goes on from ledger size ${size}`,

  badDecision: (found: string) => `\`${found}\` is no decision: use allow, ask or deny`,
  badFormat: (found: string, known: string) => `\`${found}\` is no format: use ${known}`,
  badTime: (found: string) => `\`${found}\` is no time: use 2026-11-21, 2026-11-21T09:00, or 90m, 24h, 7d`,
  badTool: (found: string) =>
    `\`${found}\` names nothing: use server/name for a tool, kind:server/name for others, with * and ? as wildcards`,

  nothingOf: (id: string) => `The log holds nothing of ${id}.`,
  body: { args: "Arguments", result: "Result" },
  bodyAltered: "ALTERED: what is kept is not what the entry was written of",
  bodyLocked: (bytes: number) => `cannot be read (${bytes} bytes): the key that it was kept under is not here`,
  bodyNotKept: (bytes: number) => `not kept (${bytes} bytes); only its digest is recorded`,

  exported: (path: string, files: number) => `Exported ${files} files to ${path}.`,
  exportNotEmpty: (path: string) => `${path} is there already and not empty.`,
  exportHint: (path: string) => `Check it anywhere with: kidoban log verify ${path} --key <the log's public key>`,
  badKey: (found: string) => `\`${found}\` is neither a public key of a log nor a file with one`,
  noFile: (path: string) => `${path} cannot be read.`,
};

export const ja: typeof en = {
  ...entries.ja,
  ...verdict.ja,
  columns: { time: "時刻", agent: "エージェント", what: "対象", event: "出来事", detail: "詳細" },
  empty: "該当する記録はありません。",
  noLog: (path) => `${path} にログはありません。`,
  partMissing: (path) => `ログの一部が見つかりません: ${path}`,
  crowded: (path) =>
    `${path} に、台帳にないストリームのファイルが 1,000 個を超えてあります。このログのものではありませんので、取り除いてください。`,
  notAnExport: (path) => `${path} は、この版で読めるログの書き出しではありません。`,

  goesOnFrom: (size) => `台帳サイズ ${size} から継続`,

  badDecision: (found) => `\`${found}\` は判断の種類ではありません。allow、ask、deny のいずれかを指定してください`,
  badFormat: (found, known) => `\`${found}\` という形式はありません。${known} のいずれかを指定してください`,
  badTime: (found) =>
    `\`${found}\` は時刻として読めません。2026-11-21、2026-11-21T09:00、または 90m、24h、7d のように指定してください`,
  badTool: (found) =>
    `\`${found}\` は指定として読めません。ツールは server/name、ほかは kind:server/name の形で指定してください（* と ? が使えます）`,

  nothingOf: (id) => `${id} についての記録はありません。`,
  body: { args: "引数", result: "結果" },
  bodyAltered: "改ざん: 保管されている内容は、記録が書かれたときのものと異なります",
  bodyLocked: (bytes) => `本文を読めません（${bytes} バイト）。保管に使われた鍵がここにありません`,
  bodyNotKept: (bytes) => `本文は保管されていません（${bytes} バイト）。ダイジェストだけが記録されています`,

  exported: (path, files) => `${files} 個のファイルを ${path} に書き出しました。`,
  exportNotEmpty: (path) => `${path} はすでに存在し、空ではありません。`,
  exportHint: (path) => `どこでも次のコマンドで検証できます: kidoban log verify ${path} --key <ログの公開鍵>`,
  badKey: (found) => `\`${found}\` はログの公開鍵でも、公開鍵を含むファイルでもありません`,
  noFile: (path) => `${path} を読めません。`,
};
