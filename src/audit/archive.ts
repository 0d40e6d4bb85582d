/**
 * A configuration as the log keeps it, so that its files alone say what decisions rested on and whose keys counted: the
 * bytes that were accepted and, beside them, what they were read as, which needs no reader of YAML. No secret stands in
 * either: files name secrets and never hold them. Pure; knows no file.
 */

import { hash } from "node:crypto";
import type { Approver } from "../approval/approver.ts";
import { isObject } from "../policy/json.ts";
import type { Floor, Lock, Manifest, PolicySources, SharedRule } from "../policy/manifest.ts";
import { compileAccepted, type Policy } from "../policy/policy.ts";
import type { SqlReaders } from "../policy/sql/dialect.ts";
import { filesDigest } from "./files-digest.ts";
import type { Recording } from "./recording.ts";
import type { Retention } from "./retention.ts";

type ServerFacts = PolicySources["servers"] extends ReadonlyMap<string, infer S> ? S : never;

/** Maps are lists of pairs. */
export interface ArchivedConfig {
  readonly v: 1;
  /** Absolute path of the kidoban.yaml. */
  readonly config: string;
  /** Of `files`: what is accepted, proposed and signed. */
  readonly digest: string;
  /** Texts by name relative to the configuration's folder. */
  readonly files: readonly (readonly [string, string])[];
  readonly approvers: readonly Approver[];
  /** `approvals:`, complete. */
  readonly floor: Floor;
  readonly rules: readonly SharedRule[];
  readonly servers: readonly (readonly [string, ServerFacts])[];
  readonly manifests: readonly (readonly [string, Manifest])[];
  readonly locks: readonly (readonly [string, Lock])[];
  /** How long is kept, of `log:`, complete. */
  readonly retention: Retention;
  /** What is kept of each server's calls. */
  readonly recordings: readonly (readonly [string, Recording])[];
}

/** The text that is kept, in one order of members. */
export const archiveText = ({ v, config, digest, files, ...read }: ArchivedConfig): string => {
  const { approvers, floor, rules, servers, manifests, locks, retention, recordings } = read;
  const all = { v, config, digest, files, approvers, floor, rules, servers, manifests, locks, retention, recordings };
  return `${JSON.stringify(all)}\n`;
};

/** What entries name it by: sha256 of its text, hex. */
export const archiveDigest = (text: string): string => hash("sha256", text, "hex");

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === "string");
const isPairs = (value: unknown, is: (value: unknown) => boolean): boolean =>
  Array.isArray(value) &&
  value.every((each) => Array.isArray(each) && each.length === 2 && typeof each[0] === "string" && is(each[1]));
const isObjects = (value: unknown): boolean => Array.isArray(value) && value.every(isObject);
const isText = (value: unknown): boolean => typeof value === "string";
const isServer = (value: unknown): boolean => isObject(value) && isText(value["endpoint"]);
const isManifest = (value: unknown): boolean =>
  isObject(value) && isObjects(value["grants"]) && isObjects(value["rules"]);
const isLock = (value: unknown): boolean => isObject(value) && isText(value["endpoint"]) && isObjects(value["items"]);
const isMs = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isMap = (value: unknown, is: (value: unknown) => boolean): boolean =>
  isObject(value) && Object.values(value).every(is);
const isRetention = (value: unknown): boolean =>
  isObject(value) && isMs(value["entries"]) && isMs(value["bodies"]) && isMap(value["servers"], isMs);
const isHow = (value: unknown): boolean => value === "digest" || value === "body";
const isRecording = (value: unknown): boolean =>
  isObject(value) &&
  isHow(value["record"]) &&
  isMap(value["recordTools"], isHow) &&
  isTexts(value["redact"]) &&
  isMap(value["redactTools"], isTexts);
const isApprover = (value: unknown): boolean =>
  isObject(value) &&
  isText(value["name"]) &&
  isTexts(value["groups"]) &&
  (value["roles"] === undefined || isTexts(value["roles"])) &&
  [value["away"], value["passkeys"]].every((each) => each === undefined || isObjects(each));

/**
 * Reads what stands under a digest; undefined where it is something else, or where its files are not what it says. Whether
 * it was read rightly out of these files is not looked at.
 */
export function readArchive(text: string, digest: string): ArchivedConfig | undefined {
  if (archiveDigest(text) !== digest) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value["v"] !== 1) return undefined;
  const { config, files, approvers, floor, rules, servers, manifests, locks, retention, recordings } = value;
  const isWhole =
    typeof config === "string" &&
    isPairs(files, isText) &&
    isPairs(servers, isServer) &&
    isPairs(manifests, isManifest) &&
    isPairs(locks, isLock) &&
    isRetention(retention) &&
    isPairs(recordings, isRecording) &&
    Array.isArray(approvers) &&
    approvers.every(isApprover) &&
    isObjects(rules) &&
    isObject(floor);
  if (!isWhole) return undefined;
  const archived = value as unknown as ArchivedConfig;
  return filesDigest(archived.files) === archived.digest ? archived : undefined;
}

const nothing = (agent: string): Manifest => ({
  agent,
  grants: [],
  rules: [],
  inFlight: 0,
  place: { file: `manifests/${agent}.yaml`, line: 1, column: 1 },
});

/** One agent's policy; of an agent without a manifest, the narrowest there is. Throws where the archive is none of our making. */
export function archivedPolicy(
  { manifests, rules, floor, servers, locks }: ArchivedConfig,
  agent: string,
  sql: SqlReaders,
): Policy {
  const manifest = manifests.find(([name]) => name === agent)?.[1] ?? nothing(agent);
  return compileAccepted({ manifest, rules, floor, servers: new Map(servers), locks: new Map(locks), sql }).policy;
}
