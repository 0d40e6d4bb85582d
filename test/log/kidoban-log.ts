/** `kidoban log` with what it says caught. */

import type { Context, ExitCode } from "../../src/cli/context.ts";
import type { LogOptions } from "../../src/cli/log-place.ts";
import { run, type LogCommand } from "../../src/cli/log.ts";
import { readEnv } from "../../src/config/env.ts";
import type { Language } from "../../src/words/words.ts";

interface Said {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

interface Listening {
  readonly json?: boolean;
  readonly language?: Language;
  /** Called with all that was printed so far. */
  readonly heard?: (out: string) => void;
}

/** A context that catches what is said. */
export function contextOf(
  stateDir: string,
  { json = false, language = "en", heard = () => undefined }: Listening = {},
): { readonly context: Context; readonly said: () => Omit<Said, "code"> } {
  let [out, err] = ["", ""];
  const context: Context = {
    terminal: {
      out(text) {
        out += text;
        heard(out);
      },
      err: (text) => void (err += text),
      color: false,
      columns: 100,
      device: () => undefined,
    },
    env: readEnv({ HOME: stateDir }),
    language,
    configPath: undefined,
    stateDir,
    json,
    now: Date.now,
  };
  return { context, said: () => ({ out, err }) };
}

export async function kidobanLog(
  stateDir: string,
  command: LogCommand,
  options: LogOptions = {},
  listening: Listening = {},
): Promise<Said> {
  const { context, said } = contextOf(stateDir, listening);
  const code = await run(context, command, options);
  return { code, ...said() };
}
