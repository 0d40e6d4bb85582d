/** Gemini CLI: `settings.json` of the user and of a project. */

import { join } from "node:path";
import type { ClientFile } from "./client-file.ts";
import { COMMON } from "./dialect.ts";
import { jsonClient } from "./json-client.ts";

/** https://geminicli.com/docs/tools/mcp-server/ */
export const geminiCli: ClientFile = {
  client: "gemini-cli",
  title: "Gemini CLI",
  find: (machine, project) => [
    { file: join(machine.geminiHome ?? machine.home, ".gemini", "settings.json"), scope: "user", variables: {} },
    { file: join(project, ".gemini", "settings.json"), scope: "project", folder: project, variables: {} },
  ],
  ...jsonClient([["mcpServers"]], {
    ...COMMON,
    // The older word for a URL that is not SSE's.
    plain: ({ httpUrl, ...settings }) =>
      httpUrl === undefined || "url" in settings ? settings : { ...settings, url: httpUrl, type: "http" },
    variable: /\$\w+/,
    filter: { allow: "includeTools", deny: "excludeTools" },
  }),
};
