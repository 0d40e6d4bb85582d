/** Time stamps of the log's checkpoints: `kidoban log stamp`, what `kidoban log verify` and `kidoban serve` say of them. */

import { wordFor } from "./words.ts";

const problems = {
  unreachable: "the authority could not be reached",
  timeout: "the authority did not answer in time",
  status: "the authority did not answer as RFC 3161 says (another HTTP status than 200; redirects are not followed)",
  "too-long": "the answer is longer than any stamp",
  ca: "the file of `ca` cannot be read, or holds no authority's certificate",
  checkpoint: "the log has no checkpoint yet that its key has signed",
  unwritable: "the stamp could not be kept beside the log",
  malformed: "what came is no time stamp",
  refused: "the authority refused",
  imprint: "the stamp is of something else",
  nonce: "the stamp is no answer to what was asked",
  signature: "the stamp's signature does not fit",
  certificate: "the stamp does not name the certificate that signed it (ESSCertIDv2)",
  usage: "the certificate that signed it is not for time stamps alone",
  untrusted: "the certificate that signed it does not lead to the authority that is trusted",
  expired: "the certificate that signed it, or one above, was not valid then",
  algorithm: "it was signed by an algorithm that is too weak, or not known here",
};
const problemsJa: typeof problems = {
  unreachable: "タイムスタンプ局に接続できませんでした",
  timeout: "タイムスタンプ局から時間内に応答がありませんでした",
  status:
    "タイムスタンプ局の応答が RFC 3161 のとおりではありません（HTTP ステータスが 200 以外。リダイレクトには従いません）",
  "too-long": "応答がタイムスタンプとしては長すぎます",
  ca: "`ca` のファイルを読めないか、認証局の証明書が入っていません",
  checkpoint: "ログの鍵で署名されたチェックポイントがまだありません",
  unwritable: "タイムスタンプをログの隣に保存できませんでした",
  malformed: "届いたものはタイムスタンプではありません",
  refused: "タイムスタンプ局が発行を拒否しました",
  imprint: "別のものに対するタイムスタンプです",
  nonce: "こちらの要求に対する応答ではありません",
  signature: "タイムスタンプの署名が合いません",
  certificate: "署名した証明書がタイムスタンプの中で示されていません（ESSCertIDv2）",
  usage: "署名した証明書が、タイムスタンプ専用のものではありません",
  untrusted: "署名した証明書から、信頼する認証局までたどれません",
  expired: "署名した証明書か、その上位の証明書が、発行時に有効ではありませんでした",
  algorithm: "署名のアルゴリズムが弱すぎるか、未対応のものです",
};
export type StampProblemCode = keyof typeof problems;

/** Of a problem as the state has noted it. */
export const stampProblemText = (problem: string, words: typeof en): string =>
  wordFor(words.problems, problem) ?? problem;

const faults = {
  "note-missing": "the checkpoint that it is of is not beside it",
  "other-history": "this log never had that checkpoint: it was rewritten, or the stamp is another log's",
  "rolled-back": "it is of more than this log has: the log was cut or replaced by an older copy",
};
const faultsJa: typeof faults = {
  "note-missing": "対象のチェックポイントが隣にありません",
  "other-history":
    "このログにそのチェックポイントがあったことはありません。ログが書き換えられたか、別のログのタイムスタンプです",
  "rolled-back": "このログより先の内容に対するものです。ログが切り詰められたか、古いコピーに置き換えられています",
};

export const en = {
  command: "have the log's checkpoint stamped by a time-stamping authority (RFC 3161), now",
  tsa: "URL of the authority; left out: `log.timestamp` of the accepted configuration",
  ca: "PEM file of the authority's root certificate, with --tsa",
  verifyCa:
    "check time stamps of checkpoints, too: PEM file of the authority's root certificate, got from the authority",

  problems,
  faults: {
    ...problems,
    ...faults,
    checkpoint: "what it is of is no checkpoint that this log's key has signed, of that size",
  },
  taken: (size: number, time: string, authority: string) =>
    `Stamped: the checkpoint of ledger size ${size} existed at ${time}, says ${authority}.`,
  nothingNew: (size: number) => `The newest checkpoint, of ledger size ${size}, is stamped already.`,
  notTaken: (problem: StampProblemCode) => `NOT STAMPED: ${problems[problem]}.`,
  busy: "Another process is having the log stamped. Nothing was done here.",
  unsaid:
    "Say who is to be asked: --tsa URL and --tsa-ca FILE, or `log.timestamp` in a configuration that is accepted.",
  badUrl: (found: string) => `\`${found}\` is not an http or https URL without user and password.`,
  badCa: (path: string) => `${path} cannot be read, or holds no authority's certificate in PEM.`,
  apart: (span: string) => `The authority's clock and this machine's are ${span} apart.`,

  failing: (problem: StampProblemCode) =>
    `the log's checkpoints are not being stamped: ${problems[problem]}. The gate goes on, and it is tried again.`,
  again: "the log's checkpoints are stamped again.",

  existed: (size: number, time: string, authority: string) =>
    `Stamped: what the ledger held up to line ${size} existed at ${time}, by the authority ${authority}.`,
  more: (count: number, first: string) => `${count} stamps fit, the first of ${first}.`,
  unstamped: (lines: number) =>
    `${lines === 1 ? "1 line" : `${lines} lines`} of the ledger came after that and ${lines === 1 ? "is" : "are"} not under a stamp.`,
  ahead: (size: number, span: string) =>
    `The log's own clock was ${span} ahead of the authority's at the stamp of line ${size}: believe the authority's time.`,
  none: "No checkpoint of this log was stamped.",
  unchecked: (count: number) =>
    `${count === 1 ? "1 checkpoint was" : `${count} checkpoints were`} stamped by an authority; not checked: give its root certificate with --tsa-ca.`,
};

export const ja: typeof en = {
  command: "ログのチェックポイントに、今すぐタイムスタンプ局（RFC 3161）のタイムスタンプを付ける",
  tsa: "タイムスタンプ局の URL（省略時は、受け入れ済みの設定の `log.timestamp`）",
  ca: "タイムスタンプ局のルート証明書の PEM ファイル（--tsa と併せて指定）",
  verifyCa: "チェックポイントのタイムスタンプも検証する。タイムスタンプ局から入手したルート証明書の PEM ファイルを指定",

  problems: problemsJa,
  faults: {
    ...problemsJa,
    ...faultsJa,
    checkpoint: "対象が、このログの鍵で署名されたその大きさのチェックポイントではありません",
  },
  taken: (size, time, authority) =>
    `タイムスタンプを付けました。台帳の大きさ ${size} のチェックポイントは、${time} に存在していました（${authority} による）。`,
  nothingNew: (size) => `最新のチェックポイント（台帳の大きさ ${size}）には、すでにタイムスタンプがあります。`,
  notTaken: (problem) => `タイムスタンプを付けられませんでした: ${problemsJa[problem]}。`,
  busy: "別のプロセスがタイムスタンプを取得しています。ここでは何も行いませんでした。",
  unsaid:
    "どのタイムスタンプ局を使うか、--tsa URL と --tsa-ca ファイル、または受け入れ済みの設定の `log.timestamp` で指定してください。",
  badUrl: (found) => `\`${found}\` は、ユーザー名とパスワードを含まない http または https の URL ではありません。`,
  badCa: (path) => `${path} を読めないか、PEM 形式の認証局の証明書が入っていません。`,
  apart: (span) => `タイムスタンプ局の時計とこのマシンの時計が ${span} ずれています。`,

  failing: (problem) =>
    `ログのチェックポイントにタイムスタンプを付けられていません: ${problemsJa[problem]}。門はそのまま動き、取得を再試行します。`,
  again: "ログのチェックポイントに、再びタイムスタンプを付けられるようになりました。",

  existed: (size, time, authority) =>
    `タイムスタンプ: 台帳の ${size} 行目までの内容は、${time} に存在していました（タイムスタンプ局 ${authority} による）。`,
  more: (count, first) => `${count} 件のタイムスタンプが合っています。最初のものは ${first} です。`,
  unstamped: (lines) => `台帳のその後の ${lines} 行には、まだタイムスタンプがありません。`,
  ahead: (size, span) =>
    `${size} 行目のタイムスタンプの時点で、ログ自身の時計はタイムスタンプ局より ${span} 進んでいました。タイムスタンプ局の時刻を信じてください。`,
  none: "このログのチェックポイントにタイムスタンプは付いていません。",
  unchecked: (count) =>
    `${count} 件のチェックポイントにタイムスタンプがありますが、検証していません。タイムスタンプ局のルート証明書を --tsa-ca で指定してください。`,
};
