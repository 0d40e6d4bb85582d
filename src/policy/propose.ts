/**
 * What a tool most likely does, as a start for a human's review: read only where hint, name and schema agree, else write.
 * Never used to decide a call.
 */

import type { Access } from "./call.ts";
import { isObject, type JsonObject } from "./json.ts";

export interface Proposal {
  readonly access: Access;
  readonly destructive: boolean;
  /** What contradicts the server's `readOnlyHint`: a word of the name, or an argument. */
  readonly contradiction?: string;
}

/** Words of a name that say that something changes. */
const CHANGES = new Set(
  (
    "add append apply approve archive assign ban block cancel change clean clear clone close commit copy create delete deploy " +
    "destroy disable drop edit enable erase exec execute fill grant import insert install invite kill merge modify move mkdir " +
    "patch pay post publish purge push put rebase refund remove rename reset restart restore revert revoke rm rmdir run save " +
    "send set shell start stop submit sync terminate transfer truncate uninstall unset update upload upsert write"
  ).split(" "),
);
/** Arguments that carry what would be written or run. */
const CARRIES = new Set([
  "command",
  "cmd",
  "script",
  "code",
  "sql",
  "content",
  "contents",
  "body",
  "patch",
  "edits",
  "newtext",
  "new_text",
]);
const DESTROYS = new Set(
  "clean clear delete destroy drop erase kill purge remove reset rm rmdir terminate truncate".split(" "),
);

/** `deleteFile`, `delete_file` and `Delete-File` are the words delete, file. */
const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");

export function propose(definition: JsonObject): Proposal {
  const name = typeof definition["name"] === "string" ? definition["name"] : "";
  const hints = isObject(definition["annotations"]) ? definition["annotations"] : {};
  const schema = isObject(definition["inputSchema"]) ? definition["inputSchema"] : {};
  const properties = isObject(schema["properties"]) ? Object.keys(schema["properties"]) : [];
  const words = wordsOf(name);
  const against =
    words.find((word) => CHANGES.has(word)) ?? properties.find((property) => CARRIES.has(property.toLowerCase()));
  if (hints["readOnlyHint"] !== true) {
    const mild = hints["destructiveHint"] === false && !words.some((word) => DESTROYS.has(word));
    return { access: "write", destructive: !mild };
  }
  if (against === undefined) return { access: "read", destructive: false };
  return { access: "write", destructive: true, contradiction: against };
}
