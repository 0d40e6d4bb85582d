/** Claude Desktop: one file per user. */

import { join } from "node:path";
import type { ClientFile, Machine } from "./client-file.ts";
import { jsonClient } from "./json-client.ts";

/** https://modelcontextprotocol.io/docs/develop/connect-local-servers */
export const claudeDesktop: ClientFile = {
  client: "claude-desktop",
  title: "Claude Desktop",
  find: (machine) => [{ file: join(folder(machine), "claude_desktop_config.json"), scope: "user", variables: {} }],
  ...jsonClient([["mcpServers"]]),
};

function folder(machine: Machine): string {
  if (machine.platform === "darwin") return join(machine.home, "Library", "Application Support", "Claude");
  if (machine.platform === "win32") return join(machine.appData ?? join(machine.home, "AppData", "Roaming"), "Claude");
  return join(machine.configHome, "Claude");
}
