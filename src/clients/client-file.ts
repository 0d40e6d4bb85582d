/**
 * What all readers and writers of clients' configuration files share: where a file is, what is found in it and what
 * may be changed. Knows nothing of the gate's own files.
 */

import type { ToolFilter } from "./tool-filter.ts";

/** The client's name is also the id of its agent. */
export type ClientId = "claude-code" | "claude-desktop" | "cursor" | "vscode" | "codex" | "gemini-cli" | "opencode";

/** The folders of this machine that clients look into; all absolute. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** $XDG_CONFIG_HOME or ~/.config. */
  readonly configHome: string;
  /** %APPDATA%. */
  readonly appData?: string;
  /** $CLAUDE_CONFIG_DIR. */
  readonly claudeConfigDir?: string;
  /** $CODEX_HOME. */
  readonly codexHome?: string;
  /** $GEMINI_CLI_HOME. */
  readonly geminiHome?: string;
}

/** One place where a client may keep servers. */
export interface Location {
  readonly file: string;
  /** A project's file is usually shared with others through its repository. */
  readonly scope: "user" | "project";
  /** The folder in which the client starts these servers, where it is always the same. */
  readonly folder?: string;
  /** What `${…}` stands for and can be written out. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Why a server is left as it is. `value` names the setting or variable; it never holds a secret. */
export type LeftWhy =
  /** Switched off in the client. */
  | "disabled"
  /** SSE, WebSocket or inside the client. */
  | "transport"
  /** `${…}` that only the client can fill in. */
  | "variable"
  /** A setting that only the client understands: its own sign-in, env files, variables handed on. */
  | "client-setting"
  /** The name, or a setting of it, stands there twice. */
  | "twice"
  /** Neither a command nor a URL of the shape that this client reads. */
  | "unreadable"
  /** Written in a form that cannot be edited without losing comments. */
  | "form"
  | "secret-in-args"
  | "secret-in-url"
  /** Depends on the folder in which the client happens to be started. */
  | "folder"
  /** Its program is not on this person's search path. */
  | "no-command"
  /** From a project's file, whose author nobody has vouched for: reviewing a server starts it. */
  | "project"
  /** Asked for by the person. */
  | "skipped";

export type Entry =
  | {
      readonly kind: "command";
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly folder?: string;
    }
  | { readonly kind: "url"; readonly url: string; readonly headers: Readonly<Record<string, string>> }
  /** Already behind a gate. */
  | { readonly kind: "wrapped"; readonly args: readonly string[] }
  | { readonly kind: "left"; readonly why: LeftWhy; readonly value?: string };

export interface FoundServer {
  /** Keys from the root of the file to this server. */
  readonly path: readonly string[];
  readonly name: string;
  readonly entry: Entry;
  /** Where the client itself limits its tools. */
  readonly filter?: ToolFilter;
}

/** `unreadable` names the place and the parser's word for it, never the text at that place. */
export type ReadAnswer =
  | { readonly kind: "servers"; readonly servers: readonly FoundServer[] }
  | { readonly kind: "unreadable"; readonly line: number; readonly column: number; readonly fault: string };

/** What a client starts instead of a server. */
export interface GateEntry {
  readonly command: string;
  readonly args: readonly string[];
  /** Empty: no such setting is written. */
  readonly env: Readonly<Record<string, string>>;
}

/** Instead of a server: this entry under this name, or nothing. */
export interface Change {
  readonly path: readonly string[];
  readonly becomes: Placed | undefined;
}

export interface Placed extends GateEntry {
  readonly name: string;
  /** Stands for several servers: what limited the tools of the one in whose place it comes does not stay. */
  readonly joint?: true;
}

/** One client. All three are pure: what exists on disk is the caller's to find out. */
export interface ClientFile {
  readonly client: ClientId;
  /** As its makers write it. */
  readonly title: string;
  find(machine: Machine, project: string): readonly Location[];
  read(text: string, at: Location): ReadAnswer;
  /**
   * Gives the text with these servers changed and every other byte kept: comments, key order, unknown keys, line
   * endings, BOM. Throws where the result would mean anything else than the change, which is a bug.
   */
  replace(text: string, changes: readonly Change[]): string;
  /**
   * Takes the same changes back in a text that was changed further since, and keeps that: `original` is the text before
   * `replace`. Undefined where what we wrote is not there any more as we wrote it.
   */
  restore(current: string, original: string, changes: readonly Change[]): string | undefined;
}

/** Line and column, from 1, of an offset. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

/** The ending of the line at an offset, or of the file where it is on the last. */
export function lineEndingAt(text: string, offset: number): string {
  const next = text.indexOf("\n", offset);
  const at = next === -1 ? text.lastIndexOf("\n") : next;
  return at > 0 && text[at - 1] === "\r" ? "\r\n" : "\n";
}
