/** `kidoban check`: one sentence for each finding, and the summary. */

import { en as notify, ja as notifyJa, problemText as channelProblem } from "./notify.ts";
import { en as spans, ja as spansJa } from "./spans.ts";
import { en as stamp, ja as stampJa, stampProblemText } from "./stamp.ts";

const age = (ms: string): string => spans.age(Number(ms));
const span = (ms: string): string => spans.span(Number(ms));
const ageJa = (ms: string): string => spansJa.age(Number(ms));
const spanJa = (ms: string): string => spansJa.span(Number(ms));
const definitions = (count: string): string => (count === "1" ? "1 definition" : `${count} definitions`);
/** Clients need not say who they are. */
const named = (client: string): string => (client === "" ? "a client without a name" : client);
const namedJa = (client: string): string => (client === "" ? "名前のないクライアント" : client);

export const en = {
  severities: { error: "error", warning: "warning", note: "note" },
  summary: (errors: number, warnings: number, notes: number) =>
    `${errors} ${errors === 1 ? "error" : "errors"}, ${warnings} ${warnings === 1 ? "warning" : "warnings"}, ${notes} ${notes === 1 ? "note" : "notes"}`,
  findings: {
    "unreviewed-reads": (v: { server: string; count: string; names: string }) =>
      `reads of ${v.server} pass on their server's word, reviewed by nobody (${definitions(v.count)}: ${v.names}); run kidoban pin ${v.server}`,
    "unreviewed-writes": (v: { server: string; count: string; names: string }) =>
      `writes of ${v.server} were locked without a review (${definitions(v.count)}: ${v.names}); run kidoban pin ${v.server}`,
    "read-contradicted": (v: { what: string; word: string }) =>
      `${v.what} is locked as a read, but has "${v.word}" in its name or arguments`,
    "endpoint-changed": (v: { server: string; locked: string; configured: string }) =>
      `${v.server} was reviewed as ${v.locked} and is configured as ${v.configured}; nothing of it is let through until it is pinned again`,
    "lock-without-server": (v: { server: string }) =>
      `this lock is of a server that kidoban.yaml does not have: ${v.server}`,
    floating: (v: { server: string; spec: string; example: string }) =>
      `${v.server} runs whatever ${v.spec} is on the day it starts; name an exact version: ${v.example}`,
    "name-clash": (v: { agent: string; kind: "tool" | "prompt"; name: string; servers: string }) =>
      `${v.agent} sees only one of several ${v.kind}s named ${v.name} (${v.servers}): two servers keep their names as they are`,
    "uri-clash": (v: { agent: string; uri: string; servers: string; first: string }) =>
      `${v.uri} is claimed by more than one server that ${v.agent} is granted (${v.servers}); ${v.first} is asked for it, the others never`,
    "rule-unused": (v: { rule: string }) => `rule ${v.rule} matches nothing that an agent is granted`,
    "wildcard-allow": (v: { rule: string; pattern: string; names: string }) =>
      `${v.pattern} in rule ${v.rule} lets writes pass without a human: ${v.names}, and whatever is locked under such a name later`,
    "no-approver": (v: { agents: string }) =>
      `writes of ${v.agents} ask a human, and kidoban.yaml names no approver; run kidoban approver add NAME`,
    "quorum-unmet": (v: { rule: string; need: string; groups: string; have: string }) =>
      `${v.rule} needs ${v.need === "1" ? "an approver" : `${v.need} approvers`}${v.groups === "" ? "" : ` of ${v.groups}`}, and has ${v.have === "0" ? "none" : v.have}: what it asks for can never run`,
    "assurance-unmet": (v: { rule: string }) =>
      `${v.rule} needs a passkey (assurance verified), and every approver here has a key of assurance operator: what it asks for can never run`,
    "secret-old": (v: { name: string; ageMs: string; limitMs: string }) =>
      `secret ${v.name} is ${age(v.ageMs)} old, its max_age is ${span(v.limitMs)}; replace it at its issuer and in the file`,
    "secret-missing": (v: { name: string }) => `the file of secret ${v.name} is not there`,
    "secret-exposed": (v: { name: string; mode: string }) =>
      `others can read or change the file of secret ${v.name} (mode ${v.mode}); the gate refuses it: chmod 600`,
    "secret-unset": (v: { name: string; variable: string }) =>
      `secret ${v.name} comes from $${v.variable}, which is not set here`,
    "no-state": () => "there is no state yet: no requests, no log; the first start makes it",
    "state-unusable": (v: { reason: string }) => `the state cannot be opened: ${v.reason}`,
    exposed: (v: { mode: string; wanted: string }) =>
      `others can read or change this (mode ${v.mode}): chmod ${v.wanted}`,
    "folder-writable": (v: { mode: string }) =>
      `others can change which files are in this folder (mode ${v.mode}): chmod go-w`,
    "same-user": () =>
      "for all that is known, the gate runs as the same OS user as the agents: this protects against a mistaken agent, not against a hostile one that has a shell, and no gate sees a client's own file and shell tools",
    "separate-user": (v: { agent: string; user: string }) =>
      `behind kidoban serve, ${v.agent} is apart from the gate: its user ${v.user} can neither read the state nor change anything that the gate goes by; what sudo and a directory service allow ${v.user} is not seen from here`,
    "user-unknown": (v: { agent: string; user: string }) =>
      `${v.agent} is said to run as ${v.user}, and this machine has no such user: whether it is apart from the gate is unknown`,
    "user-unseen": (v: { agent: string; user: string; reason: string }) =>
      `what ${v.user} could change could not be looked at (${v.reason}): whether ${v.agent} is apart from the gate is unknown`,
    "user-own": (v: { agent: string; user: string }) =>
      `${v.agent} runs as ${v.user}, which is root or the gate's own user: it is not apart from the gate`,
    "user-powerful": (v: { agent: string; user: string; groups: string }) =>
      `${v.user} is in ${v.groups}, whose members can become root or read everything: ${v.agent} is not apart from the gate`,
    "user-reaches": (v: { agent: string; user: string; by: string; mode: string }) =>
      v.by === "owner"
        ? `this belongs to ${v.user}: ${v.agent} is not apart from the gate`
        : v.by === "hidden"
          ? `whose this is cannot be seen from here: ${v.agent}, as ${v.user}, does not count as apart from the gate`
          : `more than its owner may get at this (mode ${v.mode}): ${v.agent}, as ${v.user}, does not count as apart from the gate`,
    "user-reaches-more": (v: { user: string; more: string }) =>
      `${v.more} more places are open to ${v.user} or to others`,
    "socket-shared": (v: { agent: string; user: string; others: string }) =>
      `beside ${v.user}, ${v.others} may enter here and be ${v.agent} to the gate`,
    hazard: (v: { what: string }) =>
      `${v.what} is set here: it would let others into the gate's process, which refuses to start with it`,
    "not-accepted": () =>
      "these files differ from what is accepted: what narrows holds already, what widens waits for kidoban accept",
    stopped: (v: { stop: string; agent: string; reason: string }) =>
      `stop ${v.stop} is in force for ${v.agent === "" ? "every agent" : v.agent} (${v.reason}): nothing is forwarded; lift it with kidoban resume`,
    "log-key-missing": () =>
      "the installation's key is gone, but the log was signed with one: no gate starts, since a new key would begin another log",
    "log-key-unusable": (v: { reason: string }) => `the installation's key cannot be used: ${v.reason}`,
    "log-other-key": () => "the ledger was signed with another key than the installation's: no gate starts",
    "log-altered": () => "the ledger is not what was signed: no gate starts; run kidoban log verify",
    "log-rolled-back": () =>
      "the ledger in the store is older than its copy in the log folder: no gate starts; was the state restored from a backup?",
    "log-unwritable": () => "the log cannot be written here: gates seal themselves and forward nothing",
    sealed: (v: { gate: string; reason: string }) =>
      `${v.gate} is sealed and forwards nothing, since the log cannot be written (${v.reason}). What lacks room goes on by itself; after anything else, see to the disk and start it again`,
    "disk-low": (v: { free: string }) =>
      `only ${v.free} MB are free here; on a full disk gates seal themselves and forward nothing`,
    undelivered: (v: { channel: string; count: string; problem: string }) =>
      `channel ${v.channel} did not take ${v.count === "1" ? "a message" : `${v.count} messages`} (${channelProblem(v.problem, notify)}); try it with kidoban notify test`,
    "stamp-ca": () =>
      "log.timestamp: this file cannot be read, or holds no authority's certificate in PEM; nothing is stamped",
    "stamp-failing": (v: { url: string; ageMs: string; problem: string }) =>
      `the log's checkpoints have not been stamped for ${age(v.ageMs)} by ${v.url}: ${stampProblemText(v.problem, stamp)}. The gate goes on, and it is tried again`,
    "stamp-none": (v: { url: string }) =>
      `no checkpoint has been stamped by ${v.url} yet; kidoban serve does it by itself, elsewhere run kidoban log stamp from time to time`,
    "stamp-old": (v: { ageMs: string; everyMs: string }) =>
      `the last stamp of the log is ${age(v.ageMs)} old, and one is wanted every ${span(v.everyMs)}; kidoban serve does it by itself, elsewhere run kidoban log stamp from time to time`,
    "stamp-clock": (v: { apartMs: string }) =>
      `when the log was last stamped, the authority's clock and this machine's were ${age(v.apartMs)} apart; the times in the log are by this machine's`,
    "approver-other-key": (v: { name: string }) =>
      `the key of ${v.name} in your own folder is not the one that kidoban.yaml names: you cannot answer as ${v.name}`,
    "reachable-directly": (v: { client: string; name: string; server: string }) =>
      `${v.client} starts "${v.name}" by itself, which is ${v.server} behind the gate: its agent can go past the gate`,
    "client-unreadable": () => "this file of a client cannot be read: nobody knows what it starts",
    "last-client": (v: { agent: string; client: string; protocol: string; waitMs: string }) =>
      `${v.agent}: the last client was ${named(v.client)} (${v.protocol}); a call that waits for a human blocks it for ${span(v.waitMs)} at most, then it is told to come back with kidoban_wait`,
    "client-cannot-ask": (v: { agent: string; client: string }) =>
      `${v.agent}: answers in the client's own dialog would suffice, but its last client (${named(v.client)}) offers none; answer with kidoban approve`,
  },
};

export const ja: typeof en = {
  severities: { error: "エラー", warning: "警告", note: "参考" },
  summary: (errors, warnings, notes) => `エラー ${errors} 件、警告 ${warnings} 件、参考 ${notes} 件`,
  findings: {
    "unreviewed-reads": (v) =>
      `${v.server} の定義 ${v.count} 件が、誰も確認しないままサーバーの申告どおり読み取りとして通ります（${v.names}）。kidoban pin ${v.server} を実行してください`,
    "unreviewed-writes": (v) =>
      `${v.server} の定義 ${v.count} 件が、確認されないまま書き込みとしてロックされています（${v.names}）。kidoban pin ${v.server} を実行してください`,
    "read-contradicted": (v) => `${v.what} は読み取りとしてロックされていますが、名前か引数に「${v.word}」があります`,
    "endpoint-changed": (v) =>
      `${v.server} は ${v.locked} として確認されましたが、設定では ${v.configured} です。改めてピン留めするまで何も通しません`,
    "lock-without-server": (v) => `kidoban.yaml にないサーバー ${v.server} のロックです`,
    floating: (v) =>
      `${v.server} は、起動した日の ${v.spec} をそのまま実行します。正確な版を指定してください: ${v.example}`,
    "name-clash": (v) =>
      `${v.agent} からは、${v.name} という名前の複数の${v.kind === "tool" ? "ツール" : "プロンプト"}のうち一つしか見えません（${v.servers}）。二つのサーバーが名前をそのまま使っています`,
    "uri-clash": (v) =>
      `${v.uri} は、${v.agent} に認められている複数のサーバーのものです（${v.servers}）。問い合わせ先は ${v.first} だけで、ほかのサーバーには届きません`,
    "rule-unused": (v) => `ルール ${v.rule} は、エージェントに認められているもののどれにも当てはまりません`,
    "wildcard-allow": (v) =>
      `ルール ${v.rule} の ${v.pattern} により、書き込みが人の確認なしに通ります: ${v.names}。今後同じような名前でロックされるものも通ります`,
    "no-approver": (v) =>
      `${v.agents} の書き込みは人に確認しますが、kidoban.yaml に承認者がいません。kidoban approver add 名前 を実行してください`,
    "quorum-unmet": (v) =>
      `${v.rule} には承認者${v.groups === "" ? "" : `（${v.groups}）`}が ${v.need} 名必要ですが、${v.have} 名しかいません。承認を求めた呼び出しは決して実行できません`,
    "assurance-unmet": (v) =>
      `${v.rule} にはパスキー（assurance verified）が必要ですが、ここの承認者の鍵はすべて operator です。承認を求めた呼び出しは決して実行できません`,
    "secret-old": (v) =>
      `シークレット ${v.name} は更新から ${ageJa(v.ageMs)} 経っています（max_age は ${spanJa(v.limitMs)}）。発行元とファイルの両方で新しくしてください`,
    "secret-missing": (v) => `シークレット ${v.name} のファイルがありません`,
    "secret-exposed": (v) =>
      `シークレット ${v.name} のファイルをほかの人が読み書きできます（モード ${v.mode}）。門はこれを使いません。chmod 600 を実行してください`,
    "secret-unset": (v) => `シークレット ${v.name} は $${v.variable} から読みますが、ここでは設定されていません`,
    "no-state": () => "状態フォルダーはまだなく、依頼もログもありません。最初の起動時に作られます",
    "state-unusable": (v) => `状態フォルダーを開けません: ${v.reason}`,
    exposed: (v) => `ほかの人が読み書きできます（モード ${v.mode}）。chmod ${v.wanted} を実行してください`,
    "folder-writable": (v) =>
      `このフォルダーのファイルをほかの人が入れ替えられます（モード ${v.mode}）。chmod go-w を実行してください`,
    "same-user": () =>
      "分かる限りでは、門はエージェントと同じ OS ユーザーで動きます。エージェントの間違いは防げますが、シェルを使える悪意あるエージェントは防げません。また、クライアント自身のファイル操作やシェルは、どの門からも見えません",
    "separate-user": (v) =>
      `kidoban serve のもとで、${v.agent} は門から分離されています。そのユーザー ${v.user} は状態フォルダーを読めず、門が拠りどころとするものを何も変更できません。sudo やディレクトリサービスが ${v.user} に何を許しているかは、ここからは分かりません`,
    "user-unknown": (v) =>
      `${v.agent} は ${v.user} として動く設定ですが、このマシンにそのユーザーはいません。門から分離されているかどうかは不明です`,
    "user-unseen": (v) =>
      `${v.user} が変更できるものを調べられませんでした（${v.reason}）。${v.agent} が門から分離されているかどうかは不明です`,
    "user-own": (v) => `${v.agent} を動かす ${v.user} は、root か門自身のユーザーです。門から分離されていません`,
    "user-powerful": (v) =>
      `${v.user} は、root になるかすべてを読めるグループ（${v.groups}）の一員です。${v.agent} は門から分離されていません`,
    "user-reaches": (v) =>
      v.by === "owner"
        ? `${v.user} の所有物です。${v.agent} は門から分離されていません`
        : v.by === "hidden"
          ? `所有者がここからは分かりません。${v.user} として動く ${v.agent} は、門から分離されているとは見なしません`
          : `所有者以外にも開かれています（モード ${v.mode}）。${v.user} として動く ${v.agent} は、門から分離されているとは見なしません`,
    "user-reaches-more": (v) => `${v.user} かほかの人に開かれている場所が、ほかに ${v.more} か所あります`,
    "socket-shared": (v) => `${v.user} のほかに ${v.others} もここに入ることができ、門からは ${v.agent} に見えます`,
    hazard: (v) => `${v.what} が設定されています。ほかの人が門のプロセスに入り込めるため、このままでは門は起動しません`,
    "not-accepted": () =>
      "ファイルが受け入れ済みの設定と異なります。狭める変更はすでに有効で、広げる変更は kidoban accept を待っています",
    stopped: (v) =>
      `停止 ${v.stop} が${v.agent === "" ? "すべてのエージェント" : ` ${v.agent} `}に対して有効で（${v.reason}）、何も通しません。kidoban resume で解除できます`,
    "log-key-missing": () =>
      "ログに署名したこの環境の鍵がなくなっています。新しい鍵では別のログになってしまうため、門は起動しません",
    "log-key-unusable": (v) => `この環境の鍵を使えません: ${v.reason}`,
    "log-other-key": () => "台帳が、この環境の鍵とは別の鍵で署名されています。門は起動しません",
    "log-altered": () =>
      "台帳が、署名されたときの内容と異なります。門は起動しません。kidoban log verify を実行してください",
    "log-rolled-back": () =>
      "状態フォルダーの台帳が、ログフォルダーにある写しより古くなっています。門は起動しません。状態フォルダーをバックアップから戻しましたか",
    "log-unwritable": () => "ここにはログを書けません。門は自らを封印し、何も通しません",
    sealed: (v) =>
      `${v.gate}はログを書けないため封印され、何も通しません（${v.reason}）。容量不足なら空きができると自動で再開します。それ以外の場合は、ディスクを確認してから起動し直してください`,
    "disk-low": (v) =>
      `空き容量が ${v.free} MB しかありません。ディスクがいっぱいになると、門は自らを封印し、何も通しません`,
    undelivered: (v) =>
      `通知先 ${v.channel} に ${v.count} 件の通知を届けられていません（${channelProblem(v.problem, notifyJa)}）。kidoban notify test で確かめてください`,
    "stamp-ca": () =>
      "log.timestamp: このファイルを読めないか、PEM 形式の認証局の証明書が入っていません。タイムスタンプは付けられません",
    "stamp-failing": (v) =>
      `${v.url} から、${ageJa(v.ageMs)}の間ログのチェックポイントにタイムスタンプを受けられていません（${stampProblemText(v.problem, stampJa)}）。門はそのまま動き、取得を再試行します`,
    "stamp-none": (v) =>
      `${v.url} のタイムスタンプがまだ一つもありません。kidoban serve は自動で取得します。それ以外では、ときどき kidoban log stamp を実行してください`,
    "stamp-old": (v) =>
      `ログの最後のタイムスタンプは${ageJa(v.ageMs)}前のものです（設定では ${spanJa(v.everyMs)} ごと）。kidoban serve は自動で取得します。それ以外では、ときどき kidoban log stamp を実行してください`,
    "stamp-clock": (v) =>
      `最後のタイムスタンプの時点で、タイムスタンプ局の時計とこのマシンの時計が${ageJa(v.apartMs)}ずれていました。ログの時刻はこのマシンの時計によるものです`,
    "approver-other-key": (v) =>
      `あなたのフォルダーにある ${v.name} の鍵は、kidoban.yaml のものと異なります。${v.name} としては回答できません`,
    "reachable-directly": (v) =>
      `${v.client} が「${v.name}」を直接起動します。これは門の後ろにある ${v.server} と同じもので、エージェントは門を通らずに使えてしまいます`,
    "client-unreadable": () => "クライアントのこのファイルを読めません。何を起動しているか分かりません",
    "last-client": (v) =>
      `${v.agent}: 最後のクライアントは ${namedJa(v.client)}（${v.protocol}）です。人の回答を待つ呼び出しは最大 ${spanJa(v.waitMs)}、クライアントを待たせ、その後は kidoban_wait で続きを待つよう伝えます`,
    "client-cannot-ask": (v) =>
      `${v.agent}: クライアント自身の画面での回答で足りる設定ですが、最後のクライアント（${namedJa(v.client)}）にその画面がありません。kidoban approve で回答してください`,
  },
};
