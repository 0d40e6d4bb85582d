/**
 * Why a view has no preview. The reason is part of what is signed and stays as it was stored; here is what a person reads of
 * the reasons that we give ourselves. What a server or a parser said is shown as they said it.
 */

export const en = {
  reasons: {
    "the arguments were changed after it was read":
      "The arguments were changed since. What is there now was not read again, so compare the arguments themselves.",
    "the arguments were changed after the trial":
      "The arguments were changed since, and the changed call was not tried. Compare the arguments themselves.",
    "a rule denies the trial": "A rule denies the trial run, so it was not made.",
    "the trial says nothing in words": "The server said nothing in words to the trial run.",
    "becomes is not a text": "What the lock names as the new text is no text in this call.",
    "the answer is longer than the server may give": "The server's answer is longer than is let through.",
    timeout: "The server did not answer in time.",
    cancelled: "It was broken off.",
    not_sent: "The server could not be asked.",
    unknown: "The server's answer got lost.",
  },
  named: {
    "the call is itself a trial: it sets ": (name: string) => `The call is itself a trial run: it sets ${name}.`,
  },
};

export type PreviewWords = typeof en;

export const ja: PreviewWords = {
  reasons: {
    "the arguments were changed after it was read":
      "引数が後から変更されました。現在の内容は読み直していないため、引数そのものを比べて確認してください。",
    "the arguments were changed after the trial":
      "引数が後から変更されました。変更後の呼び出しは試していないため、引数そのものを比べて確認してください。",
    "a rule denies the trial": "試しの実行を拒否するルールがあるため、試していません。",
    "the trial says nothing in words": "試しの実行に対して、サーバーは文章で回答しませんでした。",
    "becomes is not a text": "ロックで新しい内容とされている値が、この呼び出しでは文字列ではありません。",
    "the answer is longer than the server may give": "サーバーの回答が長すぎるため、通していません。",
    timeout: "サーバーが時間内に応答しませんでした。",
    cancelled: "途中で取り消されました。",
    not_sent: "サーバーに問い合わせできませんでした。",
    unknown: "サーバーの応答が失われました。",
  },
  named: {
    "the call is itself a trial: it sets ": (name) => `この呼び出し自体が試しの実行です（${name} を指定しています）。`,
  },
};

/** A stored reason in the person's words; undefined where somebody else gave it. */
export function reasonIn({ reasons, named }: PreviewWords, why: string): string | undefined {
  const said = Object.entries(reasons).find(([reason]) => reason === why);
  if (said !== undefined) return said[1];
  const begun = Object.entries(named).find(([reason]) => why.startsWith(reason));
  return begun === undefined ? undefined : begun[1](why.slice(begun[0].length));
}
