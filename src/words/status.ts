/** `kidoban` alone: where things stand and what to do next. */

export const en = {
  title: (version: string) => `Kidoban ${version}`,
  labels: {
    config: "Configuration",
    state: "State",
    gates: "Gates",
    requests: "Requests",
    stops: "Stops",
    sealed: "SEALED",
  },
  noConfig: "none given (--config FILE or $KIDOBAN_CONFIG)",
  missing: (path: string) => `${path} is not there`,
  broken: (path: string, errors: number) =>
    `${path} has ${errors === 1 ? "1 error" : `${errors} errors`}; nothing of it comes into force`,
  accepted: (path: string, by: string, at: string) => `${path}, accepted ${at} by ${by}`,
  waiting: (path: string, by: string, at: string) =>
    `${path}: a change waits for acceptance (in force: what ${by} accepted ${at})`,
  fresh: (path: string) => `${path}, not accepted yet: the first start takes it as it is`,
  known: (count: number) => `; this state knows ${count === 1 ? "one" : String(count)}`,
  others: (count: number) => `; this state knows ${count} ${count === 1 ? "other" : "others"}`,
  noState: (dir: string) => `none yet; the first start makes ${dir}`,
  noGates: "none running",
  gate: (agent: string | undefined, pid: number) => `${agent ?? "all agents"} (pid ${pid})`,
  sealed: (gate: string, reason: string) => `${gate} forwards nothing: ${reason}`,
  noRequests: "none waiting",
  requests: (count: number, code: string, agent: string, age: string) =>
    `${count} waiting, the oldest ${code} of ${agent} for ${age}`,
  noStops: "none in force",
  stop: (id: string, whom: string, reason: string) => `${id} for ${whom}: ${reason}`,
  next: "Next",
  steps: {
    init: "put the gate in front of your clients' servers",
    fix: "see what is wrong, and where",
    sealed: "see why the log cannot be written, and what to do",
    resume: "lift the stop once its cause is gone",
    approve: "somebody waits for your answer",
    "name-config": "say which configuration you mean",
    pin: "review what this server offers",
    approver: "writes ask, and nobody could answer: make a key",
    accept: "see what the change makes possible, and accept it",
    start: "let a client start the gate (this is the command it needs)",
    check: "all is up; see what could be better",
  },
};

/** A person, or the first start of a gate, as it is recorded. */
const whoJa = (by: string): string => (by === "first start" ? "最初の起動で" : ` ${by} が`);

export const ja: typeof en = {
  title: (version) => `Kidoban ${version}`,
  labels: { config: "設定", state: "状態", gates: "門", requests: "依頼", stops: "停止", sealed: "封印" },
  noConfig: "指定なし（--config FILE または $KIDOBAN_CONFIG）",
  missing: (path) => `${path} がありません`,
  broken: (path, errors) => `${path} に誤りが ${errors} 件あります。直すまで有効になりません`,
  accepted: (path, by, at) => `${path}（${at} に${whoJa(by)}受け入れ）`,
  waiting: (path, by, at) => `${path}: 変更が受け入れを待っています（有効なのは ${at} に${whoJa(by)}受け入れたもの）`,
  fresh: (path) => `${path}（まだ受け入れられていません。最初の起動時にそのまま受け入れられます）`,
  known: (count) => `。この状態フォルダーには ${count} 個の設定があります`,
  others: (count) => `。この状態フォルダーにはほかに ${count} 個の設定があります`,
  noState: (dir) => `まだありません。最初の起動時に ${dir} が作られます`,
  noGates: "動作中のものはありません",
  gate: (agent, pid) => `${agent ?? "全エージェント"}（pid ${pid}）`,
  sealed: (gate, reason) => `${gate} は何も通しません: ${reason}`,
  noRequests: "待っているものはありません",
  requests: (count, code, agent, age) => `${count} 件が回答待ち。最も古いものは ${agent} の ${code}（${age}前）`,
  noStops: "有効なものはありません",
  stop: (id, whom, reason) => `${id}（対象: ${whom}）: ${reason}`,
  next: "次の一手",
  steps: {
    init: "クライアントの MCP サーバーの前に門を置きます",
    fix: "どこが誤っているかを確認します",
    resume: "原因がなくなったら、停止を解除します",
    approve: "回答を待っている依頼があります",
    "name-config": "どの設定を使うかを指定します",
    pin: "このサーバーが提供する内容を確認します",
    approver: "書き込みは人に確認しますが、回答できる承認者がいません。鍵を作ります",
    accept: "変更で何ができるようになるかを確認し、受け入れます",
    start: "クライアントに門を起動させます（これがそのコマンドです）",
    sealed: "ログを書けない理由と対処を確認します",
    check: "すべて動いています。改善できる点を確認します",
  },
};
