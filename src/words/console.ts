/** The approvers' page in the browser: its frame, logging in, enrolling a passkey, the inbox, one request. */

export const en = {
  frame: {
    skip: "Skip to content",
    menu: "Pages",
    language: "Language",
    theme: "Colours",
    themes: { auto: "Auto", light: "Light", dark: "Dark" },
    logout: "Log out",
  },
  menu: {
    inbox: "Inbox",
    passes: "Passes",
    history: "History",
    agents: "Agents",
    servers: "Servers",
    config: "Configuration",
    log: "Log",
    stops: "Stop",
  },
  gesture: {
    cancelled: "The passkey gave no answer. Nothing was sent.",
    unreachable: "The console could not be reached. Nothing was sent.",
    unsupported: "This browser knows no passkeys here. Open the console at its own address.",
    closed: "It was closed while the passkey was asked for. Nothing was sent.",
    stale: "That took too long, or was sent twice. Nothing was answered. Please look again.",
  },
  notice: {
    missing: { title: "Nothing here", text: "This page does not exist, or what it showed is gone." },
    forbidden: {
      title: "Not for this role",
      text: "Your role in the accepted configuration does not reach this page.",
    },
  },
  login: {
    title: "Log in",
    lead: "Use the passkey that was enrolled for you. A login lets you read; each answer asks for the passkey again.",
    name: "Name",
    nameHint: "only for security keys that keep no names",
    button: "Log in with a passkey",
    refused: "That did not work. The passkey may not be in the accepted configuration yet.",
    enrolHint: "No passkey yet? An owner runs",
    enrol: "kidoban approver add NAME --passkey",
  },
};

export type ConsoleWords = typeof en;

export const ja: ConsoleWords = {
  frame: {
    skip: "本文へ移動",
    menu: "ページ",
    language: "言語",
    theme: "配色",
    themes: { auto: "自動", light: "ライト", dark: "ダーク" },
    logout: "ログアウト",
  },
  menu: {
    inbox: "受信箱",
    passes: "手形",
    history: "履歴",
    agents: "エージェント",
    servers: "サーバー",
    config: "設定",
    log: "ログ",
    stops: "停止",
  },
  gesture: {
    cancelled: "パスキーから応答がありませんでした。何も送信していません。",
    unreachable: "コンソールに接続できませんでした。何も送信していません。",
    unsupported: "このブラウザーでは、ここでパスキーを使えません。コンソール本来のアドレスで開いてください。",
    closed: "パスキーの確認中に受付が終わりました。何も送信していません。",
    stale: "時間がかかりすぎたか、二重に送信されました。回答はしていません。もう一度ご確認ください。",
  },
  notice: {
    missing: { title: "見つかりません", text: "このページは存在しないか、表示していたものがなくなりました。" },
    forbidden: {
      title: "権限がありません",
      text: "受け入れ済みの設定にあるあなたの役割では、このページを開けません。",
    },
  },
  login: {
    title: "ログイン",
    lead: "登録済みのパスキーを使ってください。ログインで閲覧できます。回答のたびに、もう一度パスキーを求めます。",
    name: "名前",
    nameHint: "名前を保存しないセキュリティキーの場合のみ",
    button: "パスキーでログイン",
    refused: "ログインできませんでした。パスキーがまだ設定に受け入れられていない可能性があります。",
    enrolHint: "パスキーがまだない場合は、owner が次を実行します:",
    enrol: "kidoban approver add 名前 --passkey",
  },
};
