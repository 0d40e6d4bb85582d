/**
 * What a tool, resource or prompt most likely does, as a start for a human's review. A tool is a read only where hint, name
 * and schema agree; a resource or a prompt unless its name says otherwise. Never used to decide a call.
 */

import type { Access } from "./call.ts";
import { isTemplate } from "./definition.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { LockedKind } from "./manifest.ts";

export interface Proposal {
  readonly access: Access;
  readonly destructive: boolean;
  /** What speaks against a read: a word of the name, or an argument. Of a tool only where its server says that it reads. */
  readonly contradiction?: string;
  /** A template or a prompt: the protocol calls it data, but each use runs the server's code with the agent's words. */
  readonly runsCode: boolean;
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

export function propose(kind: LockedKind, definition: JsonObject): Proposal {
  switch (kind) {
    case "tool":
      return { ...proposeTool(definition), runsCode: false };
    case "resource":
      return { ...proposeData(definition), runsCode: isTemplate({ kind, definition }) };
    case "prompt":
      return { ...proposeData(definition), runsCode: true };
  }
}

type Guess = Omit<Proposal, "runsCode">;

function proposeTool(definition: JsonObject): Guess {
  const hints = isObject(definition["annotations"]) ? definition["annotations"] : {};
  const schema = isObject(definition["inputSchema"]) ? definition["inputSchema"] : {};
  const properties = isObject(schema["properties"]) ? Object.keys(schema["properties"]) : [];
  const words = wordsOf(textOf(definition, "name"));
  const against =
    words.find((word) => CHANGES.has(word)) ?? properties.find((property) => CARRIES.has(property.toLowerCase()));
  if (hints["readOnlyHint"] !== true) {
    const mild = hints["destructiveHint"] === false && !words.some((word) => DESTROYS.has(word));
    return { access: "write", destructive: !mild };
  }
  if (against === undefined) return { access: "read", destructive: false };
  return { access: "write", destructive: true, contradiction: against };
}

/** Neither has a hint of what it does, so the name has to do; a plain URI names a thing, and says nothing of acts. */
function proposeData(definition: JsonObject): Guess {
  const words = ["name", "uriTemplate"].flatMap((key) => wordsOf(textOf(definition, key)));
  const against = words.find((word) => CHANGES.has(word));
  if (against === undefined) return { access: "read", destructive: false };
  return { access: "write", destructive: true, contradiction: against };
}

const textOf = (definition: JsonObject, key: string): string =>
  typeof definition[key] === "string" ? definition[key] : "";
