/** The live inbox on the terminal device: what waits, read in full, answered with a key. Ends with q. */

import { answer, type Signer } from "../approval/desk.ts";
import { titleOf } from "../approval/show.ts";
import type { Remarks } from "../approval/statement.ts";
import { answeredText } from "./answer-text.ts";
import { askLine } from "./ask-line.ts";
import type { AnswerOptions } from "./answer.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { openDesk } from "./desk.ts";
import { pageHeight, screen, viewLines, type Look } from "./inbox-screen.ts";
import {
  closed,
  isIdle,
  paged,
  refreshed,
  rowId,
  step,
  type Inbox,
  type Opened,
  type Row,
  type Wish,
} from "./inbox-state.ts";
import { onKeys, type Key } from "./keys.ts";
import { notify } from "./notify.ts";
import type { Device } from "./terminal.ts";
import { approvalWords, signerName, unlockSigner } from "./unlock.ts";

const TICK_MS = 1000;

type Event = { readonly kind: "keys"; readonly keys: readonly Key[] } | { readonly kind: "changed" | "tick" | "end" };

/** Events in order; `next` waits for one. */
function eventQueue(): { push(event: Event): void; next(): Promise<Event> } {
  const waiting: Event[] = [];
  let wake: (() => void) | undefined;
  return {
    push(event) {
      waiting.push(event);
      wake?.();
    },
    async next() {
      for (;;) {
        const event = waiting.shift();
        if (event !== undefined) return event;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** Another screen while the inbox lasts, so that what was there before comes back. */
const ENTER_SCREEN = "\u001b[?1049h\u001b[?25l";
const LEAVE_SCREEN = "\u001b[?25h\u001b[?1049l";

export async function inbox(context: Context, device: Device, options: AnswerOptions): Promise<ExitCode> {
  const { language, env } = context;
  const words = approvalWords(context);
  const { output } = device;
  const { desk, consoles, close } = await openDesk(context);
  const origins = await consoles();
  const events = eventQueue();
  const look = (): Look => ({
    words,
    language,
    color: env.color,
    columns: output.columns || 80,
    rows: output.rows || 24,
    consoles: origins,
  });

  let state: Inbox = { rows: [] };
  let signer: Signer | undefined;
  let touchedAt = performance.now();
  let endKeys: (() => void) | undefined;
  const listen = (): void => {
    endKeys = onKeys(device, (keys) => events.push({ kind: "keys", keys }));
  };

  /** Prompts draw below each other and read lines: they get an empty screen and the keys. */
  async function prompted<T>(prompt: () => Promise<T>): Promise<T> {
    endKeys?.();
    output.write("\u001b[H\u001b[J\u001b[?25h");
    try {
      return await prompt();
    } finally {
      output.write("\u001b[?25l");
      listen();
    }
  }

  async function refresh(known: ReadonlySet<string> | undefined): Promise<void> {
    const rows = await desk.list();
    state = refreshed(state, rows);
    if (known === undefined) return;
    for (const row of rows.filter((one) => !known.has(rowId(one)))) announce(row);
  }

  function announce(row: Row): void {
    if (row.kind !== "found") return;
    const text = words.inbox.arrived(row.request.view.agent, titleOf(row.request));
    output.write("\u0007");
    notify(env, "Kidoban", text);
    state = { ...state, message: text };
  }

  /** Whose turn it is, beside the request that was just opened. */
  async function readTurn({ row, turn: _old, ...rest }: Opened): Promise<void> {
    const name = signer?.approver ?? (await signerName(context, options));
    const turn = name === undefined ? undefined : await desk.turn(row.request, name);
    state = { ...state, opened: { row, ...rest, ...(turn === undefined ? {} : { turn }) } };
  }

  async function give(opened: Opened, word: "approve" | "deny" | "return", remarks: Remarks): Promise<void> {
    if (signer === undefined) {
      const unlocked = await prompted(() => unlockSigner(context, options, device));
      if (unlocked.kind === "refused") {
        state = { ...state, message: unlocked.sentence };
        return;
      }
      signer = unlocked.signer;
    }
    const answered = await answer(desk, opened.row.request, word, signer, context.now(), remarks);
    state = closed(state, answeredText(answered, words, language));
    await refresh(undefined);
  }

  /** Coming back from a prompt counts as a new sight of the request. */
  const seenAgain = (opened: Opened): void => {
    state = { ...state, opened: { ...opened, since: performance.now() } };
  };

  async function comment({ comment, ...rest }: Opened): Promise<void> {
    const typed = await prompted(() => askLine(device, words.inbox.comment, comment));
    seenAgain({ ...rest, ...(typed === undefined ? {} : { comment: typed }) });
  }

  async function ticket({ ticket, ...rest }: Opened): Promise<void> {
    const typed = await prompted(() => askLine(device, words.inbox.ticket, ticket));
    seenAgain({ ...rest, ...(typed === undefined ? {} : { ticket: typed }) });
  }

  async function sendBack(opened: Opened, remarks: Remarks): Promise<void> {
    const question = await prompted(() => askLine(device, words.inbox.question, opened.comment));
    if (question === undefined) seenAgain(opened);
    else await give(opened, "return", { ...remarks, comment: question });
  }

  function fulfil(wish: Exclude<Wish, "nothing" | "quit">, opened: Opened): Promise<void> {
    const said = { ...options, ...opened };
    const remarks: Remarks = {
      ...(said.comment === undefined ? {} : { comment: said.comment }),
      ...(said.ticket === undefined ? {} : { ticket: said.ticket }),
      ...(options.for === undefined ? {} : { standsFor: options.for }),
    };
    switch (wish) {
      case "open":
        return readTurn(opened);
      case "comment":
        return comment(opened);
      case "ticket":
        return ticket(opened);
      case "approve":
      case "deny":
        return give(opened, wish, remarks);
      case "return":
        return sendBack(opened, remarks);
    }
  }

  const page = () => ({
    lines: state.opened === undefined ? 0 : viewLines(state.opened, look()).length,
    height: pageHeight(look()),
  });

  async function take(keys: readonly Key[]): Promise<"on" | "quit"> {
    touchedAt = performance.now();
    for (const key of keys) {
      const [next, wish] = step(state, key, page(), performance.now());
      state = paged(next, page());
      if (wish === "quit") return "quit";
      const { opened } = state;
      if (wish === "nothing" || opened === undefined) continue;
      await fulfil(wish, opened);
      // What was typed before the answer was meant for the screen before it.
      return "on";
    }
    return "on";
  }

  function lockWhenIdle(): void {
    if (signer === undefined || !isIdle(touchedAt, performance.now())) return;
    signer = undefined;
    state = { ...state, message: words.inbox.locked };
  }

  const redraw = (): void => {
    const lines = state.opened === undefined ? [] : viewLines(state.opened, look());
    output.write(screen(state, lines, look(), context.now()));
  };

  const unwatch = desk.watch(() => events.push({ kind: "changed" }));
  const ticking = setInterval(() => events.push({ kind: "tick" }), TICK_MS);
  const end = (): void => events.push({ kind: "end" });
  const signals = ["SIGTERM", "SIGHUP", "SIGINT"] as const;
  for (const signal of signals) process.on(signal, end);
  output.on("resize", () => events.push({ kind: "tick" }));
  output.write(ENTER_SCREEN);
  listen();
  try {
    await refresh(undefined);
    for (;;) {
      state = paged(state, page());
      redraw();
      const event = await events.next();
      switch (event.kind) {
        case "end":
          return EXIT.ok;
        case "keys":
          if ((await take(event.keys)) === "quit") return EXIT.ok;
          break;
        case "changed":
          await refresh(new Set(state.rows.map(rowId)));
          break;
        case "tick":
          lockWhenIdle();
          break;
      }
    }
  } finally {
    for (const signal of signals) process.off(signal, end);
    clearInterval(ticking);
    unwatch();
    endKeys?.();
    output.write(LEAVE_SCREEN);
    await close();
  }
}
