/**
 * Codex: TOML, one table `[mcp_servers.NAME]` per server. Other ways to write the same (inline tables, dotted keys) are
 * read and left alone, because changing them would cost their comments.
 */

import { join } from "node:path";
import { TomlError } from "smol-toml";
import { WAIT_TOOL } from "../gateway/exposed.ts";
import { isObject } from "../policy/json.ts";
import type { Json, JsonObject } from "../policy/json.ts";
import { lineEndingAt } from "./client-file.ts";
import type { Change, ClientFile, FoundServer, Location, Placed, ReadAnswer } from "./client-file.ts";
import { restore } from "./codex-restore.ts";
import { CODEX, meaningOf, parseToml, ROOT, tableOf } from "./codex-table.ts";
import type { Table } from "./codex-table.ts";
import { filterOf, readEntry, TRANSPORT_KEYS } from "./entry.ts";
import { applyEdits } from "./edit.ts";
import type { Edit } from "./edit.ts";
import { after, object, sameMeaning } from "./meaning.ts";
import type { Meaning } from "./meaning.ts";
import { lacksWait } from "./tool-filter.ts";
import { statementsOf } from "./toml-text.ts";
import type { Statement } from "./toml-text.ts";

/** https://developers.openai.com/codex/mcp (config.toml) */
export const codex: ClientFile = {
  client: "codex",
  title: "Codex",
  find: (machine, project) => [
    { file: join(machine.codexHome ?? join(machine.home, ".codex"), "config.toml"), scope: "user", variables: {} },
    { file: join(project, ".codex", "config.toml"), scope: "project", folder: project, variables: {} },
  ],
  read,
  replace,
  restore,
};

function read(text: string, at: Location): ReadAnswer {
  let servers: unknown;
  try {
    servers = parseToml(text)[ROOT];
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The first line only: the rest of the message quotes the file.
    const [fault = ""] = error.message.split("\n");
    return { kind: "unreadable", line: error.line, column: error.column, fault };
  }
  if (!isObject(servers)) return { kind: "servers", servers: [] };
  const statements = statementsOf(text);
  return {
    kind: "servers",
    servers: Object.entries(servers).map(([name, raw]): FoundServer => {
      const entry = readEntry(raw, at, CODEX);
      const editable = entry.kind === "left" || tableOf(statements, name) !== undefined;
      const filter = filterOf(raw, CODEX);
      return {
        path: [ROOT, name],
        name,
        entry: editable ? entry : { kind: "left", why: "form" },
        ...(filter === undefined ? {} : { filter }),
      };
    }),
  };
}

function replace(text: string, changes: readonly Change[]): string {
  const statements = statementsOf(text);
  const edits = changes.flatMap(({ path, becomes }): readonly Edit[] => {
    const table = tableOf(statements, path[1] ?? "");
    if (table === undefined) throw new Error("no table of this server");
    return becomes === undefined ? remove(text, table) : rewrite(text, table, path[1] ?? "", becomes);
  });
  const edited = applyEdits(text, edits);
  const wanted = changes.reduce((meaning, change) => after(meaning, change, CODEX), meaningOf(parseToml(text)));
  if (!sameMeaning(withoutEmpty(meaningOf(parseToml(edited))), withoutEmpty(wanted)))
    throw new Error("the edit would change more");
  return edited;
}

function remove(text: string, table: Table): readonly Edit[] {
  const inner = table.inner.flatMap(({ header, pairs }) => [header, ...pairs]);
  return [table.header, ...table.pairs, ...inner].map((statement) => line(text, statement));
}

function rewrite(text: string, table: Table, name: string, becomes: Placed): readonly Edit[] {
  const transports = table.pairs.filter(({ key }) => TRANSPORT_KEYS.has(key[0] ?? ""));
  const [anchor, ...others] = transports;
  if (anchor === undefined) throw new Error("a server without a transport");
  const tables = table.inner.filter(({ header }) => TRANSPORT_KEYS.has(header.key[2] ?? ""));
  const kept = table.inner.filter((group) => !tables.includes(group));
  const lineStart = text.lastIndexOf("\n", anchor.start - 1) + 1;
  const indent = text.slice(lineStart, anchor.start);
  const own = new Set(table.pairs.map(({ key }) => key[0] ?? "").filter((key) => !TRANSPORT_KEYS.has(key)));
  const starts = Object.entries(CODEX.starts(becomes)).filter(([key]) => !own.has(key));
  const settings = pairsOf(Object.fromEntries(starts)).join(lineEndingAt(text, anchor.end) + indent);
  const renamed =
    becomes.name === name
      ? []
      : [table.header, ...kept.map(({ header }) => header)].map(({ key, keyStart, keyEnd }) => ({
          start: keyStart,
          end: keyEnd,
          text: [ROOT, becomes.name, ...key.slice(2)].map(keyPart).join("."),
        }));
  return [
    ...renamed,
    ...table.pairs.flatMap((pair) => filterEdits(text, pair, becomes)),
    { start: anchor.start, end: anchor.end, text: settings },
    ...others.map((pair) => line(text, pair)),
    ...tables.flatMap(({ header, pairs }) => [header, ...pairs].map((statement) => line(text, statement))),
  ];
}

/** A list of allowed tools gets the gate's own; a gate for all has none. */
function filterEdits(text: string, pair: Statement, { joint }: Placed): readonly Edit[] {
  const { filter } = CODEX;
  const [key = "", ...deeper] = pair.key;
  if (filter === undefined || deeper.length > 0 || (key !== filter.allow && key !== filter.deny)) return [];
  if (joint === true) return [line(text, pair)];
  const list = parseToml(text.slice(pair.start, pair.end))[key];
  if (key !== filter.allow || !Array.isArray(list) || !lacksWait(list)) return [];
  const inside = text.indexOf("[", pair.keyEnd) + 1;
  return [{ start: inside, end: inside, text: `${quote(WAIT_TOOL)}, ` }];
}

/** Takes a statement out, with its line unless a comment stands there too. */
function line(text: string, { start, end }: Statement): Edit {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const blank = /^[ \t]*(?:\r?\n|$)/.exec(text.slice(end));
  const lead = text.slice(lineStart, start);
  return blank !== null && /^[ \t]*$/.test(lead)
    ? { start: lineStart, end: end + blank[0].length, text: "" }
    : { start, end, text: "" };
}

const pairsOf = (settings: JsonObject): readonly string[] =>
  Object.entries(settings).map(([key, value]) => `${keyPart(key)} = ${onOneLine(value)}`);

function onOneLine(value: Json): string {
  if (isObject(value)) return `{ ${pairsOf(value).join(", ")} }`;
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(", ")}]`;
  return typeof value === "string" ? quote(value) : JSON.stringify(value);
}

const keyPart = (part: string): string => (/^[A-Za-z0-9_-]+$/.test(part) ? part : quote(part));

/** A basic string. JSON's escapes are TOML's, but for DEL, which TOML wants escaped too. */
const quote = (value: string): string => JSON.stringify(value).replaceAll("\u007F", "\\u007F");

/** The table of all servers is there or not by what is in it. */
function withoutEmpty(root: Meaning): Meaning {
  if (root.kind !== "object") return root;
  return object(
    [...root.members].filter(([key, value]) => key !== ROOT || value.kind !== "object" || value.members.size > 0),
  );
}
