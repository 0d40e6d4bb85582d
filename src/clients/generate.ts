/** The text of the gate's own files for a plan: kidoban.yaml and one manifest per agent. Pure. */

import { stringify } from "yaml";
import type { Assurance } from "../policy/call.ts";
import type { PlannedServer } from "./assign.ts";
import type { Plan } from "./plan.ts";

export type GrantedAccess = "read-only" | "read-write";

/** The comments in generated files, in the person's language. */
export interface FileComments {
  readonly config: string;
  readonly servers: string;
  readonly secrets: string;
  readonly approvers: string;
  readonly approvals: string;
  readonly manifest: string;
  readonly access: Readonly<Record<GrantedAccess, string>>;
}

const SCHEMAS = "https://unpkg.com/kidoban/schema";

export function configText(
  plan: Pick<Plan, "servers" | "secrets">,
  assurance: Extract<Assurance, "client" | "operator">,
  comments: FileComments,
): string {
  return [
    `# yaml-language-server: $schema=${SCHEMAS}/config.schema.json`,
    comment(comments.config),
    "kidoban: 1",
    "",
    comment(comments.servers),
    "servers:",
    ...plan.servers.map((server) => `  ${server.id}:\n${indent(settings(server), 4)}`),
    ...(plan.secrets.length === 0 ? [] : ["", comment(comments.secrets), "secrets:"]),
    ...plan.secrets.map(({ name, file }) => `  ${name}: { file: ${file} }`),
    "",
    comment(comments.approvers),
    "",
    comment(comments.approvals),
    `approvals: { assurance: ${assurance} }`,
    "",
  ].join("\n");
}

export function manifestText(
  agent: string,
  servers: readonly string[],
  access: GrantedAccess,
  comments: FileComments,
  /** By server; left out: all that the lock knows. */
  tools: ReadonlyMap<string, readonly string[]> = new Map(),
): string {
  return [
    `# yaml-language-server: $schema=${SCHEMAS}/manifest.schema.json`,
    comment(comments.manifest),
    "kidoban: 1",
    `agent: ${agent}`,
    "",
    comment(comments.access[access]),
    "servers:",
    ...servers.map((id) => {
      const list = tools.get(id)?.map(quote).join(", ");
      return `  ${id}: { access: ${access}${list === undefined ? "" : `, tools: [${list}]`} }`;
    }),
    "",
  ].join("\n");
}

function settings({ title, id, reached }: PlannedServer): string {
  const named = title === id ? [] : [comment(oneLine(title))];
  switch (reached.kind) {
    case "command": {
      const args = reached.args.length === 0 ? [] : [`args: [${reached.args.map(quote).join(", ")}]`];
      return [...named, `command: ${quote(reached.command)}`, ...args, ...mapping("env", reached.env)].join("\n");
    }
    case "url":
      return [...named, `url: ${quote(reached.url)}`, ...mapping("headers", reached.headers)].join("\n");
  }
}

function mapping(key: string, pairs: Readonly<Record<string, string>>): readonly string[] {
  const lines = Object.entries(pairs).map(([name, value]) => `  ${quote(name)}: ${quote(value)}`);
  return lines.length === 0 ? [] : [`${key}:`, ...lines];
}

// Quoted but for plain words: no value can turn into a number, a comment or a line of its own.
const quote = (text: string): string =>
  stringify(text, {
    defaultStringType: /^[A-Za-z][A-Za-z_-]+$/.test(text) ? "PLAIN" : "QUOTE_DOUBLE",
    lineWidth: 0,
  }).trimEnd();

const comment = (text: string): string =>
  text
    .split("\n")
    .map((line) => `# ${line}`.trimEnd())
    .join("\n");

const indent = (text: string, width: number): string => text.replace(/^(?=.)/gm, " ".repeat(width));

/** A client's name for a server, as harmless text for a comment. */
const oneLine = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, " ").slice(0, 80);
