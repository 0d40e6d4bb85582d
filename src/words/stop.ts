/** `kidoban stop` and `kidoban resume`. */

export const en = {
  placed: (stop: string, whom: string) => `Stop ${stop} is in force for ${whom}.`,
  everybody: "every agent",
  agent: (name: string) => `agent ${name}`,
  waiting: (pids: string) =>
    `Waiting for processes that have not acknowledged yet: pid ${pids} (Ctrl-C leaves the stop in force)`,
  acknowledged: (count: number) =>
    `${count === 0 ? "No gate runs" : `Acknowledged by ${count} running gate${count === 1 ? "" : "s"}`}. Nothing is forwarded any more, also after a restart.`,
  notRecorded: (reason: string) => `The stop is in force, but could not be recorded in the log: ${reason}`,
  told: (channels: string) => `Told: ${channels}.`,
  untold: (channels: string) =>
    `Not delivered yet: ${channels}. The message is kept; the next gate or console that runs tries again.`,
  notTold: (reason: string) => `The stop is in force, but nobody could be told: ${reason}`,
  lift: "Lift it with: kidoban resume --reason TEXT",
  standing: (stop: string, whom: string, reason: string, by: string, at: string) =>
    `Stop ${stop} for ${whom}, placed by ${by} at ${at}: ${reason}`,
  none: "No stop is in force.",
  several: (list: string) => `Several stops are in force; name one:\n${list}`,
  unknown: (stop: string) => `There is no stop ${stop} in force.`,
  lifted: (stop: string, by: string) => `Stop ${stop} is lifted by ${by}.`,
  notApprover: (name: string) =>
    `${name} is not an approver under this key. A stop is lifted by an approver of a configuration that was accepted when it was placed; a stop of one agent, by one of a configuration with that agent.`,
  noApprover:
    "No configuration that this stop concerns names an approver, and a stop is lifted by one. Add one (kidoban approver add NAME), put the line into kidoban.yaml and run kidoban accept; both work while a stop is in force.",
};

export const ja: typeof en = {
  placed: (stop, whom) => `停止 ${stop} が${whom}に対して有効になりました。`,
  everybody: "すべてのエージェント",
  agent: (name) => `エージェント ${name} `,
  waiting: (pids) =>
    `まだ停止を確認していないプロセスを待っています: pid ${pids}（Ctrl-C で抜けても停止は有効なままです）`,
  acknowledged: (count) =>
    `${count === 0 ? "動いている門はありません" : `動作中の門 ${count} 個が確認しました`}。再起動後も含め、これ以上何も通しません。`,
  notRecorded: (reason) => `停止は有効ですが、ログに記録できませんでした: ${reason}`,
  told: (channels) => `通知しました: ${channels}`,
  untold: (channels) =>
    `まだ届いていません: ${channels}。通知は保存してあり、次に動く門またはコンソールがもう一度送ります。`,
  notTold: (reason) => `停止は有効ですが、誰にも通知できませんでした: ${reason}`,
  lift: "解除するには: kidoban resume --reason 理由",
  standing: (stop, whom, reason, by, at) => `停止 ${stop}（対象: ${whom}、${at} に ${by} が指示）: ${reason}`,
  none: "有効な停止はありません。",
  several: (list) => `有効な停止が複数あります。一つ指定してください:\n${list}`,
  unknown: (stop) => `有効な停止 ${stop} はありません。`,
  lifted: (stop, by) => `${by} が停止 ${stop} を解除しました。`,
  notApprover: (name) =>
    `${name} はこの鍵では承認者ではありません。停止を解除できるのは、停止した時点で受け入れ済みだった設定の承認者です。一つのエージェントの停止であれば、そのエージェントのある設定の承認者に限ります。`,
  noApprover:
    "この停止にかかわる設定に承認者がいません。停止の解除は承認者が行います。kidoban approver add 名前 で鍵を作り、表示された行を kidoban.yaml に加えて kidoban accept を実行してください。どちらも停止中に行えます。",
};
