/** What people are told outside the console, and what `kidoban notify` prints. A message never holds arguments or reasons. */

import { wordFor } from "./words.ts";

export const en = {
  titles: {
    "request.opened": (code: string) => `Approval needed: ${code}`,
    "request.stage": (code: string) => `Approval needed, next stage: ${code}`,
    "request.escalated": (code: string) => `Still unanswered, now yours too: ${code}`,
    "stop.placed": () => "STOP: nothing is forwarded any more",
    "glass.broken": (code: string) => `GLASS BROKEN: approved by one person past the quorum: ${code}`,
    test: () => "Test message from Kidoban",
  },
  facts: {
    agent: "Agent",
    what: "Asks for",
    access: "Does",
    rules: "Asked by",
    code: "Code",
    need: "Answers needed",
    until: "Open until",
    by: "By",
    stop: "Stop",
    stopped: "Stopped",
  },
  accesses: { read: "reads", write: "writes" },
  destructive: "writes, and can destroy",
  needed: (count: number, groups: string) => (groups === "" ? String(count) : `${count}, of ${groups}`),
  everybody: "every agent",
  more: (count: number) => `… (${count} more characters)`,
  open: "Open the request",
  answerable:
    "What it would do, in full, stands in the console, behind a login. Nothing can be approved from this message.",
  stopped: "A person placed it. Lift it with kidoban resume.",
  broken: "If nobody told you why, ask now. The log holds it.",
  tested: "Somebody tried whether this channel works. Nothing waits for you.",

  /** Codes of what went wrong, as they stand in the outbox and in the log; HTTP and SMTP statuses speak for themselves. */
  problems: {
    timeout: "no answer in time",
    "private-address": "its address lies in a private network, which the configuration does not allow",
    "bad-address": "the address is not one that a message may be sent to",
    secret: "a secret of it cannot be read",
    "not-encrypted": "the mail server offers no encryption",
    certificate: "the certificate is not trusted",
    login: "the mail server refused the login",
    redirect: "it redirects elsewhere, which is not followed",
    late: "nobody took it before its time was over",
  },
  unreachable: (code: string) => `it cannot be reached (${code})`,
  columns: ["channel", "message"],
  sent: "taken",
  failed: (problem: string) => `failed: ${problem}`,
  notAccepted: "not tried: it is not accepted yet (kidoban accept)",
  none: "The accepted configuration has no channels (notify: in kidoban.yaml).",
  allSent: "Every channel took the test message. Look whether it arrived.",
  nobodyAccepted: "Nothing is accepted of this configuration yet. A first start, or kidoban accept, does that.",
};

export const ja: typeof en = {
  titles: {
    "request.opened": (code) => `承認が必要です: ${code}`,
    "request.stage": (code) => `次の段階の承認が必要です: ${code}`,
    "request.escalated": (code) => `まだ回答がないため、あなたにもお願いします: ${code}`,
    "stop.placed": () => "停止: 何も通していません",
    "glass.broken": (code) => `緊急承認: 必要な人数を待たずに一人が承認しました: ${code}`,
    test: () => "Kidoban からのテスト通知",
  },
  facts: {
    agent: "エージェント",
    what: "求めているもの",
    access: "動作",
    rules: "確認を求めたルール",
    code: "コード",
    need: "必要な回答",
    until: "期限",
    by: "行った人",
    stop: "停止",
    stopped: "対象",
  },
  accesses: { read: "読み取り", write: "書き込み" },
  destructive: "書き込み（破壊的な場合があります）",
  needed: (count, groups) => (groups === "" ? `${count} 名` : `${count} 名（${groups}）`),
  everybody: "すべてのエージェント",
  more: (count) => `…（あと ${count} 文字）`,
  open: "依頼を開く",
  answerable: "詳しい内容は、ログインのうえコンソールでご覧ください。この通知から承認することはできません。",
  stopped: "人が停止しました。解除するには kidoban resume を実行してください。",
  broken: "理由を聞いていない場合は、すぐに確認してください。理由はログに記録されています。",
  tested: "この通知先が使えるかどうかを確かめるためのものです。お待ちしている依頼はありません。",

  problems: {
    timeout: "時間内に応答がありません",
    "private-address": "宛先が、設定で許可されていないプライベートネットワークにあります",
    "bad-address": "通知を送ることのできない宛先です",
    secret: "必要なシークレットを読めません",
    "not-encrypted": "メールサーバーが暗号化に対応していません",
    certificate: "証明書を信頼できません",
    login: "メールサーバーにログインを拒否されました",
    redirect: "別の場所へ転送されましたが、転送には従いません",
    late: "期限までに届けられませんでした",
  },
  unreachable: (code) => `接続できません（${code}）`,
  columns: ["通知先", "結果"],
  sent: "受け付けられました",
  failed: (problem) => `失敗: ${problem}`,
  notAccepted: "送っていません: まだ受け入れられていません（kidoban accept）",
  none: "受け入れ済みの設定に通知先がありません（kidoban.yaml の notify:）。",
  allSent: "すべての通知先がテスト通知を受け付けました。届いているかどうかを確かめてください。",
  nobodyAccepted:
    "この設定はまだ何も受け入れられていません。最初の起動、または kidoban accept によって受け入れられます。",
};

/** Of a code in the outbox or the log. A status speaks for itself. */
export function problemText(problem: string, words: typeof en): string {
  const known = wordFor(words.problems, problem);
  if (known !== undefined) return known;
  return /^(?:HTTP|SMTP) \d{1,3}$/.test(problem) ? problem : words.unreachable(problem);
}
