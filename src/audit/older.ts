/** Which programs wrote a log before configurations were archived: of what they decided nothing can be made again. Pure. */

import type { EntryBody } from "./entry.ts";

type Opened = Extract<EntryBody, { readonly kind: "stream.opened" }>;

/** 0.1.0 is the first that says in its log what was in force. */
export const isBeforeArchives = ({ version }: Pick<Opened, "version">): boolean => /^0\.0\.\d+$/.test(version);

/** Whose decisions may stand there without what was in force; `unknown`: a process that serves no agent, and so has nothing. */
export const mayLeaveOut = (opened: Pick<Opened, "version" | "mode" | "agent">): boolean =>
  isBeforeArchives(opened) || (opened.mode === "unknown" && opened.agent === undefined);
