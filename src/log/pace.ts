/** When a stream is signed: a second after there is news, sooner after two thousand entries; one thing at a time. */

const SIGN_MS = 1000;
/** With a thousand a tenth less gets through under full load; four thousand gain nothing more. */
export const SIGN_ENTRIES = 2000;
/** How often somebody looks whether nothing was signed for long. */
const LOOK_MS = 60 * 60_000;

export interface Pace {
  /** Something was recorded; so many entries are not signed. */
  news(unsigned: number): void;
  /** Runs a step when nothing else of the ledger's runs. */
  inTurn(step: () => Promise<void>): Promise<void>;
  /** Settles when nothing runs any more; nothing is begun by itself after it. */
  stop(): Promise<void>;
}

/** `sign`: told whether a second has passed, so that the copy is due too. `unsigned`: entries that are not signed. */
export function openPace(sign: (timed: boolean) => Promise<void>, unsigned: () => number): Pace {
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** Due in this turn's end. */
  let soon = false;
  let copyDue = false;
  let stopped = false;

  function inTurn(step: () => Promise<void>): Promise<void> {
    const turn = (running ?? Promise.resolve()).then(step);
    const quiet = turn
      .catch(() => undefined)
      .finally(() => {
        if (running !== quiet) return;
        running = undefined;
        if (unsigned() > 0) expect();
      });
    running = quiet;
    return turn;
  }

  function tick(timed: boolean): void {
    if (timed) {
      timer = undefined;
      copyDue = true;
    } else soon = false;
    if (stopped || running !== undefined) return;
    const withCopy = copyDue;
    copyDue = false;
    void inTurn(() => sign(withCopy));
  }

  function expect(): void {
    if (timer !== undefined || stopped) return;
    // Unref'd: an idle process may end, and what it did not sign is signed by whoever recovers it.
    timer = setTimeout(() => tick(true), SIGN_MS).unref();
  }

  const looks = setInterval(() => {
    if (timer === undefined) tick(true);
  }, LOOK_MS).unref();

  return {
    news(unsigned) {
      if (timer === undefined) expect();
      if (unsigned < SIGN_ENTRIES || soon || running !== undefined) return;
      soon = true;
      setImmediate(() => tick(false));
    },
    inTurn,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      clearInterval(looks);
      await running;
    },
  };
}
