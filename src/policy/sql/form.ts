/**
 * Forms of syntax trees, as closed lists: a part is known by name with all of its members, or it is not known. So what a
 * newer parser adds, and what nobody thought of, is not a read. Knows no dialect.
 */

import { isObject, type Json } from "../json.ts";

/** Whether a part of a tree has this form. `depth` counts down; a tree too deep has none. */
export type Form = (part: Json, depth: number) => boolean;

export const MAX_DEPTH = 400;

/** Parsers write null for what is not there. */
const isAbsent = (part: Json | undefined): boolean => part === null || part === undefined;

export const scalar: Form = (part) => typeof part !== "object" || part === null;
export const text: Form = (part) => typeof part === "string";
export const nothing: Form = (part) => part === null || (Array.isArray(part) && part.length === 0);

export const oneOf =
  (...values: readonly (string | number | boolean)[]): Form =>
  (part) =>
    scalar(part, 0) && values.includes(part as string);

export const either =
  (...forms: readonly Form[]): Form =>
  (part, depth) =>
    depth > 0 && forms.some((form) => form(part, depth - 1));

export const list =
  (form: Form): Form =>
  (part, depth) =>
    depth > 0 && Array.isArray(part) && part.every((each: Json) => form(each, depth - 1));

/** An object whose members are all named here; any of them may be absent. */
export const members =
  (known: Readonly<Record<string, Form>>): Form =>
  (part, depth) =>
    depth > 0 &&
    isObject(part) &&
    Object.entries(part).every(([name, value]) => {
      if (isAbsent(value)) return true;
      const form = Object.hasOwn(known, name) ? known[name] : undefined;
      return form !== undefined && form(value, depth - 1);
    });

/** The form that a member's value names, of a closed list. */
export const tagged =
  (tag: string, forms: () => Readonly<Record<string, Form>>): Form =>
  (part, depth) => {
    const name = isObject(part) ? part[tag] : undefined;
    const known = forms();
    const form = typeof name === "string" && Object.hasOwn(known, name) ? known[name] : undefined;
    return depth > 0 && form !== undefined && form(part, depth - 1);
  };

/** `{Name: {…}}`, with the name of a closed list. */
export const wrapped =
  (forms: () => Readonly<Record<string, Form>>): Form =>
  (part, depth) => {
    const [entry, ...more] = isObject(part) ? Object.entries(part) : [];
    if (depth <= 0 || entry === undefined || more.length > 0) return false;
    const known = forms();
    const form = Object.hasOwn(known, entry[0]) ? known[entry[0]] : undefined;
    return form !== undefined && form(entry[1], depth - 1);
  };
