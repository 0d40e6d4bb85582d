/** One server in Codex' configuration file: the statements that make it up, and where they stand. Pure. */

import { parse } from "smol-toml";
import { isObject } from "../policy/json.ts";
import { COMMON } from "./dialect.ts";
import type { Dialect } from "./dialect.ts";
import { leaf, list, object } from "./meaning.ts";
import type { Meaning } from "./meaning.ts";
import type { Statement } from "./toml-text.ts";

/** The table that holds all servers. */
export const ROOT = "mcp_servers";

/**
 * Codex asks before each tool that is not marked as reading, and where it may not ask, as in `codex exec`, it refuses:
 * writes would never reach the gate, which marks them as such. https://developers.openai.com/codex/config-reference
 */
export const CODEX: Dialect = {
  ...COMMON,
  starts: (gate) => ({ ...COMMON.starts(gate), default_tools_approval_mode: "approve" }),
  filter: { allow: "enabled_tools", deny: "disabled_tools" },
};

export function parseToml(text: string): Readonly<Record<string, unknown>> {
  return parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
}

interface Group {
  readonly header: Statement;
  readonly pairs: readonly Statement[];
}

/** A server's own table, and the tables inside it. */
export interface Table extends Group {
  readonly inner: readonly Group[];
}

/** Undefined where any part of the server is written in another form. */
export function tableOf(statements: readonly Statement[], name: string): Table | undefined {
  const groups: { header: Statement | undefined; pairs: Statement[] }[] = [{ header: undefined, pairs: [] }];
  for (const statement of statements) {
    if (statement.kind === "pair") groups.at(-1)?.pairs.push(statement);
    else groups.push({ header: statement, pairs: [] });
  }
  const ours = groups.flatMap(({ header, pairs }) =>
    header !== undefined && header.key[0] === ROOT && header.key[1] === name ? [{ header, pairs }] : [],
  );
  const own = ours.filter(({ header }) => header.key.length === 2 && header.kind === "table");
  const inner = ours.filter(({ header }) => header.key.length > 2);
  const [first] = own;
  const hasTransport = first?.pairs.some(({ key }) => key[0] === "command" || key[0] === "url") === true;
  if (first === undefined || own.length !== 1 || own.length + inner.length !== ours.length || !hasTransport) {
    return undefined;
  }
  return { ...first, inner };
}

/** From the header to the last statement, where nothing of others stands between. */
export function extentOf(
  statements: readonly Statement[],
  { header, pairs, inner }: Table,
): { readonly start: number; readonly end: number } | undefined {
  const ours = new Set([header, ...pairs, ...inner.flatMap((group) => [group.header, ...group.pairs])]);
  const first = statements.findIndex((statement) => ours.has(statement));
  const stretch = statements.slice(first, first + ours.size);
  if (!stretch.every((statement) => ours.has(statement))) return undefined;
  return { start: stretch[0]?.start ?? 0, end: stretch.at(-1)?.end ?? 0 };
}

export function meaningOf(value: unknown): Meaning {
  if (Array.isArray(value)) return list(value.map(meaningOf));
  // A date is an object without members of its own.
  if (value instanceof Date || !isObject(value)) return leaf(value);
  return object(Object.entries(value).map(([key, inner]) => [key, meaningOf(inner)]));
}
