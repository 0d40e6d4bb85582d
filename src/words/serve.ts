/** `kidoban serve`, `kidoban token` and `kidoban connect`. */

export const en = {
  listening: (url: string) => `Kidoban listens on ${url}`,
  sockets: (folder: string) => `One socket for each agent: ${folder}/AGENT/gate.sock`,
  console: (url: string) => `The approvers' pages: ${url}`,
  badListen: (text: string) => `--listen takes HOST:PORT, such as 127.0.0.1:7310; ${text} is none`,
  noSuchAgent: (name: string) => `There is no agent ${name}: manifests/${name}.yaml is missing.`,
  badDuration: (text: string) => `${text} is no duration; write 90d, 12h or 30m`,
  issued: (id: string, agent: string, until: string) =>
    `Token ${id} for agent ${agent}, good until ${until}. It is shown this once:`,
  replaced: (id: string, until: string) => `Token ${id} ends at ${until}.`,
  ask: (agent: string) => `Whoever holds the token is ${agent} to the gate. Type yes to issue it`,
  yes: ["yes", "y"],
  left: "Nothing was issued.",
  notApprover: (name: string) =>
    `${name} is not an approver of the accepted configuration under this key; a token is issued by an approver.`,
  revoked: (id: string, agent: string) => `Token ${id} of agent ${agent} is revoked.`,
  noneToRevoke: (agent: string) => `Agent ${agent} has no token that holds.`,
  noneToRotate: (agent: string) =>
    `Agent ${agent} has no token that holds; issue one with: kidoban token issue ${agent}`,
  none: "No tokens have been issued.",
  states: { holds: "holds", expired: "expired", revoked: "revoked" },
  row: (id: string, agent: string, state: string, issued: string, until: string) =>
    `${id}  ${agent}  ${state}  issued ${issued}  until ${until}`,
};

export const ja: typeof en = {
  listening: (url) => `${url} で待ち受けています`,
  sockets: (folder) => `エージェントごとのソケット: ${folder}/エージェント名/gate.sock`,
  console: (url) => `承認者のページ: ${url}`,
  badListen: (text) => `--listen には 127.0.0.1:7310 のように HOST:PORT を指定してください（${text} は使えません）`,
  noSuchAgent: (name) => `エージェント ${name} はありません（manifests/${name}.yaml がありません）。`,
  badDuration: (text) => `${text} は期間として読めません。90d、12h、30m のように書いてください`,
  issued: (id, agent, until) =>
    `エージェント ${agent} のトークン ${id} です（期限: ${until}）。表示されるのは今回だけです:`,
  replaced: (id, until) => `トークン ${id} は ${until} に失効します。`,
  ask: (agent) => `このトークンを持つ者は、門からは ${agent} と見なされます。発行するには「はい」と入力してください`,
  yes: ["はい", "yes", "y"],
  left: "何も発行しませんでした。",
  notApprover: (name) =>
    `${name} はこの鍵では受け入れ済みの設定の承認者ではありません。トークンの発行は承認者が行います。`,
  revoked: (id, agent) => `エージェント ${agent} のトークン ${id} を失効させました。`,
  noneToRevoke: (agent) => `エージェント ${agent} に有効なトークンはありません。`,
  noneToRotate: (agent) =>
    `エージェント ${agent} に有効なトークンはありません。kidoban token issue ${agent} で発行してください`,
  none: "発行済みのトークンはありません。",
  states: { holds: "有効", expired: "期限切れ", revoked: "失効" },
  row: (id, agent, state, issued, until) => `${id}  ${agent}  ${state}  発行 ${issued}  期限 ${until}`,
};
