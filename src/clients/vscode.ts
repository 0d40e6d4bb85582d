/** VS Code: the user's `mcp.json` of the default profile, and `.vscode/mcp.json` of a project. Servers are `servers` there. */

import { basename, join, sep } from "node:path";
import type { ClientFile, Location, Machine } from "./client-file.ts";
import { jsonClient } from "./json-client.ts";

/** https://code.visualstudio.com/docs/agents/reference/mcp-configuration */
export const vscode: ClientFile = {
  client: "vscode",
  title: "VS Code",
  find: (machine, project) => {
    const everywhere = { userHome: machine.home, pathSeparator: sep, "/": sep };
    const inProject = { workspaceFolder: project, workspaceFolderBasename: basename(project) };
    return [
      ...["Code", "Code - Insiders"].map((edition): Location => ({
        file: join(settings(machine), edition, "User", "mcp.json"),
        scope: "user",
        variables: everywhere,
      })),
      {
        file: join(project, ".vscode", "mcp.json"),
        scope: "project",
        folder: project,
        variables: { ...everywhere, ...inProject },
      },
    ];
  },
  ...jsonClient([["servers"]]),
};

function settings(machine: Machine): string {
  if (machine.platform === "darwin") return join(machine.home, "Library", "Application Support");
  if (machine.platform === "win32") return machine.appData ?? join(machine.home, "AppData", "Roaming");
  return machine.configHome;
}
