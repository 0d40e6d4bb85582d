/** How a client's file says what it starts, as far as clients differ in it. Pure; does not know the form of the file. */

import type { JsonObject } from "../policy/json.ts";
import type { GateEntry } from "./client-file.ts";
import type { FilterKeys } from "./tool-filter.ts";

export interface Dialect {
  /** One server's settings, in the words that most clients use. */
  plain(settings: JsonObject): JsonObject;
  /** What only the client can fill in, beside `${…}`. */
  readonly variable?: RegExp;
  /** What stands there for a gate, in the client's words. A person's own setting of the same name stays, transport aside. */
  starts(gate: GateEntry): JsonObject;
  /** Where a server's tools can be limited by name. */
  readonly filter?: FilterKeys;
  /** What `type` says of a server that is a process. */
  readonly type: string;
}

/** Claude Code, Claude Desktop, Cursor, VS Code. */
export const COMMON: Dialect = {
  plain: (settings) => settings,
  starts: ({ command, args, env }) => ({ command, args, ...(Object.keys(env).length === 0 ? {} : { env }) }),
  type: "stdio",
};
