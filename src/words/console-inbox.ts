/** The console's inbox and the page of one request. What a terminal shows too stands in approvals.ts. */

export const en = {
  title: "Inbox",
  waits: (count: number) => (count === 1 ? "1 request waits" : `${count} requests wait`),
  empty: "Nothing waits for an answer.",
  emptyHint: "New requests appear here by themselves.",
  asksFor: "asks for",
  risk: { read: "Reads", write: "Writes", destructive: "Can destroy" },
  age: (text: string) => `${text} ago`,
  left: (text: string) => `${text} left`,
  seconds: (count: number) => `${count} s`,
  minutes: (count: number) => `${count} min`,
  hours: (count: number) => `${count} h`,
  altered: "Changed in the store",
  pages: "More requests",
  first: "Back to the oldest",
  later: "Those that came later",
  notify: "Notify me in this browser",
  notified: "This browser notifies you while this page is open.",
  arrived: "A new request waits.",
};

export type InboxWords = typeof en;

export const ja: InboxWords = {
  title: "受信箱",
  waits: (count) => `回答待ちの依頼 ${count} 件`,
  empty: "回答待ちの依頼はありません。",
  emptyHint: "新しい依頼は自動的にここに表示されます。",
  asksFor: "の依頼:",
  risk: { read: "読み取り", write: "書き込み", destructive: "元に戻せない恐れ" },
  age: (text) => `${text}前`,
  left: (text) => `残り ${text}`,
  seconds: (count) => `${count} 秒`,
  minutes: (count) => `${count} 分`,
  hours: (count) => `${count} 時間`,
  altered: "保存内容の改ざん",
  pages: "ほかの依頼",
  first: "最も古い依頼へ",
  later: "後から届いた依頼",
  notify: "このブラウザーで通知する",
  notified: "このページを開いている間、ブラウザーで通知します。",
  arrived: "新しい依頼が届きました。",
};
