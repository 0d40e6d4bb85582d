/**
 * Tells when files have changed. Looks at the files, not at events: events only make it look sooner, so an editor that
 * renames, a file system without events and a burst of writes all come out as one change.
 */

import { readdirSync, statSync, watch, type FSWatcher } from "node:fs";
import { dirname, join } from "node:path";

const SETTLE_MS = 100;
const POLL_MS = 1000;

/**
 * `paths` are files or folders (then what is directly in them), there already or not. `changed` is called once the bytes
 * may differ from those of the call before, at first from those at the time of this call: so watch first, then read.
 * Gives a function that ends it.
 */
export function watchFiles(paths: readonly string[], changed: () => void): () => void {
  let settle: NodeJS.Timeout | undefined;
  let last = snapshot(paths);
  const look = (): void => {
    const now = snapshot(paths);
    if (now === last) return;
    last = now;
    watchers.renew();
    changed();
  };
  const watchers = folderWatchers(paths, () => {
    clearTimeout(settle);
    settle = setTimeout(look, SETTLE_MS).unref();
  });
  const poll = setInterval(look, POLL_MS).unref();
  return () => {
    clearTimeout(settle);
    clearInterval(poll);
    watchers.end();
  };
}

/** Watches the folders that hold the paths: a watch on a file itself is lost when an editor renames over it. */
function folderWatchers(paths: readonly string[], event: () => void): { renew(): void; end(): void } {
  let open: FSWatcher[] = [];
  const end = (): void => {
    for (const watcher of open) watcher.close();
    open = [];
  };
  const renew = (): void => {
    end();
    for (const folder of new Set(paths.flatMap((path) => [path, dirname(path)]))) {
      try {
        const watcher = watch(folder, { persistent: false }, event);
        // Without it, the poll still looks.
        watcher.on("error", () => watcher.close());
        open.push(watcher);
      } catch {
        // Not there yet, or no more watches to be had: the poll looks.
      }
    }
  };
  renew();
  return { renew, end };
}

/**
 * Every file's identity, size and times in ns; `ctime` too, because `mtime` can be set back by whoever wrote. Synchronous:
 * a handful of stats, and no change can fall between two halves of a look.
 */
function snapshot(paths: readonly string[]): string {
  return paths.flatMap((path) => [path, ...namesIn(path).map((name) => join(path, name))].map(look)).join("\n");
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path).toSorted();
  } catch {
    return [];
  }
}

function look(path: string): string {
  try {
    const found = statSync(path, { bigint: true });
    const times = found.isDirectory() ? "" : `${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
    return `${path} ${found.dev}:${found.ino} ${found.mode} ${times}`;
  } catch {
    // Gone, or out of reach: reading it will tell which.
    return `${path} -`;
  }
}
