/** Claude Code: the user's own file with servers for all and for single projects, and a project's `.mcp.json`. */

import { join } from "node:path";
import type { ClientFile } from "./client-file.ts";
import { jsonClient } from "./json-client.ts";

/** https://code.claude.com/docs/en/mcp (scopes user, local, project) */
export const claudeCode: ClientFile = {
  client: "claude-code",
  title: "Claude Code",
  find: (machine, project) => [
    { file: join(machine.claudeConfigDir ?? machine.home, ".claude.json"), scope: "user", variables: {} },
    { file: join(project, ".mcp.json"), scope: "project", folder: project, variables: {} },
  ],
  ...jsonClient([["mcpServers"], ["projects", "*", "mcpServers"]]),
};
