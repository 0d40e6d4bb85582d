/** `kidoban accept`: who may do more, who less, and under whose name it comes into force. */

export const en = {
  first: (config: string) => `Nothing of ${config} is accepted yet. With it, this comes into force:`,
  title: (config: string) => `${config} differs from what is accepted.`,
  same: "The files are what is accepted. Nothing waits.",
  waits: "Waits for you (more becomes possible, or something else than before):",
  holds: "Holds already (less is possible):",
  noRights: "No agent's rights change.",
  columns: { agent: "agent", what: "what", before: "before", after: "after", why: "why" },
  effects: { allow: "allowed", ask: "asks", deny: "denied", depends: "depends on arguments" },
  why: {
    effect: "",
    approval: "the terms of approval",
    rules: "the rules or their conditions",
    definition: "the reviewed definition",
    endpoint: "the command or address behind it",
  },
  change: {
    approver: "approver",
    server: "server",
    root: "root of server",
    naming: "tool names of server",
    timeout: "time-out of server",
    secret: "secret",
    floor: "terms of every ask",
    wait: "waiting time of agent",
  },
  nothing: "–",
  mustSign: (names: string) => `An approver of the accepted configuration must sign: ${names}.`,
  unsigned:
    "The accepted configuration names no approver, so nobody signs: whoever can run this command can accept. To change that, see: kidoban approver add NAME",
  ask: "Accept this? Type yes to accept; anything else leaves it:",
  yes: ["yes"],
  left: "Nothing was accepted.",
  accepted: (by: string) => `Accepted by ${by}. Running gates take it up by themselves.`,
  overtaken: "Something else was accepted meanwhile. Nothing was accepted here; run it again.",
  notApprover: (name: string) =>
    `${name} is not an approver of the accepted configuration under this key. A change cannot bring its own approvers. Nothing was accepted.`,
};

export const ja: typeof en = {
  first: (config) => `${config} はまだ受け入れられていません。受け入れると、次の内容が有効になります。`,
  title: (config) => `${config} が、受け入れ済みの設定と異なっています。`,
  same: "ファイルは受け入れ済みの設定と同じです。待っている変更はありません。",
  waits: "受け入れを待っている変更（できることが増えるか、これまでと異なるもの）:",
  holds: "すでに有効な変更（できることが減るもの）:",
  noRights: "エージェントの権限に変わりはありません。",
  columns: { agent: "エージェント", what: "対象", before: "変更前", after: "変更後", why: "理由" },
  effects: { allow: "許可", ask: "人に確認", deny: "拒否", depends: "引数による" },
  why: {
    effect: "",
    approval: "承認の条件",
    rules: "ルールまたはその条件",
    definition: "確認済みの定義",
    endpoint: "実行するコマンドまたは接続先",
  },
  change: {
    approver: "承認者",
    server: "サーバー",
    root: "サーバーの root",
    naming: "サーバーのツール名",
    timeout: "サーバーの制限時間",
    secret: "シークレット",
    floor: "すべての承認の条件",
    wait: "エージェントの待ち時間",
  },
  nothing: "–",
  mustSign: (names) => `受け入れ済みの設定の承認者による署名が必要です: ${names}`,
  unsigned:
    "受け入れ済みの設定に承認者がいないため、署名はありません。このコマンドを実行できる人なら誰でも受け入れられます。承認者を置くには kidoban approver add 名前 を実行してください。",
  ask: "受け入れますか。受け入れる場合は「はい」か yes と入力してください（それ以外では何もしません）:",
  yes: ["yes", "はい"],
  left: "何も受け入れませんでした。",
  accepted: (by) => `${by} が受け入れました。動作中の門は自動的に新しい設定に移ります。`,
  overtaken: "その間に別の内容が受け入れられました。何も受け入れていません。もう一度実行してください。",
  notApprover: (name) =>
    `${name} は、この鍵では受け入れ済みの設定の承認者ではありません。変更する側が承認者を持ち込むことはできません。何も受け入れませんでした。`,
};
