/** `kidoban log`: chooses the subcommand. All of them read files only; none opens the store. */

import { join } from "node:path";
import { en, ja } from "../words/log.ts";
import type { Context, ExitCode } from "./context.ts";
import { exportTo } from "./log-export.ts";
import { findSecret } from "./log-find-secret.ts";
import { exportAs } from "./log-formats.ts";
import { index, list } from "./log-list.ts";
import type { LogOptions, LogPlace } from "./log-place.ts";
import { check, prove } from "./log-prove.ts";
import { replay } from "./log-replay.ts";
import { show } from "./log-show.ts";
import { verify } from "./log-verify.ts";
import { witness } from "./log-witness.ts";

export type LogCommand =
  "list" | "index" | "show" | "export" | "verify" | "witness" | "prove" | "check" | "find-secret" | "replay";

export async function run(context: Context, command: LogCommand, options: LogOptions): Promise<ExitCode> {
  const place: LogPlace = { context, words: context.language === "ja" ? ja : en, dir: join(context.stateDir, "log") };
  switch (command) {
    case "index":
      return index(place);
    case "list":
      return list(place, options);
    case "show":
      return show(place, options);
    case "export":
      return options.format === undefined ? exportTo(place, options.out) : exportAs(place, options);
    case "verify":
      return verify(place, options);
    case "witness":
      return witness(place, options);
    case "prove":
      return prove(place, options);
    case "check":
      return check(place, options);
    case "find-secret":
      return findSecret(place, options);
    case "replay":
      return replay(place, options);
  }
}
