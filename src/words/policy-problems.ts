/** What is wrong in rules, conditions and grants, one sentence per code: lower case, one line, no full stop. */

const meant = (suggestion: string): string => (suggestion === "" ? "" : `; did you mean \`${suggestion}\`?`);
const perhaps = (suggestion: string): string => (suggestion === "" ? "" : `。\`${suggestion}\` のことでしょうか`);

/** What every fault of a condition tells: `at` counts characters of `source` from 1, `of` names the rule and `on` what it looks at. */
type InCondition = Readonly<Record<"of" | "on" | "at" | "source" | "subject" | "suggestion", string>>;
const inCondition = (v: InCondition, text: string): string =>
  `condition of \`${v.of}\`, character ${v.at}, on ${v.on}: ${text}`;
const joken = (v: InCondition, text: string): string => `\`${v.of}\` の条件の ${v.at} 文字目（対象 ${v.on}）: ${text}`;

export const en = {
  "pattern-without-slash": (v: { text: string }) =>
    `\`${v.text}\` names no server: write \`server/name\`, or \`*/name\` for every server`,
  "pattern-unknown-kind": (v: { text: string; kind: string; suggestion: string }) =>
    `\`${v.kind}\` in \`${v.text}\` is not a kind; there are tool, resource, prompt and completion${meant(v.suggestion)}`,
  "pattern-empty-part": (v: { text: string }) =>
    `\`${v.text}\` leaves the server or the name empty; write \`*\` for any`,
  "no-lock": (v: { server: string }) =>
    `\`${v.server}\` has no lock yet, so nothing of it can be used; run \`kidoban pin ${v.server}\``,
  "name-not-locked": (v: { name: string; server: string; suggestion: string }) =>
    `the lock of \`${v.server}\` knows no \`${v.name}\`${meant(v.suggestion)}`,
  "match-nothing": (v: { text: string; rule: string }) =>
    `\`${v.text}\` in rule \`${v.rule}\` matches nothing that is locked`,
  "allow-never-holds": (v: { rule: string; server: string }) =>
    `rule \`${v.rule}\` allows writes of \`${v.server}\`, which this manifest grants read-only: it can never hold`,
  "quorum-of-none": (v: { rule: string; need: string }) =>
    `\`need: ${v.need}\` in \`${v.rule}\`: at least one approver must answer`,
  "time-of-none": (v: { rule: string }) => `an approval of \`${v.rule}\` would be over before it began`,
  "distinct-without-owner": (v: { rule: string; agent: string }) =>
    `rule ${v.rule} keeps the owner from approving, but the manifest of ${v.agent} names no \`owner\``,
  "quorum-of-one-client": (v: { rule: string; need: string }) =>
    `\`${v.rule}\` needs ${v.need} approvers, and behind a client there is one: its own prompt will never suffice`,
  "example-of-nothing": (v: { rule: string; call: string }) =>
    `the example \`${v.call}\` of rule \`${v.rule}\` is no call of anything that is locked`,
  "example-differs": (v: { rule: string; call: string; expected: string; found: string; why: string }) =>
    `the example \`${v.call}\` of rule \`${v.rule}\` should be ${v.expected} and is ${v.found}: ${v.why}`,
  "condition-syntax": (v: InCondition) => inCondition(v, `this is not valid CEL: ${v.subject}`),
  "condition-type": (v: InCondition) => inCondition(v, v.subject),
  "condition-unknown-name": (v: InCondition) =>
    inCondition(v, `nothing is called \`${v.subject}\`; there are args, agent, server and name${meant(v.suggestion)}`),
  "condition-overload": (v: InCondition) => inCondition(v, `there is no \`${v.subject}\`: the types do not fit`),
  "condition-operand": (v: InCondition) =>
    inCondition(v, `\`&&\` and \`||\` stand between true or false, and here is ${v.subject}`),
  "condition-not-bool": (v: InCondition) => inCondition(v, `it must say true or false, and gives ${v.subject}`),
  "condition-unknown-field": (v: InCondition) => inCondition(v, `there is no \`${v.subject}\`${meant(v.suggestion)}`),
  "condition-optional-field": (v: InCondition) =>
    inCondition(v, `\`${v.subject}\` may be missing; ask first: \`has(${v.subject}) && …\``),
  "condition-computed-field": (v: InCondition) => inCondition(v, `a field of \`${v.subject}\` must be named outright`),
  "condition-function": (v: InCondition) =>
    inCondition(v, `conditions have no function \`${v.subject}\`${meant(v.suggestion)}`),
  "condition-matches": (v: InCondition) =>
    inCondition(v, "`matches` can be made to run for ever by an argument; use `re2(text, 'pattern')`"),
  "condition-needs-literal": (v: InCondition) =>
    inCondition(
      v,
      `\`${v.subject}\` must search for a literal of at most 256 characters, or an argument could make it slow`,
    ),
  "condition-regex": (v: InCondition) => inCondition(v, `re2 cannot read this pattern: ${v.subject}`),
  "condition-sql-dialect": (v: InCondition) =>
    inCondition(
      v,
      `\`sql_reads()\` takes a dialect by its name, and \`${v.subject}\` is none; there are 'postgresql', 'mysql' and 'sqlite'${meant(v.suggestion)}`,
    ),
  "condition-nested": (v: InCondition) =>
    inCondition(v, "one `all`, `exists`, `map` or `filter` inside or upon another is not allowed"),
  "condition-shadow": (v: InCondition) =>
    inCondition(v, `\`${v.subject}\` already has a meaning here; choose another name`),
  "condition-no-root": (v: InCondition) =>
    inCondition(v, "`within()` needs the server's `root:` in kidoban.yaml to measure against"),
  "condition-folder": (v: InCondition) =>
    inCondition(v, `\`${v.subject}\` can be read in more than one way as a folder; write it plainly, with /`),
};

export const ja: typeof en = {
  "pattern-without-slash": (v) =>
    `\`${v.text}\` にサーバーがありません。\`server/name\`、すべてのサーバーなら \`*/name\` と書いてください`,
  "pattern-unknown-kind": (v) =>
    `\`${v.text}\` の \`${v.kind}\` という種類はありません。使えるのは tool、resource、prompt、completion です${perhaps(v.suggestion)}`,
  "pattern-empty-part": (v) => `\`${v.text}\` はサーバーまたは名前が空です。何でもよい場合は \`*\` と書いてください`,
  "no-lock": (v) =>
    `\`${v.server}\` はまだロックがないため、何も使えません。\`kidoban pin ${v.server}\` を実行してください`,
  "name-not-locked": (v) => `\`${v.server}\` のロックに \`${v.name}\` はありません${perhaps(v.suggestion)}`,
  "match-nothing": (v) => `ルール \`${v.rule}\` の \`${v.text}\` に当てはまるものが、ロックに一つもありません`,
  "allow-never-holds": (v) =>
    `ルール \`${v.rule}\` は \`${v.server}\` への書き込みを許可していますが、このマニフェストでは read-only です。このルールが効くことはありません`,
  "quorum-of-none": (v) => `\`${v.rule}\` の \`need: ${v.need}\` は使えません。承認者は少なくとも一人必要です`,
  "time-of-none": (v) => `\`${v.rule}\` の承認は、始まる前に期限が切れてしまいます`,
  "distinct-without-owner": (v) =>
    `ルール ${v.rule} は owner 本人の承認を認めませんが、${v.agent} のマニフェストに \`owner\` がありません`,
  "quorum-of-one-client": (v) =>
    `\`${v.rule}\` には承認者が ${v.need} 人必要ですが、クライアントの前にいるのは一人です。クライアントの確認画面だけでは足りません`,
  "example-of-nothing": (v) => `ルール \`${v.rule}\` の例 \`${v.call}\` は、ロックにあるどの呼び出しでもありません`,
  "example-differs": (v) =>
    `ルール \`${v.rule}\` の例 \`${v.call}\` は ${v.expected} のはずですが、${v.found} になりました: ${v.why}`,
  "condition-syntax": (v) => joken(v, `CEL として読めません: ${v.subject}`),
  "condition-type": (v) => joken(v, `型が合いません: ${v.subject}`),
  "condition-unknown-name": (v) =>
    joken(
      v,
      `\`${v.subject}\` というものはありません。使えるのは args、agent、server、name です${perhaps(v.suggestion)}`,
    ),
  "condition-overload": (v) => joken(v, `\`${v.subject}\` はできません。型が合っていません`),
  "condition-operand": (v) =>
    joken(v, `\`&&\` と \`||\` の両側は真偽値でなければなりませんが、${v.subject} になっています`),
  "condition-not-bool": (v) => joken(v, `真偽値になる必要がありますが、${v.subject} になっています`),
  "condition-unknown-field": (v) => joken(v, `\`${v.subject}\` はありません${perhaps(v.suggestion)}`),
  "condition-optional-field": (v) =>
    joken(v, `\`${v.subject}\` はないことがあります。先に \`has(${v.subject}) && …\` で確かめてください`),
  "condition-computed-field": (v) => joken(v, `\`${v.subject}\` のフィールドは名前を直接書いてください`),
  "condition-function": (v) => joken(v, `条件では \`${v.subject}\` という関数を使えません${perhaps(v.suggestion)}`),
  "condition-matches": (v) =>
    joken(v, "`matches` は引数しだいで終わらなくなることがあります。代わりに `re2(text, 'pattern')` を使ってください"),
  "condition-needs-literal": (v) =>
    joken(
      v,
      `\`${v.subject}\` で探す文字列は、256 文字以内でじかに書いてください。引数しだいで遅くなるのを防ぐためです`,
    ),
  "condition-regex": (v) => joken(v, `re2 ではこのパターンを読めません: ${v.subject}`),
  "condition-sql-dialect": (v) =>
    joken(
      v,
      `\`sql_reads()\` の 2 つ目には、SQL の種類を 'postgresql'、'mysql'、'sqlite' のどれかでじかに書いてください（\`${v.subject}\` はありません）${perhaps(v.suggestion)}`,
    ),
  "condition-nested": (v) => joken(v, "`all`、`exists`、`map`、`filter` は、重ねたり続けたりできません"),
  "condition-shadow": (v) => joken(v, `\`${v.subject}\` はここでは別の意味で使われています。ほかの名前にしてください`),
  "condition-no-root": (v) => joken(v, "`within()` を使うには、kidoban.yaml にこのサーバーの `root:` が必要です"),
  "condition-folder": (v) =>
    joken(v, `フォルダー \`${v.subject}\` は何通りにも読めます。/ を使って、そのまま書いてください`),
};
