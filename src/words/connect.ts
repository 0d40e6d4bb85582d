/** `kidoban connect`. Apart, since it is loaded with nothing else. */

export const en = {
  noTarget: "no gate given: use --to SOCKET or --to URL",
  noGate: (to: string, reason: string) => `the gate at ${to} cannot be reached: ${reason}`,
  badUrl: (url: string) => `${url} is not the address of a gate; it has no query, no user and no password`,
  plainUrl: (url: string) =>
    `${url} would carry the token unprotected over the network; use https, or an address of this machine`,
  noToken: "no token given: use --token-file FILE (0600) or $KIDOBAN_TOKEN",
  hazard: (what: string) => `refused to start: ${what} would let others into this process`,
  badToken: "the token has characters that no token has",
};

export const ja: typeof en = {
  noTarget: "門が指定されていません。--to ソケット または --to URL を使ってください",
  noGate: (to, reason) => `${to} の門に接続できません: ${reason}`,
  badUrl: (url) => `${url} は門のアドレスではありません（クエリー、ユーザー名、パスワードは付けられません）`,
  plainUrl: (url) =>
    `${url} ではトークンが保護されないままネットワークを流れます。https か、このマシンのアドレスを使ってください`,
  noToken: "トークンが指定されていません。--token-file ファイル（0600）か $KIDOBAN_TOKEN を使ってください",
  hazard: (what) => `起動しません: ${what} があると、ほかの人がこのプロセスに入り込めます`,
  badToken: "トークンに使えない文字が含まれています",
};
