/** Where this configuration's console is, as it is accepted; the name its passkeys are bound to follows from that. */

import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { readConfig } from "../../config/config-file.ts";
import { CONSOLE_LISTEN, localConsole, type ConsoleConfig } from "../../config/console-config.ts";
import type { Store } from "../../store/store.ts";

/** As accepted, or as the file says where nothing is accepted yet; undefined where it says nothing. */
async function configuredConsole(store: Store, configPath: string): Promise<ConsoleConfig | undefined> {
  const name = basename(configPath);
  const text = (await store.accepted(configPath))?.files.get(name) ?? (await readFile(configPath, "utf8"));
  return readConfig(name, text, dirname(configPath)).config?.console;
}

/** `listen`: HOST:PORT that was asked for; without `console:` the address follows it. */
export const consoleOf = async (store: Store, configPath: string, listen?: string): Promise<ConsoleConfig> =>
  (await configuredConsole(store, configPath)) ?? localConsole(listen ?? CONSOLE_LISTEN);
