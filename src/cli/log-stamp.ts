/** `kidoban log stamp`: has the log's checkpoint stamped now, by the authority of the accepted configuration or one that is named. */

import { dirname, resolve } from "node:path";
import { visibleLine } from "../approval/visible.ts";
import { refuseHalfRestored } from "../compose/half-restored.ts";
import { lookIntoStore } from "../compose/look.ts";
import { readAccepted } from "../compose/reading.ts";
import { authorityOf, takeStamp, type AuthorityPlace } from "../compose/stamping.ts";
import { localTime } from "../log/told.ts";
import type { Store } from "../store/store.ts";
import { en as spansEn, ja as spansJa } from "../words/spans.ts";
import { en, ja } from "../words/stamp.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";

export interface StampOptions {
  readonly tsa?: string;
  readonly tsaCa?: string;
}

/** More than two clocks that somebody keeps right differ. */
const APART_MS = 60_000;

/** Exit code 3 where no stamp could be had. */
export async function run(context: Context, options: StampOptions): Promise<ExitCode> {
  const { terminal, stateDir, now, language } = context;
  const words = language === "ja" ? ja : en;
  if (options.tsa !== undefined && !isUrl(options.tsa)) return no(context, words.badUrl(options.tsa), EXIT.usage);
  refuseHalfRestored(stateDir);
  const { signal } = new AbortController();
  const taken = await lookIntoStore(stateDir, async (store) => {
    const place = await placeOf(context, store, options);
    return place === undefined ? "unsaid" : takeStamp({ stateDir, store, now, signal }, place);
  });
  // Where there is no state there is no log yet.
  if (taken === undefined) return no(context, words.notTaken("checkpoint"), EXIT.unavailable);
  if (taken === "unsaid") return no(context, words.unsaid, EXIT.usage);
  if (context.json) terminal.out(`${JSON.stringify(taken)}\n`);
  switch (taken.kind) {
    case "busy":
      return no(context, words.busy, EXIT.unavailable);
    case "failed":
      return no(context, words.notTaken(taken.problem), EXIT.unavailable);
    case "nothing-new":
      if (!context.json) terminal.out(`${words.nothingNew(taken.size)}\n`);
      return EXIT.ok;
    case "taken": {
      const { size, at, authority, apartMs } = taken;
      const lines = [words.taken(size, localTime(at), visibleLine(authority))];
      const spans = language === "ja" ? spansJa : spansEn;
      if (Math.abs(apartMs) > APART_MS) lines.push(words.apart(spans.age(Math.abs(apartMs))));
      if (!context.json) terminal.out(`${lines.join("\n")}\n`);
      return EXIT.ok;
    }
  }
}

function isUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

/** Of a configuration only what was accepted counts: a file may name anybody (P12). */
async function placeOf(
  { configPath }: Context,
  store: Store,
  { tsa, tsaCa }: StampOptions,
): Promise<AuthorityPlace | undefined> {
  if (tsa !== undefined || tsaCa !== undefined)
    return tsa === undefined || tsaCa === undefined ? undefined : { url: tsa, ca: resolve(tsaCa) };
  const archived = configPath === undefined ? undefined : await store.accepted(configPath);
  if (configPath === undefined || archived === undefined) return undefined;
  const { config } = await readAccepted(store, configPath, archived.files, dirname(configPath));
  return config?.log?.timestamp && authorityOf(config.log.timestamp, configPath);
}
