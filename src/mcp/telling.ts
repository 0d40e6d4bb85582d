/**
 * What a server tells unasked: changed lists, updated resources, log messages. It is asked for in the words of its era,
 * and asked for anew after every start. Knows no transport.
 */

import type { LogLevel } from "../gateway/log-message.ts";
import { Cancelling } from "./agent-call.ts";
import type { Changing } from "./calls.ts";
import type { ServerFacts } from "./era.ts";
import type { Lane } from "./lane.ts";

/** A subscription that lasted this long was meant to; one that ends sooner is not asked for again. */
const STEADY_LISTEN_MS = 5000;
const ASK_MS = 30_000;

export interface Telling {
  /** The handshake of a new life is done. */
  begin(lane: Lane, facts: ServerFacts): void;
  watch(uri: string): Promise<boolean>;
  unwatch(uri: string): void;
  setLogLevel(level: LogLevel): void;
}

interface Life {
  readonly lane: Lane;
  readonly facts: ServerFacts;
}

interface Watched {
  /** Ends the listening of a modern server's subscription; of a legacy one nothing has to be held. */
  readonly cancel: Cancelling;
  /** Whether the server took it. */
  readonly taken: Promise<boolean>;
}

/** `missed`: while nothing was listened to, lists may have changed. */
export function openTelling(missed: () => void): Telling {
  let life: Life | undefined;
  let level: LogLevel | undefined;
  const watched = new Map<string, Watched>();

  /** Modern servers tell of changes only to who listens. The answer comes when they are done telling. */
  const listen = async ({ lane }: Life, lists: readonly Changing[]): Promise<void> => {
    const params = JSON.stringify({
      notifications: Object.fromEntries(lists.map((what) => [`${what}ListChanged`, true])),
    });
    for (;;) {
      const since = performance.now();
      const reply = await lane.ask("subscriptions/listen", params, Infinity);
      if (life?.lane !== lane || reply.kind === "error" || performance.now() - since < STEADY_LISTEN_MS) return;
      // What changed in between was told to nobody.
      missed();
    }
  };

  const watchModern = ({ lane }: Life, uri: string, cancel: Cancelling): Promise<boolean> =>
    new Promise((resolve) => {
      const params = JSON.stringify({ notifications: { resourceSubscriptions: [uri] } });
      const acknowledged = (honoured: unknown): void =>
        resolve(JSON.stringify(honoured ?? {}).includes(JSON.stringify(uri)));
      void lane.ask("subscriptions/listen", params, Infinity, { cancel, acknowledged }).then(() => resolve(false));
      setTimeout(() => resolve(false), ASK_MS).unref();
    });

  const watch = async (now: Life, uri: string, cancel: Cancelling): Promise<boolean> => {
    if (!now.facts.watches) return false;
    if (now.facts.era.name === "modern") return watchModern(now, uri, cancel);
    return (await now.lane.ask("resources/subscribe", JSON.stringify({ uri }), ASK_MS)).kind === "result";
  };

  const askLogs = ({ lane, facts }: Life): void => {
    if (level === undefined || !facts.logs || facts.era.name === "modern") return;
    void lane.ask("logging/setLevel", JSON.stringify({ level }), ASK_MS);
  };

  return {
    begin(lane, facts) {
      life = { lane, facts };
      if (facts.era.name === "modern" && facts.listChanged.length > 0) void listen(life, facts.listChanged);
      for (const [uri, { cancel }] of watched) void watch(life, uri, cancel);
      askLogs(life);
    },
    async watch(uri) {
      const known = watched.get(uri);
      if (known !== undefined) return known.taken;
      const cancel = new Cancelling();
      const taken = life === undefined ? Promise.resolve(false) : watch(life, uri, cancel);
      watched.set(uri, { cancel, taken });
      if (await taken) return true;
      // It may come to it later, and nobody would be told.
      cancel.request();
      if (watched.get(uri)?.cancel === cancel) watched.delete(uri);
      return false;
    },
    unwatch(uri) {
      const known = watched.get(uri);
      if (known === undefined) return;
      watched.delete(uri);
      known.cancel.request();
      if (life?.facts.era.name === "legacy" && life.facts.watches)
        void life.lane.ask("resources/unsubscribe", JSON.stringify({ uri }), ASK_MS);
    },
    setLogLevel(wanted) {
      level = wanted;
      if (life !== undefined) askLogs(life);
    },
  };
}
