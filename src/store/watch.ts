/** Tells when any process has changed the store: file watching for speed, a poll for certainty. Keeps no process alive. */

import { watch, type FSWatcher } from "node:fs";
import type { Database } from "./database.ts";
import { numberIn } from "./row.ts";

/** A poll costs 3.5 µs. */
const POLL_MS = 250;

export interface Watch {
  add(changed: () => void): () => void;
  /** After a commit of this connection, which `data_version` does not tell. */
  own(): void;
  close(): void;
}

/** `walPath`: the write-ahead log, into which every commit goes. */
export function watchStore(database: Database, walPath: string): Watch {
  const listeners = new Set<() => void>();
  let seen: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  let told = false;

  const tell = (): void => {
    if (told) return;
    told = true;
    // Not in the middle of whoever has just written.
    setImmediate(() => {
      told = false;
      for (const changed of listeners) changed();
    });
  };
  const look = (): void => {
    const version = numberIn(database.get("PRAGMA data_version") ?? {}, "data_version");
    if (seen !== undefined && version !== seen) tell();
    seen = version;
  };
  /** A store that cannot be read now is looked at again; who needs it will meet the error. */
  const tryLook = (): void => {
    try {
      look();
    } catch {
      tell();
    }
  };
  const begin = (): void => {
    tryLook();
    timer = setInterval(tryLook, POLL_MS).unref();
    try {
      watcher = watch(walPath, { persistent: false }, tryLook).unref();
      watcher.on("error", () => watcher?.close());
    } catch {
      // No watches left, or a file system without them: the poll is enough.
    }
  };
  const end = (): void => {
    clearInterval(timer);
    watcher?.close();
    seen = undefined;
  };

  return {
    add(changed) {
      if (listeners.size === 0) begin();
      listeners.add(changed);
      return () => {
        if (listeners.delete(changed) && listeners.size === 0) end();
      };
    },
    own() {
      if (listeners.size > 0) tell();
    },
    close() {
      listeners.clear();
      end();
    },
  };
}
