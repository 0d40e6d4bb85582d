/**
 * What a client's file means, apart from its text, to hold an edit against: the values, and the values after a change,
 * computed without the text. Pure.
 */

import { isDeepStrictEqual } from "node:util";
import type { Change } from "./client-file.ts";
import { TRANSPORT_KEYS } from "./entry.ts";

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

export function after(before: Meaning, { path, becomes }: Change): Meaning {
  const [key, ...deeper] = path;
  if (before.kind !== "object" || key === undefined) throw new Error("no object there");
  return object(
    [...before.members].flatMap(([name, value]): readonly (readonly [string, Meaning])[] => {
      if (name !== key) return [[name, value]];
      if (deeper.length > 0) return [[name, after(value, { path: deeper, becomes })]];
      return becomes === undefined ? [] : [[becomes.name, wrapped(value, becomes)]];
    }),
  );
}

function wrapped(server: Meaning, becomes: NonNullable<Change["becomes"]>): Meaning {
  if (server.kind !== "object") throw new Error("a server is an object");
  const kept = [...server.members].filter(([name]) => !TRANSPORT_KEYS.has(name));
  const env = Object.entries(becomes.env).map(([name, value]): [string, Meaning] => [name, leaf(value)]);
  return object([
    ...kept.map(([name, value]): [string, Meaning] => [name, name === "type" ? leaf("stdio") : value]),
    ["command", leaf(becomes.command)],
    ["args", list(becomes.args.map(leaf))],
    ...(env.length === 0 ? [] : [["env", object(env)] as const]),
  ]);
}
