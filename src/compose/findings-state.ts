/** What can be found about the state, its log and the files that only one person may read. Pure. */

import type { Loaded } from "../config/load.ts";
import { digestOf } from "../config/files.ts";
import type { Stop } from "../store/store.ts";
import { finding, type Finding } from "./finding.ts";
import type { LogFault } from "./log-standing.ts";
import type { SealedGate } from "./sealed.ts";

/** What the store says; undefined where there is none yet. */
export interface StateFacts {
  readonly acceptedDigest: string | undefined;
  readonly stops: readonly Stop[];
  readonly log: LogFault | undefined;
  readonly sealed: readonly SealedGate[];
}

export function stateFindings(dir: string, loaded: Loaded, facts: StateFacts | undefined): readonly Finding[] {
  if (facts === undefined) return [finding("no-state", "note", {}, dir)];
  const { acceptedDigest, stops, log, sealed } = facts;
  const differs = acceptedDigest !== undefined && acceptedDigest !== digestOf(loaded.sources);
  return [
    ...(differs ? [finding("not-accepted", "warning", {})] : []),
    ...stops.map(({ id, agent = "", reason }) => finding("stopped", "warning", { stop: id, agent, reason })),
    ...(log === undefined ? [] : [logFinding(log)]),
    ...sealed.map(({ pid, agent, reason }) =>
      finding("sealed", "error", { gate: agent === undefined ? `pid ${pid}` : `${agent} (pid ${pid})`, reason }, dir),
    ),
  ];
}

function logFinding(fault: LogFault): Finding {
  switch (fault.kind) {
    case "log-key-unusable":
      return finding("log-key-unusable", "error", { reason: fault.reason }, fault.file);
    case "disk-low":
      return finding("disk-low", "warning", { free: String(fault.freeMegabytes) }, fault.file);
    case "log-key-missing":
    case "log-other-key":
    case "log-altered":
    case "log-rolled-back":
    case "log-unwritable":
      return finding(fault.kind, "error", {}, fault.file);
  }
}

/** A file or folder with its permission bits. */
export interface Mode {
  readonly path: string;
  readonly mode: number;
  /** `private`: nobody else may read it; `guarded`: nobody else may change it. */
  readonly wants: "private file" | "private folder" | "guarded folder";
}

export const modeFindings = (modes: readonly Mode[]): readonly Finding[] =>
  modes.flatMap(({ path, mode, wants }) => {
    const written = mode.toString(8).padStart(3, "0");
    switch (wants) {
      case "guarded folder":
        // In a folder with the sticky bit (/tmp) nobody replaces what is not his.
        return (mode & 0o022) === 0 || (mode & 0o1000) !== 0
          ? []
          : [finding("folder-writable", "warning", { mode: written }, path)];
      case "private file":
      case "private folder": {
        const wanted = wants === "private file" ? "600" : "700";
        return (mode & 0o077) === 0 ? [] : [finding("exposed", "error", { mode: written, wanted }, path)];
      }
    }
  });

export type SecretFact = { readonly name: string } & (
  | {
      readonly kind: "file";
      readonly path: string;
      readonly mode: number;
      /** Where a greatest age is set. */
      readonly age: { readonly ageMs: number; readonly maxAgeMs: number } | undefined;
    }
  | { readonly kind: "no-file"; readonly path: string }
  | { readonly kind: "unset"; readonly variable: string }
);

export const secretFindings = (secrets: readonly SecretFact[]): readonly Finding[] =>
  secrets.flatMap((secret): readonly Finding[] => {
    const { name } = secret;
    switch (secret.kind) {
      case "no-file":
        return [finding("secret-missing", "error", { name }, secret.path)];
      case "unset":
        return [finding("secret-unset", "warning", { name, variable: secret.variable })];
      case "file": {
        const { path, mode, age } = secret;
        const exposed = (mode & 0o077) !== 0;
        return [
          ...(exposed ? [finding("secret-exposed", "error", { name, mode: mode.toString(8) }, path)] : []),
          ...(age !== undefined && age.ageMs > age.maxAgeMs
            ? [finding("secret-old", "error", { name, ageMs: String(age.ageMs), limitMs: String(age.maxAgeMs) }, path)]
            : []),
        ];
      }
    }
  });
