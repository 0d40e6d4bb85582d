/** Pinning from the console: a server is looked at as `kidoban pin` does, and what is found waits for its human. */

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Env } from "../../config/env.ts";
import { loadConfig } from "../../config/load.ts";
import type { ServerConfig } from "../../config/server-config.ts";
import type { ServersPort } from "../../console/page-ports.ts";
import type { SurveyView } from "../../console/pages/survey.ts";
import { ServerError } from "../../gateway/ports.ts";
import { pinServer, startRow, type PinRow } from "../pinning.ts";
import { RejectedConfig } from "../rejected.ts";
import type { State } from "../state.ts";
import { surveyServer, type Survey } from "../survey.ts";
import type { Editions } from "./editions.ts";

const KEPT_MS = 15 * 60_000;
/** At once; each may have started a process. */
const MOST_KEPT = 16;

interface Kept {
  readonly by: string;
  readonly until: number;
  readonly server: ServerConfig;
  readonly rows: readonly PinRow[];
  readonly view: SurveyView;
  /** The lock's text when it was looked at; undefined where there was none. */
  readonly lock: string | undefined;
}

export interface SurveyParts {
  readonly state: State;
  readonly configPath: string;
  readonly env: Env;
  readonly editions: () => Promise<Editions>;
  readonly now: () => number;
}

const viewOf = (id: string, { server, items, gone, leftOut }: Survey): SurveyView => ({
  id,
  server: server.id,
  endpoint: server.endpoint,
  rows: items.map((offered) => {
    const { kind, name, definition, locked, changes, volatile, proposal } = offered;
    const { access, destructive } = startRow(offered);
    return {
      kind,
      name,
      definition,
      locked: locked?.definition,
      changes,
      volatile,
      contradiction: proposal.contradiction,
      runsCode: proposal.runsCode,
      access,
      destructive,
    };
  }),
  gone,
  leftOut,
});

const lockText = (folder: string, server: string): Promise<string | undefined> =>
  readFile(join(folder, "kidoban.lock", `${server}.yaml`), "utf8").catch(() => undefined);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function surveys(parts: SurveyParts): Pick<ServersPort, "survey" | "pin" | "kept"> {
  const { state, configPath, env, now } = parts;
  const kept = new Map<string, Kept>();
  const find = (id: string, by: string): Kept | undefined => {
    const one = kept.get(id);
    return one === undefined || one.by !== by || one.until < now() ? undefined : one;
  };

  return {
    async survey(id, by) {
      const { accepted } = await parts.editions();
      const server = accepted?.loaded.config?.servers.get(id);
      const loaded = await loadConfig(configPath);
      // What is started is what somebody accepted; what is locked is for what stands in the files.
      const onDisk = loaded.config?.servers.get(id);
      const config = accepted?.loaded.config;
      if (config === undefined || server === undefined || onDisk?.endpoint !== server.endpoint)
        return { kind: "not-accepted" };
      const lock = await lockText(config.folder, id);
      let survey: Survey;
      try {
        survey = await surveyServer(config, server, loaded.locks.get(id), env);
      } catch (error) {
        if (!(error instanceof ServerError)) throw error;
        return { kind: "unreachable", reason: error.message };
      }
      for (const [key, { until }] of kept) if (until < now() || kept.size >= MOST_KEPT) kept.delete(key);
      const name = randomBytes(16).toString("base64url");
      const view = viewOf(name, survey);
      kept.set(name, { by, until: now() + KEPT_MS, server, rows: survey.items.map(startRow), view, lock });
      return { kind: "shown", survey: view };
    },
    kept: async (id, by) => find(id, by)?.view,
    async pin(id, choices, by) {
      const one = find(id, by);
      if (one === undefined || choices.length !== one.rows.length) return { kind: "stale" };
      const { server, rows, lock } = one;
      const loaded = await loadConfig(configPath);
      const { config } = loaded;
      if (config === undefined || config.servers.get(server.id)?.endpoint !== server.endpoint) return { kind: "stale" };
      if ((await lockText(config.folder, server.id)) !== lock) return { kind: "stale" };
      const said = rows.flatMap(({ offered }, at): readonly PinRow[] => {
        const choice = choices[at];
        return choice === undefined ? [] : [{ offered, ...choice }];
      });
      kept.delete(id);
      try {
        return { kind: "pinned", file: await pinServer(state, config.folder, server, said, by, now()) };
      } catch (error) {
        if (!(error instanceof RejectedConfig) && !isFileError(error)) throw error;
        return { kind: "unwritable", reason: messageOf(error) };
      }
    },
  };
}

const isFileError = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["EACCES", "EPERM", "EROFS", "ENOSPC"].includes(String(error.code));
