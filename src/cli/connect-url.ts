/** `kidoban connect --to URL`: where the token comes from, and which addresses it may be sent to. */

import type { Env } from "../config/env.ts";
import { readPrivateFile } from "../config/private-file.ts";
import { pipeToHttp } from "../mcp/pipe-http.ts";
import type { en } from "../words/connect.ts";
import { EXIT, type ExitCode } from "./context.ts";

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The token never stands in argv, which every process of the machine can read. */
export async function connectTo(
  to: string,
  tokenFile: string | undefined,
  env: Env,
  no: (sentence: string, code: ExitCode) => ExitCode,
  words: typeof en,
): Promise<ExitCode> {
  const url = URL.canParse(to) ? new URL(to) : undefined;
  if (url === undefined) return no(words.badUrl("--to"), EXIT.usage);
  // Shown without what may be a secret.
  if (url.search !== "" || url.username !== "" || url.password !== "")
    return no(words.badUrl(`${url.protocol}//${url.host}${url.pathname}`), EXIT.usage);
  if (url.protocol === "http:" && !LOOPBACK.has(url.hostname)) return no(words.plainUrl(to), EXIT.usage);
  const token = (tokenFile === undefined ? env.get("KIDOBAN_TOKEN") : await readPrivateFile(tokenFile))?.trim();
  if (token === undefined || token === "") return no(words.noToken, EXIT.usage);
  if (!/^[\w.~+/-]+=*$/.test(token)) return no(words.badToken, EXIT.usage);
  const { stdin, stdout } = process;
  const failed = await pipeToHttp({ url, token, input: stdin, output: stdout });
  return failed === undefined ? EXIT.ok : no(words.noGate(to, failed), EXIT.unavailable);
}
