/** Logging in to the console by the company's provider. */

export const en = {
  button: (host: string) => `Log in through ${host}`,
  going: "To the provider",
  goingText: "You are sent on to log in. If nothing happens, follow this link.",
  refused: "That did not work. The provider did not let you in, or kidoban.yaml knows nobody by your subject.",
  unreachable: "The provider could not be reached.",
  stale: "That took too long, was sent twice, or began in another browser. Please start again.",
  entered: "You are logged in",
  enteredText: "Go on to the console.",
  noRole: (name: string) => ({
    title: "You are known, and have no role here",
    text: `You proved to be ${name}. Neither kidoban.yaml nor the groups that your company's provider gives you leave you a role, so nothing is shown. Ask an owner for one, then log in again.`,
  }),
  passkeyOnly:
    "This needs a login with your passkey: whoever comes through the provider reads and stops, and decides nothing.",
};

export type EntranceWords = typeof en;

export const ja: EntranceWords = {
  button: (host) => `${host} でログイン`,
  going: "ログイン先へ移動",
  goingText: "ログイン画面に移動します。移動しない場合は、このリンクを開いてください。",
  refused:
    "ログインできませんでした。プロバイダーに拒否されたか、kidoban.yaml にあなたの subject が登録されていません。",
  unreachable: "プロバイダーに接続できませんでした。",
  stale: "時間がかかりすぎたか、二重に送信されたか、別のブラウザーで始められました。もう一度やり直してください。",
  entered: "ログインしました",
  enteredText: "コンソールへ進む",
  noRole: (name) => ({
    title: "役割がありません",
    text: `${name} さんであることは確認できましたが、kidoban.yaml と、会社のプロバイダーが示すグループのどちらを合わせても役割が残らないため、何も表示できません。owner に役割を付けてもらってから、もう一度ログインしてください。`,
  }),
  passkeyOnly: "この操作にはパスキーでのログインが必要です。プロバイダー経由のログインでは、閲覧と停止だけができます。",
};
