/** What `kidoban init` says, and with it the comments in the files that it writes. */

import { en as commentsEn, ja as commentsJa } from "./init-comments.ts";
import { listed } from "./words.ts";

export const en = {
  found: "MCP servers in your clients' configuration:",
  none: (files: readonly string[]) =>
    `No MCP servers found. Looked at:\n${listed(files)}\nName a client with --client, or run this in your project's folder.`,
  allWrapped: "Every server that can be wrapped is behind Kidoban already. Nothing to do.",
  nothingToWrap: "None of these servers can be put behind Kidoban as it is; see the reasons above.",
  becomes: (name: string, id: string) => (name === id ? name : `${name} → ${id}`),
  wrapped: (count: number) => (count === 1 ? "1 entry is wrapped already" : `${count} entries are wrapped already`),
  left: (name: string, why: string) => `${name}: stays as it is, NOT behind Kidoban: ${why}`,
  why: {
    disabled: () => "it is switched off in the client",
    transport: (value: string) =>
      `its transport (${value}) is none that Kidoban speaks; those are stdio and Streamable HTTP`,
    variable: (value: string) =>
      `only the client can fill in ${value}. Write the value itself in its place; init then moves it into a file of mode 0600`,
    "client-setting": (value: string) => `only the client understands its setting "${value}"`,
    twice: (value: string) => `"${value}" stands there twice. Remove one`,
    unreadable: () => "its settings are not of a shape that Kidoban can read",
    form: () =>
      "it is written in a form that cannot be changed without losing comments. Give it a table [mcp_servers.NAME] of its own",
    "secret-in-args": () =>
      "a secret stands in its arguments, where every process can read it. Give it in an environment variable, if the server knows one",
    "secret-in-url": () =>
      "a secret stands in its URL, which ends up in logs. Give it in a header, if the server knows one",
    folder: (value: string) =>
      `"${value}" depends on the folder in which the client is started. Write an absolute path`,
    "no-command": (value: string) => `its program "${value}" was not found on your PATH`,
    project: () =>
      "it comes from this project's files, and reviewing a server runs it. Look at its command first, then give --project",
    skipped: () => "left out as you asked",
  },
  unreadableFile: (file: string, line: number, column: number, fault: string) =>
    `${file}:${line}:${column}: cannot be read (${fault}); left as it is`,
  notUtf8: (file: string) => `${file}: is not UTF-8; left as it is`,
  codexAsks:
    "Codex stops asking about these tools itself (default_tools_approval_mode, unless you have set it): the gate asks, and where Codex may not ask, as in `codex exec`, it would refuse every write before the gate sees it.",
  filterStays: "its client's limit of tools stays; a list of allowed ones names kidoban_wait too",
  filterMoves: (allow: string | undefined, deny: string | undefined) =>
    [
      "its client's limit of tools moves into the manifest (tools:), as far as the server has them:",
      ...(allow === undefined ? [] : [`only ${allow === "" ? "none" : allow}`]),
      ...(deny === undefined ? [] : [`not ${deny}`]),
    ].join(" "),
  jointNames:
    "One gate stands for all, as kidoban, and its tools are named SERVER_TOOL. What your clients' other settings say of these servers or their tools by name (permissions, switched-off tools, allowed or excluded servers) is NOT carried over: look at it.",
  sharedFile: (file: string) =>
    `${file} belongs to the project. The paths of this machine will stand in it: do not commit it unless that is what you want.`,
  secrets: (count: number, folder: string) =>
    count === 1
      ? `1 token moves out of the clients' files into ${folder} (mode 0600).`
      : `${count} tokens move out of the clients' files into ${folder} (mode 0600).`,
  ask: {
    servers: "Which servers go behind Kidoban? (↑ ↓ to move, space to change, enter to confirm)",
    access: "What may your agents do? (↑ ↓, enter)",
    accessOption: {
      "read-only": "Reads only: writes are refused",
      "read-write": "Reads pass, writes ask you first",
    },
    approve: "How do you want to approve writes? (↑ ↓, enter)",
    approveOption: {
      operator: "In a terminal (kidoban approve), with a passphrase of yours",
      client: "In the agent's own dialog",
    },
    go: "Write the configuration and wrap these servers?",
    yes: "Yes",
    no: "No",
    accessLimits: {
      "read-only":
        "This does not protect against what a read itself can carry away: the agent sees all that it may read.",
      "read-write":
        "This does not protect against what a read itself can carry away, nor against a write that you approve without reading it.",
    },
    approveLimits: {
      operator:
        "This does not protect against a program that runs as your own OS user: an agent with a shell can read and change what you can, Kidoban's files included.",
      client:
        "This does not protect against a client that answers by itself: a settings file or an automatic mode can say yes in your place. The log marks such answers `client`. Nor does it protect against a program that runs as your own OS user.",
    },
  },
  limits: "No gate sees a client's own file and shell tools: restrict those in the client.",
  missing: (options: readonly string[]) =>
    `no terminal to ask on: give ${options.join(", ")}, or --yes for the defaults`,
  jsonAsks: "--json asks nothing: give --yes or --dry-run with it",
  badOption: (option: string, value: string, allowed: readonly string[]) =>
    `${option} ${value}: must be one of ${allowed.join(", ")}`,
  cancelled: "Stopped. Nothing was changed.",
  temporary: (program: string) =>
    `Kidoban runs from a folder that does not last (${program}). Install it first: npm install -g kidoban`,
  exists: (config: string) =>
    `There is a configuration already: ${config}. It stays as it is, because what it allows was accepted as it is. Add servers to it by hand, then run \`kidoban pin\` and \`kidoban accept\`; or choose another folder with --dir.`,
  interrupted: (folder: string) =>
    `An earlier init did not finish (${folder}). Run \`kidoban undo\` first; it puts everything back.`,
  dryRun: "This is what would be written; nothing was changed.",
  wouldWrite: (file: string) => `  new      ${file}`,
  wouldChange: (file: string) => `  changes  ${file}`,
  trying: (gate: string) => `Trying ${gate}…`,
  tryFault: {
    silent: (seconds: number) => `no answer within ${seconds} s`,
    "not-started": (message: string) => `it could not be started (${message})`,
    ended: (how: string) => `it ended (${how})`,
    "not-json": () => "it wrote something that is not JSON-RPC",
    refused: (method: string) => `it refused ${method}`,
  },
  failed: {
    pin: (reason: string) => `The servers could not be reviewed: ${reason}`,
    try: (entry: string, reason: string) =>
      `The gate was tried in an empty environment and does not work (${entry}): ${reason}`,
    exists: (file: string) => `${file} has come into being meanwhile`,
    changed: (file: string) => `${file} was changed meanwhile by another program. Close the client and try again`,
    journal: (file: string) => `${file} is damaged: what is in it is not what was noted`,
  },
  rolledBack: "Everything was put back as it was.",
  kept: (files: readonly string[]) => `Changed by somebody else meanwhile, therefore not touched:\n${listed(files)}`,
  ready: "Ready. Every gate was started in an empty environment and listed its tools.",
  written: (config: string) => `Configuration: ${config}`,
  backup: (folder: string) =>
    `The clients' files as they were: ${folder} (\`kidoban undo\` puts them back; they still hold the tokens)`,
  next: "Next:",
  nextApprover: (config: string) =>
    `kidoban approver add YOUR_NAME, put the line that it prints under approvers: in ${config}, and run kidoban accept --config ${config}; until then nobody can approve a write`,
  nextAccept: (config: string, gates: readonly string[]) =>
    `kidoban accept --config ${config}, if an earlier configuration of this place is still the accepted one. No tool is listed by ${gates.join(", ")}; that is as it should be only where all its tools write and you chose reads only`,
  nextCheck: (config: string) => `kidoban check --config ${config}`,
  nextRestart: (clients: string) => `Restart ${clients}`,

  comments: commentsEn,
};

export const ja: typeof en = {
  found: "クライアントの設定にある MCP サーバー:",
  none: (files) =>
    `MCP サーバーが見つかりません。次のファイルを調べました:\n${listed(files)}\n--client でクライアントを指定するか、プロジェクトのフォルダーで実行してください。`,
  allWrapped: "門の後ろに置けるサーバーは、すべてすでに置かれています。することはありません。",
  nothingToWrap: "今のままで門の後ろに置けるサーバーはありません。理由は上のとおりです。",
  becomes: (name, id) => (name === id ? name : `${name} → ${id}`),
  wrapped: (count) => `${count} 件はすでに門の後ろにあります`,
  left: (name, why) => `${name}: そのまま残ります（門の後ろには置かれません）。${why}`,
  why: {
    disabled: () => "クライアントで無効になっています",
    transport: (value) => `通信方式（${value}）に対応していません。使えるのは stdio と Streamable HTTP です`,
    variable: (value) =>
      `${value} の値はクライアントにしか分かりません。代わりに値そのものを書いてください。init がモード 0600 のファイルへ移します`,
    "client-setting": (value) => `設定「${value}」はクライアントにしか分かりません`,
    twice: (value) => `「${value}」が二度書かれています。片方を消してください`,
    unreadable: () => "Kidoban に読み取れる形の設定ではありません",
    form: () => "コメントを失わずに書き換えられない書き方です。[mcp_servers.名前] という専用のテーブルにしてください",
    "secret-in-args": () =>
      "引数にシークレットがあります。引数はどのプロセスからも読めます。サーバーが対応していれば環境変数で渡してください",
    "secret-in-url": () =>
      "URL にシークレットがあります。URL はログに残ります。サーバーが対応していればヘッダーで渡してください",
    folder: (value) => `「${value}」はクライアントが起動されたフォルダーによって変わります。絶対パスで書いてください`,
    "no-command": (value) => `プログラム「${value}」が PATH に見つかりません`,
    project: () =>
      "このプロジェクトのファイルに書かれたものです。確認するにはサーバーを起動するので、先にコマンドを確かめてから --project を付けてください",
    skipped: () => "指定により対象外です",
  },
  unreadableFile: (file, line, column, fault) =>
    `${file}:${line}:${column}: 読み取れません（${fault}）。そのまま残します`,
  notUtf8: (file) => `${file}: UTF-8 ではありません。そのまま残します`,
  codexAsks:
    "これらのツールについて、Codex 自身は確認しなくなります（default_tools_approval_mode。ご自身で設定済みならそのままです）。確認は門が行います。この設定がないと、`codex exec` のように Codex が確認できない場面では、書き込みは門に届く前にすべて断られます。",
  filterStays: "クライアントによるツールの制限は残ります。許可するツールの一覧には kidoban_wait も加わります",
  filterMoves: (allow, deny) =>
    [
      "クライアントによるツールの制限は、サーバーにあるものについてマニフェストの tools: へ移します。",
      ...(allow === undefined ? [] : [`許可: ${allow === "" ? "なし" : allow}`]),
      ...(deny === undefined ? [] : [`除外: ${deny}`]),
    ].join(" "),
  jointNames:
    "すべてのサーバーの前に kidoban という一つの門が置かれ、ツールの名前は サーバー_ツール になります。クライアントのほかの設定で、サーバーやツールを名前で指定しているもの（権限、無効にしたツール、許可または除外したサーバー）は引き継がれません。ご確認ください。",
  sharedFile: (file) =>
    `${file} はプロジェクトのファイルです。このマシンのパスが書き込まれるので、意図しない限りコミットしないでください。`,
  secrets: (count, folder) => `${count} 件のトークンをクライアントのファイルから ${folder}（モード 0600）へ移します。`,
  ask: {
    servers: "どのサーバーを門の後ろに置きますか（↑ ↓ で移動、スペースで変更、Enter で確定）",
    access: "エージェントに何を許しますか（↑ ↓ と Enter）",
    accessOption: {
      "read-only": "読み取りのみ。書き込みは拒否します",
      "read-write": "読み取りは通し、書き込みは先にあなたに確認します",
    },
    approve: "書き込みをどのように承認しますか（↑ ↓ と Enter）",
    approveOption: {
      operator: "端末で（kidoban approve）。自分のパスフレーズを使います",
      client: "クライアントの画面で",
    },
    go: "設定を書き、これらのサーバーの前に門を置きますか。",
    yes: "はい",
    no: "いいえ",
    accessLimits: {
      "read-only": "読み取りそのものによる持ち出しは防げません。読んでよいものはすべてエージェントに見えます。",
      "read-write": "読み取りそのものによる持ち出しと、よく読まずに承認された書き込みは防げません。",
    },
    approveLimits: {
      operator:
        "同じ OS ユーザーで動くプログラムは防げません。シェルを使えるエージェントは、Kidoban のファイルも含め、あなたと同じものを読み書きできます。",
      client:
        "クライアントが自ら答えてしまうことは防げません。設定ファイルや自動モードが、あなたの代わりに「はい」と答えられます。そうした回答は、ログに `client` と記されます。同じ OS ユーザーで動くプログラムも防げません。",
    },
  },
  limits: "クライアント自身のファイル操作やシェルは、どの門からも見えません。クライアントの側で制限してください。",
  missing: (options) =>
    `確認できる端末がありません。${options.join("、")} を指定するか、既定値でよければ --yes を付けてください`,
  jsonAsks: "--json では確認できません。--yes か --dry-run を付けてください",
  badOption: (option, value, allowed) => `${option} ${value}: 指定できるのは ${allowed.join("、")} です`,
  cancelled: "中止しました。何も変更していません。",
  temporary: (program) =>
    `Kidoban が一時的なフォルダー（${program}）から動いています。先にインストールしてください: npm install -g kidoban`,
  exists: (config) =>
    `設定がすでにあります: ${config}。受け入れられた内容なので、そのままにします。サーバーを手で書き加えて \`kidoban pin\` と \`kidoban accept\` を実行するか、--dir で別のフォルダーを選んでください。`,
  interrupted: (folder) =>
    `以前の init が途中で終わっています（${folder}）。先に \`kidoban undo\` を実行してください。すべて元に戻ります。`,
  dryRun: "書き込む内容は次のとおりです。何も変更していません。",
  wouldWrite: (file) => `  新規  ${file}`,
  wouldChange: (file) => `  変更  ${file}`,
  trying: (gate) => `${gate} を試しています…`,
  tryFault: {
    silent: (seconds) => `${seconds} 秒以内に応答がありません`,
    "not-started": (message) => `起動できません（${message}）`,
    ended: (how) => `終了しました（${how}）`,
    "not-json": () => "JSON-RPC ではないものを書き出しました",
    refused: (method) => `${method} を拒否しました`,
  },
  failed: {
    pin: (reason) => `サーバーを確認できませんでした: ${reason}`,
    try: (entry, reason) => `空の環境で門を試しましたが、動きません（${entry}）: ${reason}`,
    exists: (file) => `${file} がその間に作られました`,
    changed: (file) =>
      `${file} がその間に別のプログラムによって変更されました。クライアントを閉じて、もう一度お試しください`,
    journal: (file) => `${file} が壊れています。内容が記録と一致しません`,
  },
  rolledBack: "すべて元に戻しました。",
  kept: (files) => `その間に変更されたため、触れていません:\n${listed(files)}`,
  ready: "準備ができました。すべての門が空の環境で起動し、ツールの一覧を返しました。",
  written: (config) => `設定: ${config}`,
  backup: (folder) => `元のファイル: ${folder}（\`kidoban undo\` で元に戻ります。トークンもそのまま入っています）`,
  next: "次にすること:",
  nextApprover: (config) =>
    `kidoban approver add 名前 を実行し、表示された行を ${config} の approvers: に書き、kidoban accept --config ${config} を実行してください。それまで書き込みは誰も承認できません`,
  nextAccept: (config, gates) =>
    `以前この場所で受け入れた設定がまだ有効な場合は kidoban accept --config ${config} を実行してください。${gates.join("、")} のツールは一つも表示されません。すべてのツールが書き込みで、読み取りのみを選んだ場合に限り、それで正しい動作です`,
  nextCheck: (config) => `kidoban check --config ${config}`,
  nextRestart: (clients) => `${clients} を再起動してください`,

  comments: commentsJa,
};
