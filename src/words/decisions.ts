/** Why a call was let through, asked or denied, for `kidoban explain` and `kidoban log`. One sentence for each cause. */

/** `rules` are ids, joined; empty where no rule settled it. */
interface Fall {
  readonly agent: string;
  readonly server: string;
  readonly name: string;
  readonly rules: string;
}

export const en = {
  effects: { allow: "allowed", ask: "asks a human", deny: "denied", depends: "depends on the arguments" },
  accesses: { read: "read", write: "write" },
  causes: {
    "not-granted": (v: Fall) => `The manifest of ${v.agent} does not grant the server ${v.server}.`,
    "not-listed": (v: Fall) => `The manifest of ${v.agent} grants ${v.server}, but ${v.name} is not in its lists.`,
    "not-locked": (v: Fall) => `The lock of ${v.server} has no reviewed definition of ${v.name}.`,
    quarantined: (v: Fall) =>
      `${v.server} now describes ${v.name} differently from what was reviewed; it is in quarantine until someone pins it again.`,
    "endpoint-changed": (v: Fall) =>
      `${v.server} is configured with another command or address than the one that was reviewed.`,
    "read-only": (v: Fall) => `${v.name} writes, and the manifest of ${v.agent} grants ${v.server} read-only.`,
    "invalid-arguments": (v: Fall) =>
      `The arguments do not fit the reviewed schema of ${v.name}, and a condition looks at them.`,
    rule: (v: Fall) => `Settled by ${v.rules}.`,
    "condition-failed": (v: Fall) =>
      `The condition of ${v.rules} had no answer for these arguments, so the stricter way was taken.`,
    "default-read": (v: Fall) => `No rule matches; ${v.name} reads, and reads pass.`,
    "default-write": (v: Fall) => `No rule matches; ${v.name} writes, and writes ask.`,
    "repeat-after-unknown": (v: Fall) =>
      `An earlier call of ${v.name} with the same arguments ended without anyone knowing how, so it asks again.`,
  },
  held: {
    yes: "the condition holds",
    no: "the condition does not hold",
    always: "no condition",
    failed: (v: { why: string }) =>
      `the condition has no answer (${v.why}); deny and ask count as matching, allow does not`,
    "other-access": "speaks of the other access",
    "not-reached": "not reached: it was settled before any rule",
  },
  settled: (said: string) => `${said}; settles it`,
  /** Why conditions fail, where a word for it helps; other codes are CEL's own. */
  failures: {
    "too-large": "the arguments are too large for this condition",
    "empty-path": "the path is empty",
    "outer-space": "the path begins or ends with a space",
    backslash: "the path has a backslash, which only some systems take for a separator",
    "control-character": "the path has a control character",
    home: "the path begins with ~",
    "drive-or-uri": "the path names a drive or is a URI",
    escaped: "the path has an escaped dot or separator",
    dots: "the path has a part made of dots and spaces",
    spelling: "another spelling of the path would lead elsewhere",
    no_such_key: "a field is missing",
    schema: "the reviewed schema itself cannot be used",
    "not-typed": "it is about arguments, which are still being typed",
  },
};

export const ja: typeof en = {
  effects: { allow: "許可", ask: "人に確認", deny: "拒否", depends: "引数による" },
  accesses: { read: "読み取り", write: "書き込み" },
  causes: {
    "not-granted": (v) => `${v.agent} のマニフェストでは、サーバー ${v.server} の使用が認められていません。`,
    "not-listed": (v) =>
      `${v.agent} のマニフェストで ${v.server} は認められていますが、${v.name} は一覧に含まれていません。`,
    "not-locked": (v) => `${v.server} のロックに、確認済みの ${v.name} の定義がありません。`,
    quarantined: (v) =>
      `${v.server} の ${v.name} の定義が、確認時のものから変わっています。改めてピン留めするまで隔離されます。`,
    "endpoint-changed": (v) => `${v.server} のコマンドまたは接続先が、確認時のものと異なります。`,
    "read-only": (v) => `${v.name} は書き込みを行いますが、${v.agent} のマニフェストで ${v.server} は read-only です。`,
    "invalid-arguments": (v) => `条件が引数を調べますが、引数が確認済みの ${v.name} のスキーマに合っていません。`,
    rule: (v) => `${v.rules} によって決まりました。`,
    "condition-failed": (v) => `${v.rules} の条件がこの引数では判定できなかったため、厳しいほうを取りました。`,
    "default-read": (v) => `当てはまるルールはありません。${v.name} は読み取りなので、そのまま通ります。`,
    "default-write": (v) => `当てはまるルールはありません。${v.name} は書き込みなので、人に確認します。`,
    "repeat-after-unknown": (v) =>
      `同じ引数での ${v.name} の前回の呼び出しは、結果が分からないまま終わっています。そのため改めて人に確認します。`,
  },
  held: {
    yes: "条件が成り立ちます",
    no: "条件が成り立ちません",
    always: "条件なし",
    failed: (v) =>
      `条件を判定できません（${v.why}）。deny と ask は当てはまったもの、allow は当てはまらないものとして扱います`,
    "other-access": "もう一方のアクセスについてのルールです",
    "not-reached": "ルールを見る前に決まったため、調べていません",
  },
  settled: (said) => `${said}。これで決まりました`,
  failures: {
    "too-large": "引数が大きすぎて、この条件では調べられません",
    "empty-path": "パスが空です",
    "outer-space": "パスの先頭か末尾に空白があります",
    backslash: "パスに、一部のシステムだけが区切りとみなすバックスラッシュがあります",
    "control-character": "パスに制御文字があります",
    home: "パスが ~ で始まっています",
    "drive-or-uri": "パスがドライブ名を含むか、URI になっています",
    escaped: "パスに、エスケープされたドットか区切り文字があります",
    dots: "パスに、ドットと空白だけの部分があります",
    spelling: "パスの別の書き方では、違う場所を指します",
    no_such_key: "フィールドがありません",
    schema: "確認済みのスキーマそのものが使えません",
    "not-typed": "引数についての条件ですが、引数はまだ入力の途中です",
  },
};
