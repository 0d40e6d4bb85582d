/** `kidoban log replay`: what one agent saw, said, asked, was answered and did, in order. */

export const en = {
  command: "in order, what an agent saw, said, asked, was answered and did",
  from: "from this time on (2026-11-21, 2026-11-21T09:00, or 90m, 24h, 7d ago)",
  to: "up to this time",
  title: (agent: string, from: string, to: string) => `${agent}, ${from} – ${to}`,
  none: "Nothing of this agent is on record in this time.",
  most: (count: number) => `Only the newest ${count} steps are shown; name a shorter time.`,
  verbs: {
    saw: "saw",
    said: "said",
    asked: "asked",
    answered: "was answered",
    did: "did",
    refused: "was refused",
    note: "·",
  },
  list: (method: string, count: number) => `${method}: ${count} ${count === 1 ? "definition" : "definitions"}`,
  listNotKept: "Of lists only digests are on record; what a lock holds is in the archived configuration.",
  relayed: (server: string, method: string) => `${server} sent ${method}; its text is not kept`,
  question: (server: string, method: string) => `${server} asked its client: ${method}`,
  questionAnswer: (says: string) => `the client's answer: ${says}`,
  result: (outcome: string) => `result: ${outcome}`,
  untrusted: "Text behind │ was written by the agent, its client or a server; what cannot be seen in it is marked.",
};

export const ja: typeof en = {
  command: "エージェントが見たもの・言ったこと・確認したこと・得た回答・行ったことを順に示します",
  from: "この時刻から（2026-11-21、2026-11-21T09:00、または 90m・24h・7d 前）",
  to: "この時刻まで",
  title: (agent, from, to) => `${agent}、${from} – ${to}`,
  none: "この時間に、このエージェントの記録はありません。",
  most: (count) => `新しいほうから ${count} 件だけを示しています。時間を短く指定してください。`,
  verbs: { saw: "見た", said: "言った", asked: "確認", answered: "回答", did: "実行", refused: "拒否", note: "・" },
  list: (method, count) => `${method}: 定義 ${count} 件`,
  listNotKept: "一覧については、ダイジェストだけが記録されています。ロックの内容は保管された設定にあります。",
  relayed: (server, method) => `${server} からの ${method}（本文は保管されていません）`,
  question: (server, method) => `${server} からクライアントへの質問: ${method}`,
  questionAnswer: (says) => `クライアントの答え: ${says}`,
  result: (outcome) => `結果: ${outcome}`,
  untrusted:
    "│ の後の文字列は、エージェント、そのクライアント、またはサーバーが書いたものです。目に見えない文字は印で示します。",
};
