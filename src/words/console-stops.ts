/** The console's page of stops. */

export const en = {
  title: "Stop and resume",
  lead: "From a stop on, nothing is forwarded for the agents it concerns. To stop needs no passkey; to resume does.",
  standing: "In force",
  none: "No stop is in force.",
  everybody: "every agent",
  whom: (agent: string) => `agent ${agent}`,
  by: (name: string) => `by ${name}`,
  waiting: (pids: string) => `Not acknowledged yet by processes ${pids}.`,
  acknowledged: (count: number) =>
    count === 0
      ? "No process runs that it concerns."
      : count === 1
        ? "Acknowledged by the one process that runs."
        : `Acknowledged by every process (${count}).`,
  resume: "Resume",
  resumeReason: "Why it may go on",
  place: "Stop",
  agent: "Whom",
  reason: "Why",
  placed: "The stop is in force.",
  lifted: "The stop is lifted.",
  gone: "This stop was not in force any more.",
  noReason: "Say why.",
  unknownAgent: "There is no such agent.",
  notAllowed: "Your role may not lift stops; an owner or operator can.",
  notSigned: "The passkey's signature does not suffice for this stop. It stays in force.",
  noPasskey: "You have no passkey at this console. In a terminal:",
};

export type StopPageWords = typeof en;

export const ja: StopPageWords = {
  title: "停止と再開",
  lead: "停止すると、対象のエージェントの呼び出しは一切転送されません。停止にパスキーは不要ですが、再開には必要です。",
  standing: "停止中",
  none: "停止中のエージェントはありません。",
  everybody: "すべてのエージェント",
  whom: (agent) => `エージェント ${agent}`,
  by: (name) => `${name} による`,
  waiting: (pids) => `プロセス ${pids} がまだ応答していません。`,
  acknowledged: (count) =>
    count === 0 ? "対象のプロセスは動いていません。" : `動作中のすべてのプロセス（${count}）が停止を確認しました。`,
  resume: "再開する",
  resumeReason: "再開する理由",
  place: "停止する",
  agent: "対象",
  reason: "理由",
  placed: "停止しました。",
  lifted: "再開しました。",
  gone: "この停止はすでに解除されています。",
  noReason: "理由を入力してください。",
  unknownAgent: "そのようなエージェントはありません。",
  notAllowed: "あなたの役割では再開できません。owner または operator が再開できます。",
  notSigned: "このパスキーの署名では再開できません。停止は続いています。",
  noPasskey: "このコンソールで使えるパスキーがありません。端末で次を実行してください:",
};
