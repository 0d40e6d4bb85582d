/** What is wrong in a configuration file, one sentence per code: lower case, one line, no full stop. */

const meant = (suggestion: string): string => (suggestion === "" ? "" : `; did you mean \`${suggestion}\`?`);
const types: Readonly<Record<string, string>> = {
  string: "a text",
  array: "a list",
  object: "a mapping",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  null: "nothing",
};
const type = (name: string): string => types[name] ?? name;

export const en = {
  "yaml-syntax": (v: { detail: string }) => `this is not valid YAML: ${v.detail}`,
  "yaml-directive": (v: { directive: string }) =>
    `the directive \`${v.directive}\` is not allowed: these files are always YAML 1.2`,
  "yaml-alias": (v: { name: string }) =>
    `anchors and aliases are not allowed (\`${v.name}\`): write the value out where it counts`,
  "yaml-tag": (v: { tag: string }) => `tags are not allowed (\`${v.tag}\`)`,
  "several-documents": () => "a second document begins here; a file holds one",
  "duplicate-key": (v: { key: string; line: string }) => `\`${v.key}\` is already set in line ${v.line}`,
  "key-not-text": () => "a key must be a text; put it in quotes",
  "key-forbidden": (v: { key: string }) => `\`${v.key}\` cannot be a key`,
  "number-not-json": () => "this is not a number that JSON knows",
  "too-deep": (v: { limit: string }) => `nested more than ${v.limit} levels deep`,
  "too-large": (v: { limit: string }) => `larger than ${v.limit} bytes`,
  "not-utf8": () => "this file is not UTF-8",
  "empty-file": () => "this file is empty",

  "unknown-key": (v: { key: string; suggestion: string; known: string }) =>
    `unknown key \`${v.key}\`${v.suggestion === "" ? `; known here: ${v.known}` : meant(v.suggestion)}`,
  "missing-key": (v: { key: string }) => `\`${v.key}\` is missing here`,
  "wrong-type": (v: { expected: string; found: string }) => `this must be ${type(v.expected)}, not ${type(v.found)}`,
  "wrong-value": (v: { found: string; allowed: string; suggestion: string }) =>
    `\`${v.found}\` is not one of ${v.allowed}${meant(v.suggestion)}`,
  "wrong-version": (v: { found: string }) => `this version of Kidoban reads \`kidoban: 1\`, not ${v.found}`,
  "bad-id": (v: { found: string }) =>
    `\`${v.found}\` is not an id: lower-case letters, digits and hyphens, a letter first, at most 64 characters`,
  "bad-duration": (v: { found: string }) => `\`${v.found}\` is not a duration such as 30s, 15m, 12h or 90d`,
  "duration-range": (v: { found: string; least: string; most: string }) =>
    `\`${v.found}\` is not between ${v.least} and ${v.most}`,
  "bad-date": (v: { found: string }) => `\`${v.found}\` is not a date such as 2026-11-21`,
  "empty-text": () => "this must not be empty",
  "empty-list": () => "this list must not be empty",
  "out-of-range": (v: { found: string }) => `\`${v.found}\` is out of range`,

  "server-reserved": () => "the server id `kidoban` is the gate's own",
  "server-transport": () => "a server has either `command` or `url`, and exactly one of them",
  "key-of-other-transport": (v: { key: string; needs: string }) =>
    `\`${v.key}\` belongs to a server with \`${v.needs}\``,
  "bad-url": () => "this is not an absolute http or https URL",
  "url-not-https": () => "this must be an https URL, or one of this machine",
  "bad-address": (v: { found: string }) => `\`${v.found}\` is not HOST:PORT, such as 127.0.0.1:7310`,
  "bad-user": (v: { found: string }) => `\`${v.found}\` is not the name of an OS user, such as docs-agent`,
  "bad-host": (v: { found: string }) => `\`${v.found}\` is not a host name in lower case, without port`,
  "bad-origin": (v: { found: string }) => `\`${v.found}\` is not an origin, such as https://app.example.com`,
  "jwt-audience": () => "`audience` is missing here: a token for another service must not open this one",
  "url-password": () => "a URL must not carry a user or password; put the credential into `headers`, by secret",
  "retention-short": (v: { found: string }) =>
    `\`${v.found}\` is less than a year; who has to answer for what agents did is often asked for longer`,
  "url-not-encrypted": (v: { host: string }) => `what is sent to ${v.host} is not encrypted; use https`,
  "bad-header-name": (v: { found: string }) => `\`${v.found}\` cannot be the name of a header`,
  "bad-env-name": (v: { found: string }) => `\`${v.found}\` cannot be the name of an environment variable`,
  "bad-body-path": (v: { found: string }) =>
    `\`${v.found}\` names no place in arguments or a result: \`args.password\`, \`result.structuredContent.*.phone\``,
  "bad-scope": (v: { found: string }) => `\`${v.found}\` cannot be a scope: no spaces, quotes or backslashes`,
  "bad-issuer": () => "this is not the https URL of an authorization server",
  "oauth-needs-issuer": () =>
    "a client id belongs to one authorization server: name it in `issuer`, so that no other is ever given it",
  "oauth-needs-client": () => "a client secret belongs to a registered `client_id`",
  "oauth-secret": () => "this must be `${secret:NAME}` and nothing else",
  "control-character": () => "this text must not contain control characters",
  "secret-in-args": () =>
    "a secret cannot go into a command line, where every process of this machine can read it; use `env`",
  "secret-in-url": () => "a secret cannot go into a URL, which ends up in logs; use `headers`",
  "channel-kind": () => "a channel has either `webhook`, `slack`, `teams` or `smtp`, and exactly one of them",
  "key-of-other-channel": (v: { key: string; needs: string }) =>
    `\`${v.key}\` belongs to a channel with \`${v.needs}\``,
  "duplicate-channel": (v: { name: string }) =>
    `another channel is called \`${v.name}\` already; give each a \`name\` of its own`,
  "bad-mail-address": (v: { found: string }) => `\`${v.found}\` is not a plain mail address, such as ops@example.com`,
  "bad-smtp": () => "this is not smtps://HOST or smtp://HOST, with :PORT if need be",
  "mail-login": () => "`user` and `password` of a mail server go together",
  "bad-template": (v: { found: string }) => `\`${v.found}\` is not understood; only \${secret:NAME} is`,
  "unknown-secret": (v: { name: string; suggestion: string }) =>
    `no secret \`${v.name}\` under \`secrets\`${meant(v.suggestion)}`,
  "literal-secret": (v: { what: string }) =>
    `this looks like a secret (${v.what}): keep it in a file of mode 0600 and name it under \`secrets\``,
  "bad-secret-name": (v: { found: string }) =>
    `\`${v.found}\` cannot be the name of a secret: letters, digits and underscores`,
  "secret-source": () => "a secret has exactly one of `file`, `env` and `command`",
  "max-age-needs-file": () => "`max_age` works only with `file` and `command`",
  "bad-approver-key": () => "this is not a public key as `kidoban approver add` prints it (ed25519:…)",
  "duplicate-approver-key": (v: { name: string }) => `this is also the key of \`${v.name}\`: one key, one human`,

  "no-such-server": (v: { server: string; suggestion: string }) =>
    `kidoban.yaml has no server \`${v.server}\`${meant(v.suggestion)}`,
  "allow-for-all": (v: { rule: string }) =>
    `rule \`${v.rule}\` holds for every agent and can only ask or deny; allow in the agent's own manifest`,
  "duplicate-rule": (v: { id: string; line: string }) =>
    `\`${v.id}\` is already the id of the rule in line ${v.line}; a decision could not say which it was`,
  "reserved-rule": (v: { id: string }) => `the rule id \`${v.id}\` is the gate's own`,
  "stages-and-from": () => "`stages` stands in place of `from` and `need`; write one or the other",
  "bad-passkey": () => "this is not a passkey as the enrolment page gives it",
  "bad-subject": (v: { found: string }) => `\`${v.found}\` is not a subject of an OpenID provider`,
  "approver-without-key": (v: { name: string }) =>
    `${v.name} has neither a \`key\` nor a passkey and can answer nothing`,
  "away-deputy": (v: { name: string; deputy: string; suggestion: string }) =>
    `\`${v.deputy}\` cannot stand in for ${v.name}: no other approver has that name${meant(v.suggestion)}`,
  "away-backwards": (v: { name: string }) => `\`until\` of ${v.name} is not after \`from\``,
  "approval-without-ask": () => "`approval` belongs to a rule that asks",
  "unknown-group": (v: { group: string; suggestion: string }) =>
    `no approver is in the group \`${v.group}\`${meant(v.suggestion)}`,
  "client-not-allowed": () =>
    "assurance `client` counts only where `approvals` in kidoban.yaml says `assurance: client` too",
  "agent-file-name": (v: { agent: string }) => `the manifest of \`${v.agent}\` must be named ${v.agent}.yaml`,

  "definition-name": (v: { key: string; found: string }) =>
    `the definition under \`${v.key}\` is that of \`${v.found}\``,
  "read-when-needs-write": () => "`read_when` belongs to a write",
  "destructive-never-reads": (v: { name: string; server: string }) =>
    `\`${v.server}/${v.name}\` is destructive and may have no \`read_when\`; if it is not, write \`destructive: false\``,
  "destructive-read": () => "a read cannot be destructive",
  "preview-needs-write": () => "`preview` belongs to a write",
  "preview-not-read": (v: { name: string; suggestion: string }) =>
    `\`${v.name}\` is not a tool that this lock calls a read${meant(v.suggestion)}`,
  "preview-kind": () => "a preview has either `read`, `dry_run` or `sql`, and exactly one of them",
  "key-of-other-preview": (v: { key: string; needs: string }) =>
    `\`${v.key}\` belongs to a preview with \`${v.needs}\``,
  "preview-no-argument": (v: { name: string; suggestion: string }) =>
    `the locked definition has no argument \`${v.name}\`${meant(v.suggestion)}`,
  "preview-dry-run-value": (v: { argument: string; value: string }) =>
    `\`${v.argument}\` does not take \`${v.value}\`: it must be a boolean, or an enum with a word written under \`value\``,
  "bad-pointer": (v: { found: string }) =>
    `\`${v.found}\` is no JSON pointer such as /inputSchema/properties/path/default`,

  "others-can-write": (v: { mode: string }) =>
    `every user of this machine can change this (mode ${v.mode}); run chmod o-w on it`,
  "file-ignored": () => "this file is ignored: names end in .yaml",
  "bad-server-file": (v: { name: string }) =>
    `\`${v.name}\` is not the id of a server, which the name of a lock has to be`,
  "state-inside-root": (v: { root: string; folder: string }) =>
    `the server could reach Kidoban's own files: ${v.folder} and its root ${v.root} contain one another`,
};

const meantJa = (suggestion: string): string => (suggestion === "" ? "" : `。\`${suggestion}\` のことでしょうか`);
const typesJa: Readonly<Record<string, string>> = {
  string: "文字列",
  array: "リスト",
  object: "マッピング",
  number: "数値",
  int: "整数",
  boolean: "true または false",
  null: "空",
};
const typeJa = (name: string): string => typesJa[name] ?? name;

export const ja: typeof en = {
  "yaml-syntax": (v) => `YAML として正しくありません: ${v.detail}`,
  "yaml-directive": (v) => `ディレクティブ \`${v.directive}\` は使えません。このファイルは常に YAML 1.2 です`,
  "yaml-alias": (v) => `アンカーとエイリアス（\`${v.name}\`）は使えません。値をその場に書いてください`,
  "yaml-tag": (v) => `タグ（\`${v.tag}\`）は使えません`,
  "several-documents": () => "ここから二つ目のドキュメントが始まっています。一つのファイルには一つだけ書けます",
  "duplicate-key": (v) => `\`${v.key}\` は ${v.line} 行目ですでに設定されています`,
  "key-not-text": () => "キーは文字列でなければなりません。引用符で囲んでください",
  "key-forbidden": (v) => `\`${v.key}\` はキーとして使えません`,
  "number-not-json": () => "JSON で表せない数値です",
  "too-deep": (v) => `入れ子が ${v.limit} 段を超えています`,
  "too-large": (v) => `ファイルが ${v.limit} バイトを超えています`,
  "not-utf8": () => "このファイルは UTF-8 ではありません",
  "empty-file": () => "このファイルは空です",

  "unknown-key": (v) =>
    `\`${v.key}\` というキーはありません${v.suggestion === "" ? `。ここで使えるキー: ${v.known}` : meantJa(v.suggestion)}`,
  "missing-key": (v) => `ここに \`${v.key}\` が必要です`,
  "wrong-type": (v) => `${typeJa(v.expected)}が必要ですが、${typeJa(v.found)}が書かれています`,
  "wrong-value": (v) => `\`${v.found}\` は使えません。使える値: ${v.allowed}${meantJa(v.suggestion)}`,
  "wrong-version": (v) => `この版の Kidoban が読めるのは \`kidoban: 1\` です（書かれている値: ${v.found}）`,
  "bad-id": (v) =>
    `\`${v.found}\` は ID として使えません。英小文字で始め、英小文字・数字・ハイフンで 64 文字以内にしてください`,
  "bad-duration": (v) => `\`${v.found}\` は期間として読めません。30s、15m、12h、90d のように書いてください`,
  "duration-range": (v) => `\`${v.found}\` は ${v.least} から ${v.most} までの範囲にありません`,
  "bad-date": (v) => `\`${v.found}\` は日付として読めません。2026-11-21 のように書いてください`,
  "empty-text": () => "空にはできません",
  "empty-list": () => "リストを空にはできません",
  "out-of-range": (v) => `\`${v.found}\` は範囲の外です`,

  "server-reserved": () => "サーバー ID `kidoban` は門自身のものです",
  "server-transport": () => "サーバーには `command` か `url` のどちらか一方だけを書いてください",
  "key-of-other-transport": (v) => `\`${v.key}\` は \`${v.needs}\` を持つサーバーのためのキーです`,
  "bad-url": () => "http または https の絶対 URL ではありません",
  "url-not-https": () => "https の URL か、このマシンの URL である必要があります",
  "bad-address": (v) => `\`${v.found}\` は 127.0.0.1:7310 のような HOST:PORT ではありません`,
  "bad-user": (v) => `\`${v.found}\` は docs-agent のような OS ユーザーの名前ではありません`,
  "bad-host": (v) => `\`${v.found}\` は小文字のホスト名（ポートなし）ではありません`,
  "bad-origin": (v) => `\`${v.found}\` は https://app.example.com のようなオリジンではありません`,
  "jwt-audience": () => "`audience` がありません。ほかのサービス向けのトークンで入れてはなりません",
  "url-password": () =>
    "URL にユーザー名やパスワードは書けません。認証情報はシークレットとして `headers` に入れてください",
  "retention-short": (v) =>
    `\`${v.found}\` は 1 年未満です。エージェントが行ったことについて、より長い期間の説明を求められることがよくあります`,
  "url-not-encrypted": (v) => `${v.host} への通信が暗号化されません。https を使ってください`,
  "bad-header-name": (v) => `\`${v.found}\` はヘッダー名として使えません`,
  "bad-env-name": (v) => `\`${v.found}\` は環境変数名として使えません`,
  "bad-body-path": (v: { found: string }) =>
    `\`${v.found}\` は引数や結果の中の場所ではありません。\`args.password\` や \`result.structuredContent.*.phone\` のように書いてください`,
  "bad-scope": (v) => `\`${v.found}\` はスコープとして使えません。空白、引用符、バックスラッシュは含められません`,
  "bad-issuer": () => "認可サーバーの https URL ではありません",
  "oauth-needs-issuer": () =>
    "クライアント ID は一つの認可サーバーのものです。ほかのサーバーに渡らないよう、`issuer` に書いてください",
  "oauth-needs-client": () => "クライアントシークレットには、登録済みの `client_id` が必要です",
  "oauth-secret": () => "`${secret:NAME}` だけを書いてください",
  "control-character": () => "制御文字を含めることはできません",
  "secret-in-args": () =>
    "コマンドラインにシークレットは書けません。このマシンのどのプロセスからも読めてしまいます。`env` を使ってください",
  "secret-in-url": () => "URL にシークレットは書けません。ログに残ってしまいます。`headers` を使ってください",
  "channel-kind": () => "通知先には `webhook`、`slack`、`teams`、`smtp` のいずれか一つだけを指定してください",
  "key-of-other-channel": (v) => `\`${v.key}\` は \`${v.needs}\` の通知先だけで使えます`,
  "duplicate-channel": (v) => `\`${v.name}\` という通知先がすでにあります。それぞれに \`name\` を付けてください`,
  "bad-mail-address": (v) => `\`${v.found}\` は ops@example.com のような単純なメールアドレスではありません`,
  "bad-smtp": () => "smtps://ホスト または smtp://ホスト の形で指定してください（必要なら :ポート を付けます）",
  "mail-login": () => "メールサーバーの `user` と `password` は必ず両方を指定してください",
  "bad-template": (v) => `\`${v.found}\` は解釈できません。使えるのは \${secret:NAME} だけです`,
  "unknown-secret": (v) => `\`secrets\` に \`${v.name}\` がありません${meantJa(v.suggestion)}`,
  "literal-secret": (v) =>
    `シークレットのようです（${v.what}）。モード 0600 のファイルに置き、\`secrets\` から名前で参照してください`,
  "bad-secret-name": (v) =>
    `\`${v.found}\` はシークレット名として使えません。英字・数字・アンダースコアだけにしてください`,
  "secret-source": () => "シークレットには `file`、`env`、`command` のうち一つだけを書いてください",
  "max-age-needs-file": () => "`max_age` は `file` か `command` と一緒にだけ使えます",
  "bad-approver-key": () => "`kidoban approver add` が表示する公開鍵（ed25519:…）ではありません",
  "duplicate-approver-key": (v) => `これは \`${v.name}\` の鍵でもあります。鍵は一人に一つです`,

  "no-such-server": (v) => `kidoban.yaml に \`${v.server}\` というサーバーはありません${meantJa(v.suggestion)}`,
  "allow-for-all": (v) =>
    `ルール \`${v.rule}\` はすべてのエージェントに効くため、ask か deny しか使えません。許可は各エージェントのマニフェストに書いてください`,
  "duplicate-rule": (v) =>
    `ルール ID \`${v.id}\` は ${v.line} 行目ですでに使われています。どちらで決まったのか区別できません`,
  "reserved-rule": (v) => `ルール ID \`${v.id}\` は門自身のものです`,
  "stages-and-from": () => "`stages` は `from` と `need` の代わりに書くものです。どちらか一方にしてください",
  "bad-passkey": () => "登録ページが表示するパスキーではありません",
  "bad-subject": (v) => `\`${v.found}\` は OpenID プロバイダーの subject として読めません`,
  "approver-without-key": (v) => `${v.name} には \`key\` もパスキーもないため、何も承認できません`,
  "away-deputy": (v) =>
    `\`${v.deputy}\` は ${v.name} の代理になれません。その名前の承認者がほかにいません${meantJa(v.suggestion)}`,
  "away-backwards": (v) => `${v.name} の \`until\` が \`from\` より後ではありません`,
  "approval-without-ask": () => "`approval` は ask のルールにだけ書けます",
  "unknown-group": (v) => `グループ \`${v.group}\` に属する承認者がいません${meantJa(v.suggestion)}`,
  "client-not-allowed": () =>
    "assurance `client` は、kidoban.yaml の `approvals` にも `assurance: client` と書かれている場合にだけ有効です",
  "agent-file-name": (v) => `\`${v.agent}\` のマニフェストのファイル名は ${v.agent}.yaml でなければなりません`,

  "definition-name": (v) => `\`${v.key}\` の下にあるのは \`${v.found}\` の定義です`,
  "read-when-needs-write": () => "`read_when` は書き込みにだけ書けます",
  "destructive-never-reads": (v) =>
    `\`${v.server}/${v.name}\` は破壊的なので \`read_when\` を持てません。破壊的でなければ \`destructive: false\` と書いてください`,
  "destructive-read": () => "読み取りを破壊的とすることはできません",
  "preview-needs-write": () => "`preview` は書き込みにだけ書けます",
  "preview-not-read": (v) =>
    `\`${v.name}\` は、このロックで読み取りとされているツールではありません${meantJa(v.suggestion)}`,
  "preview-kind": () => "プレビューには `read`、`dry_run`、`sql` のうち、ちょうど 1 つを書いてください",
  "key-of-other-preview": (v) => `\`${v.key}\` は、\`${v.needs}\` を使うプレビューにだけ書けます`,
  "preview-no-argument": (v) => `ロックにある定義に \`${v.name}\` という引数はありません${meantJa(v.suggestion)}`,
  "preview-dry-run-value": (v) =>
    `\`${v.argument}\` は \`${v.value}\` を受け取りません。真偽値の引数か、enum の引数と \`value\` に書いたその値が必要です`,
  "bad-pointer": (v) =>
    `\`${v.found}\` は JSON ポインターとして読めません。/inputSchema/properties/path/default のように書いてください`,

  "others-can-write": (v) =>
    `このマシンのすべてのユーザーが変更できます（モード ${v.mode}）。chmod o-w を実行してください`,
  "file-ignored": () => "このファイルは無視されます。ファイル名は .yaml で終わる必要があります",
  "bad-server-file": (v) =>
    `\`${v.name}\` はサーバー ID ではありません。ロックのファイル名はサーバー ID にしてください`,
  "state-inside-root": (v) =>
    `サーバーが Kidoban 自身のファイルに届いてしまいます。${v.folder} とサーバーの root ${v.root} の一方が他方を含んでいます`,
};
