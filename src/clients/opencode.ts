/** opencode: `opencode.json` of the user and of a project. A server is `local` or `remote`, its command one list. */

import { join } from "node:path";
import type { JsonObject } from "../policy/json.ts";
import type { ClientFile } from "./client-file.ts";
import { jsonClient } from "./json-client.ts";

/** https://opencode.ai/docs/config/ (locations, variables), https://opencode.ai/docs/mcp-servers/ */
export const opencode: ClientFile = {
  client: "opencode",
  title: "opencode",
  find: (machine, project) => [
    ...["opencode.jsonc", "opencode.json", "config.json"].map((name) => ({
      file: join(machine.configHome, "opencode", name),
      scope: "user" as const,
      variables: {},
    })),
    ...["opencode.jsonc", "opencode.json", ".opencode/opencode.jsonc", ".opencode/opencode.json"].map((name) => ({
      file: join(project, name),
      scope: "project" as const,
      folder: project,
      variables: {},
    })),
  ],
  ...jsonClient([["mcp"]], {
    plain,
    variable: /\{(?:env|file):[^}]*\}/,
    starts: ({ command, args, env }) => ({
      command: [command, ...args],
      ...(Object.keys(env).length === 0 ? {} : { environment: env }),
    }),
    type: "local",
  }),
};

function plain({ type, command, environment, ...settings }: JsonObject): JsonObject {
  switch (type) {
    case "local": {
      const [program = null, ...args] = Array.isArray(command) ? command : [];
      return { ...settings, type: "stdio", command: program, args, env: environment ?? {} };
    }
    case "remote":
      return { ...settings, type: "http" };
    default:
      return {};
  }
}
