/** Reads one server's settings, in the words of any client, as a command, a URL or a reason to leave it alone. Pure. */

import { isAbsolute, join, normalize } from "node:path";
import { isObject } from "../policy/json.ts";
import type { JsonObject } from "../policy/json.ts";
import type { Entry, LeftWhy, Location } from "./client-file.ts";
import type { Dialect } from "./dialect.ts";
import { isSecret } from "./literal.ts";
import { readFilter } from "./tool-filter.ts";
import type { ToolFilter } from "./tool-filter.ts";

/** The settings that say how a server is reached; they go when it is wrapped. All others stay. */
export const TRANSPORT_KEYS: ReadonlySet<string> = new Set(
  "command args env environment cwd url httpUrl headers http_headers".split(" "),
);

/** Settings that only the client can carry out, so that a server behind the gate would start without them. */
const CLIENT_KEYS: readonly string[] = [
  ..."envFile auth oauth headersHelper env_vars bearer_token_env_var env_http_headers".split(" "),
  ..."experimental_environment authProviderType".split(" "),
];

const left = (why: LeftWhy, value?: string): Entry => ({
  kind: "left",
  why,
  ...(value === undefined ? {} : { value }),
});

/** Thrown inside this file only, to leave a nested reading; `readEntry` makes a value of it. */
class Leave extends Error {
  readonly entry: Entry;
  constructor(why: LeftWhy, value?: string) {
    super(why);
    this.entry = left(why, value);
  }
}

/** Reads the settings under one server's name. */
export function readEntry(raw: unknown, at: Location, dialect: Dialect): Entry {
  if (!isObject(raw)) return left("unreadable");
  try {
    return read(dialect.plain(raw), at, dialect);
  } catch (error) {
    if (error instanceof Leave) return error.entry;
    throw error;
  }
}

/** What the client itself lets be seen of its tools; undefined where nothing limits them. */
export function filterOf(raw: unknown, dialect: Dialect): ToolFilter | undefined {
  const read = isObject(raw) ? readFilter(raw, dialect.filter) : { filter: undefined };
  return "odd" in read ? undefined : read.filter;
}

function read(raw: JsonObject, at: Location, dialect: Dialect): Entry {
  const has = (key: string): boolean => raw[key] !== undefined && raw[key] !== null;
  if (has("command") && has("url")) return left("unreadable");
  const args = list(raw["args"]);
  if (typeof raw["command"] === "string" && isGate(raw["command"], args)) return { kind: "wrapped", args };
  if (raw["disabled"] === true || raw["enabled"] === false) return left("disabled");

  const type = raw["type"] ?? (has("url") ? "http" : "stdio");
  if (has("url") ? type !== "http" && type !== "streamable-http" && type !== "streamableHttp" : type !== "stdio") {
    return left("transport", typeof type === "string" ? type : "type");
  }
  const clientOnly = CLIENT_KEYS.find(has) ?? strangeSecret(raw);
  if (clientOnly !== undefined) return left("client-setting", clientOnly);

  const filter = readFilter(raw, dialect.filter);
  if ("odd" in filter) return left("client-setting", filter.odd);

  const fill = (text: string): string => expand(text, at.variables, dialect.variable);
  if (typeof raw["url"] === "string") {
    const headers = strings(raw["headers"] ?? raw["http_headers"], HEADER, fill);
    const url = fill(raw["url"]);
    return URL.canParse(url) && /^https?:/i.test(url) ? { kind: "url", url, headers } : left("unreadable");
  }
  if (typeof raw["command"] !== "string" || raw["command"].trim() === "") return left("unreadable");
  const folder = folderOf(raw["cwd"], at, fill);
  return {
    kind: "command",
    command: fill(raw["command"]),
    args: args.map(fill),
    env: strings(raw["env"], VARIABLE, fill),
    ...(folder === undefined ? {} : { folder }),
  };
}

/** `node …/kidoban.js stdio --config …` or `kidoban stdio …`. */
function isGate(command: string, args: readonly string[]): boolean {
  const program = /(?:^|[\\/])kidoban(?:\.(?:js|cmd|exe))?$/;
  const start = program.test(command) ? 0 : args.findIndex((arg) => program.test(arg)) + 1;
  return (start > 0 || program.test(command)) && args[start] === "stdio";
}

function list(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Leave("unreadable", "args");
  return value.map((item: unknown) => {
    if (typeof item !== "string") throw new Leave("unreadable", "args");
    return item;
  });
}

// As kidoban.yaml takes them: a name with a line break or a colon could become a second header.
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function strings(value: unknown, names: RegExp, fill: (text: string) => string): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new Leave("unreadable");
  const pairs = Object.entries(value).map(([name, item]): [string, string] => {
    if (typeof item !== "string" && typeof item !== "number" && typeof item !== "boolean") {
      throw new Leave("unreadable");
    }
    if (!names.test(name) || String(item).includes("\0")) throw new Leave("unreadable");
    return [name, fill(String(item))];
  });
  return Object.fromEntries(pairs);
}

/** Writes out the variables that are known here. Any other is the client's alone; its default may be a secret. */
function expand(text: string, known: Readonly<Record<string, string>>, foreign: RegExp | undefined): string {
  const [unknown] = foreign?.exec(text) ?? [];
  if (unknown !== undefined) throw new Leave("variable", unknown);
  return text.replace(/\$\{([^}]*)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(known, name) ? known[name] : undefined;
    if (value === undefined) throw new Leave("variable", `\${${name.replace(/:-.*$/s, "")}}`);
    return value;
  });
}

function folderOf(cwd: unknown, at: Location, fill: (text: string) => string): string | undefined {
  if (cwd === undefined || cwd === null) return at.folder;
  if (typeof cwd !== "string") throw new Leave("unreadable", "cwd");
  const folder = fill(cwd);
  if (isAbsolute(folder)) return normalize(folder);
  if (at.folder === undefined) throw new Leave("folder", "cwd");
  return join(at.folder, folder);
}

/** A setting that we do not know with a secret in it: the server would miss it behind the gate. */
function strangeSecret(raw: JsonObject): string | undefined {
  const holds = (name: string, value: unknown): boolean =>
    typeof value === "string"
      ? isSecret(name, value)
      : Array.isArray(value)
        ? value.some((item) => holds(name, item))
        : isObject(value) && Object.entries(value).some(([key, item]) => holds(key, item));
  return Object.entries(raw).find(([key, value]) => !TRANSPORT_KEYS.has(key) && holds(key, value))?.[0];
}
