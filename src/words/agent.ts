/** What the agent's model reads in results and definitions. English only: models follow it best, and people read the console. */

/** A text of a person's, ended like a sentence. */
const sentence = (text: string): string => (/[.!?。！？]$/.test(text) ? text : `${text}.`);

const needsApproval = (code: string, until: string, command: string): string =>
  `NOT EXECUTED. This call needs a human's approval (${code}, open until ${until}). ` +
  `Tell the user: it can be approved with \`${command}\`.`;

export const agent = {
  waitDescription:
    "Waits for a human's decision on a call that was held for approval, then runs exactly that call once and returns its result. Use it instead of repeating the call.",
  waitId: "the id from the pending answer",
  reason: "why this change; shown to the approver and kept in the log",

  unknown: {
    tool: (name: string) => `Unknown tool: ${name}`,
    prompt: (name: string) => `Unknown prompt: ${name}`,
    resource: () => "Resource not found",
    completion: (name: string) => `Nothing to complete: ${name}`,
  },
  completionHeld: "DENIED by policy: what is completed here waits for a human, and nobody is asked at each keystroke.",
  watchHeld: "DENIED by policy: reading this resource waits for a human, so its updates are not told.",
  notWatched: (server: string) => `Server "${server}" does not tell of updates.`,
  tooManyWatches: (cap: number) => `${cap} resources are watched already.`,
  repeatInstead: "This was no tool call: ask for exactly the same again instead of waiting for it here.",
  denied: (reason: string | undefined) =>
    `DENIED by policy${reason === undefined ? "." : `: ${sentence(reason)}`} Do not retry or work around it; tell the user.`,
  invalidArguments: (detail: string) => `DENIED: the arguments do not fit the tool's schema (${detail}).`,
  secretInArguments: "DENIED: the arguments contain a credential of the gate's own configuration.",
  stopped: (reason: string) => `STOPPED by a human: ${reason}. Nothing is forwarded until a human resumes.`,
  sealed: "NOT EXECUTED: the audit log cannot be written, so nothing may pass. Tell the user.",
  sentNotRecorded:
    "SENT, OUTCOME NOT RECORDED: the call was sent, but the audit log could not be written afterwards. It may have taken effect. Tell the user.",
  serverDown: (cause: string) => `NOT EXECUTED: ${cause}`,
  notSent: (server: string, detail: string | undefined) =>
    `NOT EXECUTED: the call did not reach server "${server}"${detail === undefined ? "" : ` (${detail})`}.`,
  unknownOutcome: (server: string, detail: string | undefined) =>
    `OUTCOME UNKNOWN: the call was sent to "${server}" and ${detail ?? "no answer came"}. It may or may not have taken effect. Check with a read before trying again.`,
  resultTooLong: (server: string, bytes: number, most: number) =>
    `EXECUTED, RESULT NOT PASSED ON: "${server}" answered with ${bytes} bytes, more than the ${most} that are allowed.`,
  tooManyInFlight: (cap: number) => `NOT EXECUTED: ${cap} calls of this agent are in flight already.`,
  tooMany: (cap: number) => `NOT EXECUTED: ${cap} calls already wait for approval. Wait for them first.`,

  pending: (id: string, code: string, until: string, command: string) =>
    `${needsApproval(code, until, command)} Do not repeat or change the call; ` +
    `call kidoban_wait {"id":"${id}"}: it waits for the decision, runs this call once and returns its result.`,
  /** Of a resource or a prompt: what waits can only be asked for again. */
  pendingRequest: (code: string, until: string, command: string) =>
    `${needsApproval(code, until, command)} Ask for exactly the same again once it is approved.`,
  /** After either of them. */
  unheard:
    "NOBODY COULD BE TOLD of it: none of the configured channels took the message, and no console is open. Tell the user now.",
  running: (server: string, id: string) =>
    `STILL RUNNING: this call was approved and sent to "${server}", which has not answered yet. Do not repeat it; ` +
    `call kidoban_wait {"id":"${id}"} for its outcome.`,
  waiting: (code: string, waitedSeconds: number, until: string) =>
    `Waiting for approval ${code} · ${waitedSeconds} s · open until ${until}`,
  taskWaiting: (code: string, until: string, command: string) =>
    `Waiting for a human's approval (${code}, open until ${until}). Tell the user: it can be approved with \`${command}\`.`,
  taskRunning: (server: string) => `Approved; waiting for the answer of "${server}".`,
  taskFailed: (server: string) => `"${server}" answered with an error.`,
  taskCancelled: "NOT EXECUTED: the task was cancelled.",
  taskCancelledNote: "its task was cancelled",
  deniedByHuman: (who: string, comment: string | undefined) =>
    `DENIED by ${who}${comment === undefined ? "." : ` with the words: ${sentence(comment)}`} Do not retry or work around it; tell the user.`,
  returned: (who: string, question: string) =>
    `NOT EXECUTED: sent back by ${who} with a question: ${sentence(question)} ` +
    `Answer it with the user's help: call again with the answer in kidoban_reason, changed if need be.`,
  /** `changed`: name and JSON of each argument. */
  edited: (who: string, changed: readonly (readonly [string, string])[]) =>
    `ARGUMENTS CHANGED: before this call was approved, ${who} changed these of its arguments: ` +
    `${changed.map(([name, value]) => `${name} = ${value}`).join("; ")}. What follows is about the call with them.`,
  closedTool: (minutes: number) =>
    `NOT EXECUTED: people denied this tool three times within ten minutes, so it is closed for another ${minutes} min. ` +
    `Do not retry or work around it; tell the user.`,
  expired: "NOT EXECUTED: nobody answered in time. Ask the user.",
  redeemExpired: "NOT EXECUTED: it was approved, but not used in time. Call again to ask anew.",
  withdrawn: (note: string | undefined) =>
    `NOT EXECUTED: the request was withdrawn${note === undefined ? "" : ` (${note})`}.`,
  invalidated: (note: string | undefined) =>
    `NOT EXECUTED: what was asked for no longer holds${note === undefined ? "" : ` (${note})`}. Call again to ask anew.`,
  noSuchRequest: "There is no such request of this agent.",
  replayed: "This is the stored result of the identical call that was approved and run before; it was not run again.",

  promptTitle: (name: string, server: string) => `Approve ${name} on ${server}?`,
  promptApprove: "approve: run exactly this call once",
  promptDeny: "deny",
} as const;
