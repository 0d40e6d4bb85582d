/**
 * What a client's file means, apart from its text, to hold an edit against: the values, and the values after a change,
 * computed without the text. Pure.
 */

import { isDeepStrictEqual } from "node:util";
import { WAIT_TOOL } from "../gateway/exposed.ts";
import { isObject } from "../policy/json.ts";
import type { Json } from "../policy/json.ts";
import type { Change, Placed } from "./client-file.ts";
import type { Dialect } from "./dialect.ts";
import { TRANSPORT_KEYS } from "./entry.ts";
import { lacksWait } from "./tool-filter.ts";

/** A value in which no member's name is special. */
export type Meaning =
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, Meaning> }
  | { readonly kind: "list"; readonly items: readonly Meaning[] }
  | { readonly kind: "leaf"; readonly value: unknown };

export const object = (members: Iterable<readonly [string, Meaning]>): Meaning => ({
  kind: "object",
  members: new Map(members),
});
export const list = (items: readonly Meaning[]): Meaning => ({ kind: "list", items });
export const leaf = (value: unknown): Meaning => ({ kind: "leaf", value });

/** Equal but for the order of members. */
export const sameMeaning = (a: Meaning | undefined, b: Meaning | undefined): boolean => isDeepStrictEqual(a, b);

/** The same after a change, in the client's words. */
export function after(before: Meaning, { path, becomes }: Change, dialect: Dialect): Meaning {
  const [key, ...deeper] = path;
  if (before.kind !== "object" || key === undefined) throw new Error("no object there");
  return object(
    [...before.members].flatMap(([name, value]): readonly (readonly [string, Meaning])[] => {
      if (name !== key) return [[name, value]];
      if (deeper.length > 0) return [[name, after(value, { path: deeper, becomes }, dialect)]];
      return becomes === undefined ? [] : [[becomes.name, wrapped(value, becomes, dialect)]];
    }),
  );
}

function wrapped(server: Meaning, becomes: Placed, dialect: Dialect): Meaning {
  if (server.kind !== "object") throw new Error("a server is an object");
  const { allow, deny } = dialect.filter ?? {};
  const kept = [...server.members]
    .filter(([name]) => !TRANSPORT_KEYS.has(name))
    .filter(([name]) => becomes.joint !== true || (name !== allow && name !== deny))
    .map(([name, value]): [string, Meaning] => [name, name === allow ? withWait(value) : value]);
  return object([
    ...membersOf(dialect.starts(becomes)),
    ...kept.map(([name, value]): [string, Meaning] => [name, name === "type" ? leaf(dialect.type) : value]),
  ]);
}

/** An allow-list with the gate's own tool in it. */
function withWait(allowed: Meaning): Meaning {
  if (allowed.kind !== "list") return allowed;
  const names = allowed.items.map((item) => (item.kind === "leaf" ? item.value : undefined));
  return lacksWait(names) ? list([leaf(WAIT_TOOL), ...allowed.items]) : allowed;
}

const membersOf = (value: Readonly<Record<string, Json>>): readonly (readonly [string, Meaning])[] =>
  Object.entries(value).map(([name, inner]) => [name, meaningOfJson(inner)]);

function meaningOfJson(value: Json): Meaning {
  if (isObject(value)) return object(membersOf(value));
  return Array.isArray(value) ? list(value.map(meaningOfJson)) : leaf(value);
}
