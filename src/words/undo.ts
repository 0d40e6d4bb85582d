/** What `kidoban undo` says. */

import { listed } from "./words.ts";

export const en = {
  nothing: "Nothing to undo.",
  restored: (file: string) => `restored  ${file}`,
  removed: (file: string) => `removed   ${file}`,
  kept: (file: string) => `kept      ${file} (changed since)`,
  already: "The clients' files were as before already.",
  merged: (file: string) => `restored  ${file} (the servers; what was changed since stays)`,
  refused: (mergeable: readonly string[], lost: readonly string[]) =>
    [
      "These files were changed after init, so nothing was touched.",
      ...(mergeable.length === 0
        ? []
        : [`With --force the servers are put back here and the later changes stay:\n${listed(mergeable)}`]),
      ...(lost.length === 0
        ? []
        : [`With --force these are put back whole, and the later changes ARE LOST:\n${listed(lost)}`]),
    ].join("\n"),
  damaged: (file: string) => `The backup is damaged, nothing was touched: ${file}`,
  restart: "Restart your clients.",
};

export const ja: typeof en = {
  nothing: "元に戻すものはありません。",
  restored: (file) => `復元    ${file}`,
  removed: (file) => `削除    ${file}`,
  kept: (file) => `残存    ${file}（その後に変更されています）`,
  already: "クライアントのファイルはすでに元のとおりでした。",
  merged: (file) => `復元    ${file}（サーバーだけ。その後の変更は残ります）`,
  refused: (mergeable, lost) =>
    [
      "次のファイルは init の後に変更されているため、何も触れていません。",
      ...(mergeable.length === 0
        ? []
        : [`--force を付けると、サーバーだけを元に戻し、その後の変更は残します:\n${listed(mergeable)}`]),
      ...(lost.length === 0 ? [] : [`--force を付けると、全体を元に戻し、その後の変更は失われます:\n${listed(lost)}`]),
    ].join("\n"),
  damaged: (file) => `バックアップが壊れているため、何も触れていません: ${file}`,
  restart: "クライアントを再起動してください。",
};
