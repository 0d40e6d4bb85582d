/** `kidoban login` and `kidoban logout`: the gate's own access to servers that ask for OAuth. */

export const en = {
  unknownServer: (name: string, known: string) =>
    `there is no server "${name}" in the configuration (there are: ${known})`,
  unknownAgent: (name: string, known: string) => `there is no manifest of an agent "${name}" (there are: ${known})`,
  noUrl: (server: string) => `${server} is started by a command; only servers with a \`url\` have a login`,
  bringsToken: (server: string) =>
    `${server} has an \`Authorization\` header in the configuration; a login would never be used`,
  open: (server: string, issuer: string) => `To let Kidoban into ${server}, log in at ${issuer}. Open this address:`,
  waiting: "Waiting for the browser… (Ctrl+C ends it)",
  done: (server: string, whom: string) =>
    `Logged in to ${server} for ${whom}. Running gates take it up within seconds.`,
  everyAgent: "every agent without a login of its own",
  agent: (name: string) => `the agent ${name}`,
  scope: (scope: string) => `Rights: ${scope}`,
  noRefresh: "This login cannot be renewed: when it runs out, log in again.",
  loggedOut: (server: string, whom: string) => `The login to ${server} for ${whom} is gone.`,
  notLoggedIn: (server: string, whom: string) => `There was no login to ${server} for ${whom}.`,
  revoked: "It was revoked there too.",
  notRevoked: "It could not be revoked there: what was handed out stays good until it runs out.",
  pages: {
    received: "Kidoban has received the answer. You can close this page and go back to the terminal.",
    foreign: "This is not the answer that Kidoban is waiting for.",
  },
  failures: {
    "not-asked": () => "the server asks nobody to log in, or does not say where",
    address: (detail: string) =>
      `refused to go to ${detail}: it is not encrypted, or leads from the internet into this network`,
    unreachable: (detail: string) => `no answer from ${detail}`,
    "foreign-resource": (detail: string) => `the server asks for access to something else than itself: ${detail}`,
    "no-issuer": () => "the server names no authorization server",
    "other-issuer": (detail: string) =>
      `the server names other authorization servers than the configured one: ${detail}`,
    "no-metadata": (detail: string) => `${detail} does not describe itself as an authorization server has to`,
    "no-pkce": (detail: string) => `${detail} does not offer PKCE with S256, without which no login is safe`,
    "no-client": (detail: string) =>
      `${detail} registers nobody by itself: register Kidoban there and set \`oauth: { client_id, issuer }\` for this server`,
    registration: (detail: string) => `the authorization server refused to register Kidoban (${detail})`,
    denied: (detail: string) => `access was not given (${detail})`,
    answer: () => "the browser brought an answer that is not one to this login; nothing was sent on",
    late: () => "nobody logged in in time",
    token: (detail: string) => `the authorization server gave no token that can be used (${detail})`,
    ended: (detail: string) => `the login is over (${detail})`,
  },
};

export const ja: typeof en = {
  unknownServer: (name, known) => `設定にサーバー「${name}」はありません（あるもの: ${known}）`,
  unknownAgent: (name, known) => `エージェント「${name}」のマニフェストはありません（あるもの: ${known}）`,
  noUrl: (server) => `${server} はコマンドで起動するサーバーです。ログインできるのは \`url\` のあるサーバーだけです`,
  bringsToken: (server) =>
    `${server} は設定に \`Authorization\` ヘッダーがあるため、ログインしても使われることはありません`,
  open: (server, issuer) =>
    `木戸番が ${server} を使えるように、${issuer} でログインしてください。次のアドレスを開きます:`,
  waiting: "ブラウザーからの応答を待っています…（Ctrl+C で中止）",
  done: (server, whom) => `${server} にログインしました（対象: ${whom}）。動作中の門にも数秒で反映されます。`,
  everyAgent: "自分のログインを持たないすべてのエージェント",
  agent: (name) => `エージェント ${name}`,
  scope: (scope) => `権限: ${scope}`,
  noRefresh: "このログインは更新できません。期限が切れたら、もう一度ログインしてください。",
  loggedOut: (server, whom) => `${server} のログインを消しました（対象: ${whom}）。`,
  notLoggedIn: (server, whom) => `${server} のログインはありませんでした（対象: ${whom}）。`,
  revoked: "認可サーバー側でも失効させました。",
  notRevoked: "認可サーバー側では失効させられませんでした。発行済みのものは期限まで有効です。",
  pages: {
    received: "木戸番が応答を受け取りました。このページを閉じて、端末に戻ってください。",
    foreign: "これは木戸番が待っている応答ではありません。",
  },
  failures: {
    "not-asked": () => "サーバーがログインを求めていないか、ログイン先を示していません",
    address: (detail) =>
      `${detail} への接続を拒否しました。暗号化されていないか、インターネットからこのネットワークの内側を指しています`,
    unreachable: (detail) => `${detail} から応答がありません`,
    "foreign-resource": (detail) => `サーバーが自分以外のものへのアクセスを求めています: ${detail}`,
    "no-issuer": () => "サーバーが認可サーバーを示していません",
    "other-issuer": (detail) => `サーバーが示した認可サーバーは、設定されたものと違います: ${detail}`,
    "no-metadata": (detail) => `${detail} から、認可サーバーとしての正しい情報が得られません`,
    "no-pkce": (detail) => `${detail} は S256 の PKCE に対応していません。これがないと安全にログインできません`,
    "no-client": (detail) =>
      `${detail} は自動登録を受け付けません。木戸番を登録し、このサーバーに \`oauth: { client_id, issuer }\` を設定してください`,
    registration: (detail) => `認可サーバーが木戸番の登録を拒否しました（${detail}）`,
    denied: (detail) => `アクセスは許可されませんでした（${detail}）`,
    answer: () => "ブラウザーが持ってきた応答は、このログインのものではありません。どこにも送っていません",
    late: () => "時間内にログインがありませんでした",
    token: (detail) => `認可サーバーから、使えるトークンが得られませんでした（${detail}）`,
    ended: (detail) => `ログインは終わっています（${detail}）`,
  },
};
