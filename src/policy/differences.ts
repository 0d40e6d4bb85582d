/** Where two JSON values differ, as JSON pointers (RFC 6901) with what stands there. Pure. */

import { isObject, type Json } from "./json.ts";

export interface Difference {
  readonly pointer: string;
  /** Undefined: not there. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

const escape = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");

export function differences(before: Json | undefined, after: Json | undefined, pointer = ""): readonly Difference[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
    return keys.flatMap((key) =>
      differences(
        Object.hasOwn(before, key) ? before[key] : undefined,
        Object.hasOwn(after, key) ? after[key] : undefined,
        `${pointer}/${escape(key)}`,
      ),
    );
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((member: Json, index) => differences(member, after[index] as Json, `${pointer}/${index}`));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ pointer, before, after }];
}
