/**
 * Why there is no preview, or why a request ended. Reasons of the gate's own are stored in English, as a part of what is
 * signed or recorded, and stay so; here is what people read of them. What anybody else gave is shown as they said it.
 */

import { wordFor } from "./words.ts";

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
    not_sent: "The server could not be asked.",
    "the server is not running": "The server is not running.",
    "it is not locked any more": "It is not locked any more.",
    "its definition, its server or the arguments changed": "Its definition, its server or the arguments changed.",
    "what was shown is not what would run": "What was shown is not what would run.",
    "the change is not the one that was shown": "What would change is not what was shown.",
    "the rules became stricter": "The rules became stricter.",
    "the approval was not used in time": "The approval was not used in time.",
    "not used in time": "The approval was not used in time.",
    "not stored": "It could not be stored.",
    "too many are pending": "Too many requests were open already.",
    "the same was asked meanwhile": "The same was asked by another gate at that moment.",
    "what it was changed from is not there": "What it was changed from is not there.",
    "what was shown is not what was changed": "What was shown is not what was changed.",
    "the changed arguments contain a credential": "The changed arguments contain a credential.",
    "the changed arguments do not fit the tool's schema": "The changed arguments do not fit the tool's schema.",
    "these arguments may not be changed": "These arguments may not be changed.",
    "its task was cancelled": "The client cancelled the task.",
  },
  /* What was over when a stream of the log was closed, whether it came to an end as wished or not. */
  closings: {
    "the client left": "the client left",
    ended: "serving agents",
    "console closed": "the console",
    "desk closed": "answering in a terminal",
    rotated: "going on in a new file",
    "configuration looked at": "looking at the configuration",
    "enrolment ended": "enrolling a passkey",
    "stop placed": "stopping agents",
    resumed: "resuming agents",
    passes: "passes",
    tokens: "tokens",
    pinned: "pinning a server",
    "logged in": "logging in",
    "logged out": "logging out",
    notified: "trying a notice",
    "log tidied": "tidying the log",
    "streams pruned": "removing old streams",
    evidence: "gathering evidence",
    backup: "a backup",
    restored: "restoring a backup",
    "export recorded": "recording an export",
    "report signed": "signing a report",
    "its key was replaced": "replacing its key",
    "under a new key": "going on under a new key",
  },
  named: {
    "the call is itself a trial: it sets ": (name: string) => `The call is itself a trial run: it sets ${name}.`,
  },
};

export type ReasonWords = typeof en;

export const ja: ReasonWords = {
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
    not_sent: "サーバーに問い合わせできませんでした。",
    "the server is not running": "サーバーが動いていません。",
    "it is not locked any more": "ロックから外れました。",
    "its definition, its server or the arguments changed": "定義、サーバー、または引数が変わりました。",
    "what was shown is not what would run": "表示された内容が、実行される内容と一致しません。",
    "the change is not the one that was shown": "変更される内容が、表示されたものと異なります。",
    "the rules became stricter": "ルールが厳しくなりました。",
    "the approval was not used in time": "承認が期限までに使われませんでした。",
    "not used in time": "承認が期限までに使われませんでした。",
    "not stored": "保存できませんでした。",
    "too many are pending": "回答待ちの依頼がすでに多すぎました。",
    "the same was asked meanwhile": "同じ時に、別の門から同じ依頼が出されました。",
    "what it was changed from is not there": "変更前の依頼が見つかりません。",
    "what was shown is not what was changed": "表示された内容が、変更された内容と一致しません。",
    "the changed arguments contain a credential": "変更後の引数に認証情報が含まれています。",
    "the changed arguments do not fit the tool's schema": "変更後の引数がツールのスキーマに合いません。",
    "these arguments may not be changed": "変更が認められていない引数です。",
    "its task was cancelled": "クライアントがタスクを取り消しました。",
  },
  closings: {
    "the client left": "クライアントが切断",
    ended: "エージェントの受け付け",
    "console closed": "コンソール",
    "desk closed": "端末での回答",
    rotated: "新しいファイルへの引き継ぎ",
    "configuration looked at": "設定の確認",
    "enrolment ended": "パスキーの登録",
    "stop placed": "エージェントの停止",
    resumed: "エージェントの再開",
    passes: "手形の操作",
    tokens: "トークンの操作",
    pinned: "サーバーのピン留め",
    "logged in": "ログイン",
    "logged out": "ログアウト",
    notified: "通知の試験",
    "log tidied": "ログの整理",
    "streams pruned": "古いストリームの削除",
    evidence: "証拠一式の作成",
    backup: "バックアップ",
    restored: "バックアップからの復元",
    "export recorded": "書き出しの記録",
    "report signed": "報告書への署名",
    "its key was replaced": "鍵の交換",
    "under a new key": "新しい鍵での記録",
  },
  named: {
    "the call is itself a trial: it sets ": (name) => `この呼び出し自体が試しの実行です（${name} を指定しています）。`,
  },
};

/** A stored reason in the person's words; undefined where somebody else gave it. */
export function reasonIn({ reasons, named }: ReasonWords, why: string): string | undefined {
  const said = wordFor(reasons, why);
  if (said !== undefined) return said;
  const begun = Object.entries(named).find(([reason]) => why.startsWith(reason));
  return begun === undefined ? undefined : begun[1](why.slice(begun[0].length));
}

/** Why a stream was closed, in the person's words; undefined where it is the message of a failure. */
export const closingIn = ({ closings }: ReasonWords, why: string): string | undefined => wordFor(closings, why);
