/** The comments in the files that `kidoban init` writes. */

export const en = {
  config:
    "Kidoban's configuration, written by `kidoban init`. A change here is a write: `kidoban accept` shows and accepts it.",
  servers: "The servers behind the gate. They start in this file's folder, with this PATH and little else.",
  secrets: "Values stand in files of mode 0600, never here.",
  approvers:
    'Who may answer. `kidoban approver add NAME` makes a key and prints the line for here:\napprovers:\n  NAME: { key: "ed25519:…" }',
  approvals: "How well an answer must prove a human: client < operator < verified.",
  manifest:
    "What this agent may do. Rules that allow, ask or deny single tools, resources or prompts go under `rules:`.",
  access: {
    "read-only": "Reads pass, writes are refused.",
    "read-write": "Reads pass, writes ask.",
  },
};

export const ja: typeof en = {
  config:
    "Kidoban の設定。`kidoban init` が書きました。ここを変えることも書き込みです。`kidoban accept` で確認し、受け入れます。",
  servers: "門の後ろにあるサーバー。このファイルのフォルダーで、この PATH と最小限の環境で起動します。",
  secrets: "値はモード 0600 のファイルにあり、ここには書きません。",
  approvers:
    '回答できる人。`kidoban approver add 名前` が鍵を作り、ここに書く行を表示します:\napprovers:\n  名前: { key: "ed25519:…" }',
  approvals: "回答が人によるものだと、どこまで証明する必要があるか: client < operator < verified",
  manifest:
    "このエージェントに許すこと。個々のツール、リソース、プロンプトを allow、ask、deny するルールは `rules:` に書きます。",
  access: {
    "read-only": "読み取りは通し、書き込みは拒否します。",
    "read-write": "読み取りは通し、書き込みは人に確認します。",
  },
};
