/** kidoban.yaml → Config: servers, secrets by reference, approvers, the floor, rules for every agent. Starts and reads nothing. */

import { isAbsolute, join, resolve } from "node:path";
import * as z from "zod";
import type { Floor, Problem, SharedRule } from "../policy/manifest.ts";
import { logSchema, readLog } from "./log-config.ts";
import type { LogConfig } from "./retention.ts";
import { consoleSchema, readConsole, type ConsoleConfig } from "./console-config.ts";
import { approverSchema, readApprovers, type ConfiguredApprover } from "./approver-config.ts";
import { literalSecrets } from "./literal-secrets.ts";
import { hasErrors, problem } from "./problem.ts";
import type { ConfiguredChannel } from "./channel.ts";
import { notifySchema, readNotify } from "./notify-config.ts";
import { settle, type Known, type Reading, type Reference } from "./references.ts";
import { readRules, readTerms, ruleSchema, termsSchema } from "./rules.ts";
import { readSecret, secretSchema, type SecretRef } from "./secret-refs.ts";
import { readServe, serveSchema, type ServeConfig } from "./serve-config.ts";
import { readServer, serverSchema, type ServerConfig } from "./server-config.ts";
import { check, entries, id, member, say, strict, valid, version } from "./shape.ts";
import { SECRET_NAME } from "./template.ts";
import { parseYaml } from "./yaml.ts";

export interface Config {
  /** Absolute path of kidoban.yaml. */
  readonly file: string;
  /** Absolute; what relative paths in it are relative to, and where servers start. */
  readonly folder: string;
  readonly servers: ReadonlyMap<string, ServerConfig>;
  readonly secrets: ReadonlyMap<string, SecretRef>;
  readonly approvers: readonly ConfiguredApprover[];
  /** `approvals:`, complete. */
  readonly floor: Floor;
  readonly rules: readonly SharedRule[];
  readonly serve?: ServeConfig;
  readonly console?: ConsoleConfig;
  /** Left out: DEFAULT_LOG. */
  readonly log?: LogConfig;
  /** Who is told that something waits; left out: nobody. */
  readonly notify?: readonly ConfiguredChannel[];
}

/** What holds where `approvals:` is silent. */
const DEFAULT_FLOOR: Floor = {
  from: [],
  need: 1,
  assurance: "operator",
  expiresMs: 15 * 60_000,
  redeemMs: 5 * 60_000,
};

export const configSchema = strict({
  kidoban: version,
  servers: z.record(id, serverSchema),
  secrets: z.record(z.string().regex(SECRET_NAME, say("bad-secret-name")), secretSchema).optional(),
  approvers: z.record(id, approverSchema).optional(),
  approvals: termsSchema.optional().meta({ description: "A floor for every ask." }),
  rules: z
    .array(ruleSchema)
    .optional()
    .meta({ description: "For every agent; only ask and deny: this file can only tighten." }),
  serve: serveSchema.optional(),
  console: consoleSchema.optional(),
  log: logSchema.optional().meta({ description: "When log files are changed, and how long they are kept." }),
  notify: notifySchema.optional(),
}).meta({ title: "kidoban.yaml" });

export interface ReadConfig {
  /** Undefined as soon as anything in the file is wrong. */
  readonly config: Config | undefined;
  /** What other files' names can be checked against, right or wrong as the rest may be; undefined without readable YAML. */
  readonly known: Known | undefined;
  readonly problems: readonly Problem[];
}

/** `file` is the name to tell in problems, relative to `folder`. */
export function readConfig(file: string, text: string, folder: string): ReadConfig {
  const yaml = parseYaml(file, text);
  const problems: Problem[] = [...yaml.problems];
  const references: Reference[] = [];
  const reading: Reading = { yaml, problems, references };
  if (yaml.value === undefined) return { config: undefined, known: undefined, problems };
  problems.push(...check(yaml, configSchema), ...literalSecrets(yaml));
  const part = (key: string) => member(yaml.value, key);

  const servers = new Map<string, ServerConfig>();
  for (const [name, raw] of entries(part("servers"))) {
    const server = readServer(reading, name, raw, folder);
    if (server !== undefined) servers.set(name, server);
  }
  const secrets = new Map<string, SecretRef>();
  for (const [name, raw] of entries(part("secrets"))) {
    const secret = readSecret(reading, name, raw);
    if (secret !== undefined) secrets.set(name, secret);
  }
  const approvers = readApprovers(reading);
  const terms = valid(termsSchema, part("approvals"));
  // The floor itself is what allows `client`, so its own assurance leans on nothing.
  const named: Reference[] = [];
  const floor: Floor = {
    ...DEFAULT_FLOOR,
    ...(terms === undefined ? {} : readTerms({ ...reading, references: named }, ["approvals"], terms)),
  };
  references.push(...named.filter(({ to }) => to === "group"));
  const rules = readRules(reading, ["rules"], part("rules")).flatMap((rule): SharedRule[] => {
    const { id: name, effect, place } = rule;
    if (effect !== "allow") return [{ ...rule, effect }];
    problems.push(problem("allow-for-all", { rule: name }, place));
    return [];
  });

  const known: Known = {
    servers: entries(part("servers")).map(([name]) => name),
    groups: approvers.flatMap(({ groups }) => groups),
    secrets: entries(part("secrets")).map(([name]) => name),
    clientSuffices: floor.assurance === "client",
  };
  const serve = readServe(reading, part("serve"), folder);
  const console = readConsole(reading, part("console"), folder);
  const log = readLog(reading, part("log"));
  const notify = readNotify(reading, part("notify"));
  problems.push(...settle(references, known));
  if (hasErrors(problems)) return { config: undefined, known, problems };
  const path = isAbsolute(file) ? file : join(resolve(folder), file);
  const config: Config = {
    file: path,
    folder: resolve(folder),
    servers,
    secrets,
    approvers,
    floor,
    rules,
    ...(serve === undefined ? {} : { serve }),
    ...(console === undefined ? {} : { console }),
    ...(log === undefined ? {} : { log }),
    ...(notify.length === 0 ? {} : { notify }),
  };
  return { config, known, problems };
}
