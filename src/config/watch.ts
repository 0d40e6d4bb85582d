/**
 * Tells when files have changed. Looks at the files, not at events: events only make it look sooner, so an editor that
 * renames, a file system without events and a burst of writes all come out as one change.
 */

import { watch, type FSWatcher } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

const SETTLE_MS = 100;
const POLL_MS = 1000;

/**
 * `paths` are files or folders (then what is directly in them), there already or not. `changed` is called once the bytes
 * may differ from those of the call before, at first from those when watching began. Gives a function that ends it.
 */
export function watchFiles(paths: readonly string[], changed: () => void): () => void {
  let ended = false;
  let looking: Promise<void> | undefined;
  let settle: NodeJS.Timeout | undefined;
  let last = snapshot(paths);

  const look = (): void => {
    looking ??= (async () => {
      const before = await last;
      const now = await snapshot(paths);
      last = Promise.resolve(now);
      looking = undefined;
      if (ended || now === before) return;
      watchers.renew();
      changed();
    })();
  };
  const soon = (): void => {
    clearTimeout(settle);
    settle = setTimeout(look, SETTLE_MS).unref();
  };
  const watchers = folderWatchers(paths, soon);
  const poll = setInterval(look, POLL_MS).unref();
  return () => {
    ended = true;
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

/** Every file's identity, size and times in ns; `ctime` too, because `mtime` can be set back by whoever wrote. */
async function snapshot(paths: readonly string[]): Promise<string> {
  const lines = await Promise.all(
    paths.map(async (path) => {
      const names = await readdir(path).catch(() => undefined);
      if (names === undefined) return look(path);
      return (await Promise.all(names.toSorted().map((name) => look(join(path, name))))).join("\n");
    }),
  );
  return lines.join("\n");
}

async function look(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? `${path} -` : `${path} ${found.dev}:${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs} ${found.mode}`;
}
