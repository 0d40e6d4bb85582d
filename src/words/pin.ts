/** `kidoban pin`: reviewing what a server offers. */

interface Counts {
  readonly tool: number;
  readonly resource: number;
  readonly prompt: number;
}

const some = (count: number, one: string, many: string): readonly string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];

export const en = {
  starting: (server: string) => `Starting ${server} twice to see what it offers…`,
  columns: { kind: "kind", name: "name", access: "access", destructive: "destructive", note: "note" },
  kinds: {
    tool: "tool",
    resource: "resource",
    template: "template",
    prompt: "prompt",
    completion: "completion",
  },
  access: { read: "read", write: "write" },
  yes: "yes",
  no: "no",
  contradiction: {
    tool: (word: string) => `says it only reads, but has “${word}”`,
    resource: (word: string) => `would be a read, but has “${word}”`,
    prompt: (word: string) => `would be a read, but has “${word}”`,
  },
  runsCode: "runs server code",
  between: "; ",
  fresh: "new",
  changed: (count: number) => `changed in ${count} place${count === 1 ? "" : "s"}: quarantined until pinned`,
  gone: (kind: string, name: string) => `${kind} ${name} is not offered any more and leaves the lock`,
  leftOut: (what: string) => `not passed on: ${what}`,
  volatile: (pointers: string) => `changes by itself, not compared: ${pointers}`,
  before: "locked",
  after: "now",
  nothing: "nothing",
  chooseReads: (server: string) =>
    `${server}: which of these only read? (↑ ↓ to move, space to change, enter to confirm)`,
  chooseDestructive: (server: string) => `${server}: which of the writes cannot be undone?`,
  cancelled: "Nothing was written.",
  noTerminal: "no terminal to review on; `--accept-hints` takes the server's word instead",
  written: (file: string, { tool, resource, prompt }: Counts) => {
    const counts = [
      ...some(tool, "tool", "tools"),
      ...some(resource, "resource or template", "resources and templates"),
      ...some(prompt, "prompt", "prompts"),
    ];
    return `Wrote ${file}: ${counts.length === 0 ? "nothing is offered" : counts.join(", ")}.`;
  },
  hinted: "Taken from the server's own hints, reviewed by nobody; `kidoban check` reports it.",
  accept: "The gate goes on with the accepted configuration until you run: kidoban accept",
  unknownServer: (name: string, known: string) =>
    `there is no server "${name}" in the configuration (there are: ${known})`,
};

export const ja: typeof en = {
  starting: (server) => `${server} を二回起動し、提供内容を確認しています…`,
  columns: { kind: "種類", name: "名前", access: "アクセス", destructive: "破壊的", note: "備考" },
  kinds: {
    tool: "ツール",
    resource: "リソース",
    template: "テンプレート",
    prompt: "プロンプト",
    completion: "補完",
  },
  access: { read: "読み取り", write: "書き込み" },
  yes: "はい",
  no: "いいえ",
  contradiction: {
    tool: (word) => `読み取りだけと申告していますが「${word}」があります`,
    resource: (word) => `読み取りのはずですが、名前に「${word}」があります`,
    prompt: (word) => `読み取りのはずですが、名前に「${word}」があります`,
  },
  runsCode: "サーバーのコードを実行します",
  between: "、",
  fresh: "新規",
  changed: (count) => `${count} か所が変わりました（改めてピン留めするまで隔離されます）`,
  gone: (kind, name) => `${kind} ${name} はもう提供されていないため、ロックから外します`,
  leftOut: (what) => `取り次ぎませんでした: ${what}`,
  volatile: (pointers) => `自然に変わるため比較しません: ${pointers}`,
  before: "ロック",
  after: "現在",
  nothing: "なし",
  chooseReads: (server) => `${server}: 読み取りだけのものはどれですか（↑ ↓ で移動、スペースで変更、Enter で確定）`,
  chooseDestructive: (server) => `${server}: 書き込みのうち、元に戻せないものはどれですか`,
  cancelled: "何も書き込みませんでした。",
  noTerminal: "内容を確認するための端末がありません。`--accept-hints` を付けるとサーバーの申告をそのまま採用します",
  written: (file, { tool, resource, prompt }) => {
    const counts = [
      ...(tool === 0 ? [] : [`ツール ${tool} 個`]),
      ...(resource === 0 ? [] : [`リソースとテンプレート ${resource} 個`]),
      ...(prompt === 0 ? [] : [`プロンプト ${prompt} 個`]),
    ];
    return counts.length === 0
      ? `${file} を書き込みました。提供されているものはありません。`
      : `${file} に${counts.join("、")}を書き込みました。`;
  },
  hinted: "サーバー自身のヒントをそのまま採用し、誰も確認していません。`kidoban check` が報告します。",
  accept: "次を実行するまで、門は受け入れ済みの設定で動き続けます: kidoban accept",
  unknownServer: (name, known) => `設定にサーバー「${name}」はありません（あるもの: ${known}）`,
};
