/** JSON values as plain data. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

let kept: { readonly object: JsonObject; readonly text: string } | undefined;

/**
 * For who parses: the text of one object of what it read last, where `JSON.stringify` would write exactly the same. One,
 * since what is read is used in the same turn: more would outlive their use.
 */
export function keepText(object: JsonObject, text: string): void {
  kept = { object, text };
}

/** What was read last has none, or another. */
export function forgetText(): void {
  kept = undefined;
}

/** What `JSON.stringify` gives, which for a large object takes longer than all else that is done with it. */
export const jsonText = (object: JsonObject): string => (kept?.object === object ? kept.text : JSON.stringify(object));
