/** Joins the console's ports to this person's store and log. */

import { randomBytes } from "node:crypto";
import { keepsNow } from "../keeps-now.ts";
import { lockedNow } from "../locked-now.ts";
import type { Approver } from "../../approval/approver.ts";
import type { EntryBody } from "../../audit/entry.ts";
import type { ConsoleConfig } from "../../config/console-config.ts";
import type { Env } from "../../config/env.ts";
import { MOST_TRIES } from "../../console/enrolment.ts";
import type { ConsolePorts, Site } from "../../console/ports.ts";
import { storeDesk } from "../../store/desk.ts";
import { storePassDesk } from "../../store/pass-desk.ts";
import type { Language } from "../../words/words.ts";
import { approversNow } from "../approvers-now.ts";
import type { RefusedLogins } from "../refused-logins.ts";
import type { State } from "../state.ts";
import { editionsOf } from "./editions.ts";
import { entrancePort } from "./entrance.ts";
import { pagePorts } from "./pages.ts";
import { peopleOf } from "./people.ts";
import { consoleStandings, type ConsoleStandings } from "./standings.ts";

export interface ConsoleFacts {
  readonly state: State;
  /** Absolute path of the kidoban.yaml. */
  readonly configPath: string;
  readonly site: Site;
  readonly language: Language;
  /** For surveys of servers. */
  readonly env: Env;
  readonly now: () => number;
  readonly refused: RefusedLogins;
}

/** As the configuration says where browsers reach it. */
export const siteOf = ({ url, rp, hosts }: ConsoleConfig): Site => ({
  origin: url,
  rp,
  hosts: new Set([new URL(url).host, ...hosts]),
});

const DECOYS_NOTE = "console-decoys";

const midnight = (now: number): number => new Date(now).setHours(0, 0, 0, 0);

export function consolePorts({
  state,
  configPath,
  site,
  language,
  env,
  refused,
  now,
}: ConsoleFacts): ConsolePorts & Pick<ConsoleStandings, "keepUp" | "confirm"> {
  const { store, log } = state;
  const editions = editionsOf(store, configPath);
  const standings = consoleStandings({ store, env, configPath, editions, now });
  const record = async (entry: EntryBody): Promise<void> => {
    log.record(entry);
    await log.synced();
  };
  const people: () => Promise<readonly Approver[]> = peopleOf(store, configPath, now);
  const desk = storeDesk({
    store,
    approvers: () => approversNow(store, now()),
    record,
    body: async (json, request) => {
      const { keeps, hidden } = await keepsNow(store, request);
      return log.body(json, keeps && "json", undefined, hidden);
    },
    locked: (request) => lockedNow(store, request),
    now,
  });
  const passes = storePassDesk({
    store,
    approvers: async (config) => (config === configPath ? people() : []),
    record,
    now,
  });
  return {
    site,
    language,
    now,
    people,
    record,
    refused: refused.refused,
    async decoyKey() {
      if ((await store.note(DECOYS_NOTE)) === undefined)
        await store.setNote(DECOYS_NOTE, randomBytes(32).toString("hex"));
      return (await store.note(DECOYS_NOTE)) ?? "";
    },
    config: configPath,
    passes: {
      ...passes,
      async issue(body, signature) {
        await standings.confirm([signature.approver]);
        return passes.issue(body, signature);
      },
      async sign(id, signature) {
        await standings.confirm([signature.approver]);
        return passes.sign(id, signature);
      },
    },
    desk: {
      ...desk,
      async answer(statement) {
        // Whoever left the company meanwhile is no approver any more.
        await standings.confirm([statement.body.approver]);
        return desk.answer(statement);
      },
      async answerAll(statements) {
        await standings.confirm([...new Set(statements.map(({ body }) => body.approver))]);
        return desk.answerAll(statements);
      },
    },
    entrance: entrancePort({ standings, origin: site.origin, now }),
    keepUp: () => standings.keepUp(),
    confirm: (names) => standings.confirm(names),
    statements: (request) => store.statements(request),
    async past(request) {
      const { approved, asked, approvedOfThem } = await store.past(request, midnight(now()));
      return { approved, askedToday: asked, approvedToday: approvedOfThem };
    },
    watch: (changed) => store.watch(changed),
    pages: pagePorts({ state, configPath, env, editions, people, confirm: standings.confirm, now }),
    enrolments: {
      find: (link) => store.enrolment(link),
      confirm: (link, code) => store.tryEnrolment(link, code, MOST_TRIES, now()),
      finish: (link, passkey) => store.finishEnrolment(link, passkey, now()),
    },
  };
}
