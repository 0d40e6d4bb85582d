/** Enrolling a passkey: what the terminal says and what the page says. */

export const en = {
  page: {
    title: (name: string) => `Enrol a passkey for ${name}`,
    lead: "The code stands in the terminal that made this link. Whoever only has the link can do nothing with it.",
    code: "Code",
    button: "Continue with this device's passkey",
    wrong: (left: number): string =>
      left === 0
        ? "That was not the code. This link is void now; make a new one."
        : "That is not the code. Look at the terminal again.",
    gone: {
      title: "This link leads nowhere",
      text: "It was used, is void after wrong codes, or is older than ten minutes. Make a new one in the terminal.",
    },
    refused: "This passkey could not be taken: it must verify you (fingerprint, face or PIN). Start again.",
    done: "Enrolled",
    doneLead: "It counts for nothing yet. An owner puts these lines into kidoban.yaml, then runs kidoban accept:",
    doneHint: "The waiting terminal shows the same lines, or has written them already.",
  },
  terminal: {
    open: (url: string) =>
      `Open this link in the browser whose passkey it is to be. It is good once, for ten minutes:\n\n  ${url}\n`,
    code: (code: string) => `The page asks for this code: ${code}`,
    waits: "Waiting for the page …",
    late: "Nobody enrolled in time. The link is void.",
    void: "The wrong code was typed too often: somebody else may have opened the link. It is void.",
    enrolled: (name: string) => `A passkey was enrolled for ${name}.`,
    lines: "Put this into kidoban.yaml, then run kidoban accept:",
    written: (path: string) => `Written to ${path}. It counts once kidoban accept has shown and accepted it.`,
    unwritable: (path: string) =>
      `${path} could not be changed safely. Put this into it yourself, then run kidoban accept:`,
  },
};

export type EnrolWords = typeof en;

export const ja: EnrolWords = {
  page: {
    title: (name) => `${name} のパスキーを登録`,
    lead: "コードは、このリンクを作成した端末に表示されています。リンクだけでは何もできません。",
    code: "コード",
    button: "このデバイスのパスキーで続ける",
    wrong: (left) =>
      left === 0
        ? "コードが違います。このリンクは無効になりました。新しいリンクを作成してください。"
        : "コードが違います。端末の表示をもう一度ご確認ください。",
    gone: {
      title: "このリンクは使えません",
      text: "使用済みか、コードの誤りで無効になったか、作成から 10 分が過ぎています。端末で新しいリンクを作成してください。",
    },
    refused: "このパスキーは登録できませんでした。本人確認（指紋、顔、PIN）が必要です。もう一度やり直してください。",
    done: "登録しました",
    doneLead: "まだ効力はありません。次の内容を kidoban.yaml に加え、owner が kidoban accept を実行してください:",
    doneHint: "待機中の端末に同じ内容が表示されています。すでに書き込まれている場合もあります。",
  },
  terminal: {
    open: (url) =>
      `パスキーを登録するブラウザーで、次のリンクを開いてください。10 分以内に一度だけ使えます:\n\n  ${url}\n`,
    code: (code) => `ページで次のコードを入力してください: ${code}`,
    waits: "ページでの登録を待っています…",
    late: "時間内に登録されませんでした。リンクは無効です。",
    void: "誤ったコードが繰り返し入力されました。ほかの人がリンクを開いた可能性があります。リンクは無効です。",
    enrolled: (name) => `${name} のパスキーを登録しました。`,
    lines: "次の内容を kidoban.yaml に加え、kidoban accept を実行してください:",
    written: (path) => `${path} に書き込みました。kidoban accept で確認し、受け入れると有効になります。`,
    unwritable: (path) =>
      `${path} を安全に変更できませんでした。次の内容をご自身で加え、kidoban accept を実行してください:`,
  },
};
