/** Cursor: one file per user and one per project. */

import { basename, join, sep } from "node:path";
import type { ClientFile } from "./client-file.ts";
import { jsonClient } from "./json-client.ts";

/** https://cursor.com/docs/context/mcp (configuration locations, config interpolation) */
export const cursor: ClientFile = {
  client: "cursor",
  title: "Cursor",
  find: (machine, project) => {
    const everywhere = { userHome: machine.home, pathSeparator: sep, "/": sep };
    const inProject = { workspaceFolder: project, workspaceFolderBasename: basename(project) };
    return [
      { file: join(machine.home, ".cursor", "mcp.json"), scope: "user", variables: everywhere },
      {
        file: join(project, ".cursor", "mcp.json"),
        scope: "project",
        folder: project,
        variables: { ...everywhere, ...inProject },
      },
    ];
  },
  ...jsonClient([["mcpServers"]]),
};
