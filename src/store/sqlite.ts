/** The store in one SQLite file that all processes of one person open: each method one transaction. */

import { join } from "node:path";
import * as archive from "./accepted.ts";
import { commitNumber } from "./commits.ts";
import { openDatabase } from "./database.ts";
import { sqliteDriver } from "./driver.ts";
import * as enrolments from "./enrolments.ts";
import * as execution from "./execution.ts";
import { privateFolder } from "./folder.ts";
import * as follow from "./follow.ts";
import { ledgerIn } from "./ledger.ts";
import { migrate } from "./migrations.ts";
import * as outbox from "./outbox.ts";
import * as passes from "./passes.ts";
import * as past from "./past.ts";
import * as processes from "./processes.ts";
import { removeOld } from "./removal.ts";
import * as requests from "./requests.ts";
import * as statements from "./statements.ts";
import * as stops from "./stops.ts";
import type { Store } from "./store.ts";
import * as tasks from "./tasks.ts";
import * as tokens from "./tokens.ts";
import { watchStore, type Watch } from "./watch.ts";

/** Opens the state folder, made when it is missing. Throws StoreError. */
export async function openStore(folder: string): Promise<Store> {
  privateFolder(folder);
  const driver = await sqliteDriver();
  const path = join(folder, "kidoban.db");
  const lives = join(folder, "live");
  let watch: Watch | undefined;
  const database = await openDatabase(driver, path, () => watch?.own());
  try {
    migrate(database);
  } catch (error) {
    database.close();
    throw error;
  }
  watch = watchStore(database, `${path}-wal`);
  const ledger = ledgerIn(database);
  let life: processes.Life | undefined;
  /** Who waits: a process that has not registered is one without a name. */
  const self = (): string => life?.id ?? "";

  return {
    openRequest: async (request, cap) => database.write(() => requests.openRequest(database, request, cap, self())),
    request: async (id) => requests.requestById(database, id),
    findRequest: async (idOrCode) => requests.findRequest(database, idOrCode),
    requests: async (filter) => requests.listRequests(database, filter),
    lastRequest: async (agent, action, states, since) => requests.lastRequest(database, agent, action, states, since),
    past: async (request, since) => past.past(database, request, since),
    openRequests: async (page) => follow.openRequests(database, page),
    countOpen: async (now) => follow.countOpen(database, now),
    endings: async (agent, tool, state, since) => follow.endings(database, agent, tool, state, since),
    sentBack: async (agent, tool, action, since) => follow.sentBack(database, agent, tool, action, since),
    replaceRequest: async (parent, child, at) =>
      database.write(() => follow.replaceRequest(database, parent, child, at)),
    statements: async (request) => statements.statementsOf(database, request),
    addStatement: async (statement) => database.write(() => statements.addStatement(database, statement)),
    move: async (id, from, to, at, { outbox: told = [], ...extra } = {}) =>
      database.write(() => {
        const moved = requests.move(database, id, from, to, at, extra);
        if (moved && told.length > 0) outbox.writeOutbox(database, told, at);
        return moved;
      }),
    claim: async (id, action, process, now) =>
      database.write(() => execution.claim(database, id, action, process, now)),
    finish: async (id, to, at, result) => database.write(() => execution.finish(database, id, to, at, result)),
    result: async (id) => execution.resultOf(database, id),
    takeResult: async (id) => database.write(() => execution.takeResult(database, id)),
    setAttended: async (id, attended) =>
      database.write(() => (attended ? requests.attend : requests.leave)(database, id, self())),
    abandon: async (process, at) => database.write(() => execution.abandon(database, process, at)),
    removeOld: async (limits, now) => removeOld(database, limits, now),

    addTask: async (task, cap) => database.write(() => tasks.addTask(database, task, cap)),
    task: async (digest, agent, now) => tasks.task(database, digest, agent, now),
    cancelTask: async (digest, at, note) => database.write(() => tasks.cancelTask(database, digest, at, note)),

    addPass: async (body, signature, at) => database.write(() => passes.addPass(database, body, signature, at)),
    signPass: async (id, signature) => database.write(() => passes.signPass(database, id, signature)),
    pass: async (id) => passes.passById(database, id),
    passes: async (filter) => passes.listPasses(database, filter),
    usePass: async (use) => database.write(() => passes.usePass(database, use)),
    revokePass: async (id, by, at) => database.write(() => passes.revokePass(database, id, by, at)),

    placeStop: async (stop) => database.write(() => stops.placeStop(database, stop)),
    liftStop: async (id, at) => database.write(() => stops.liftStop(database, id, at)),
    stops: async () => stops.stops(database),
    acknowledgeStop: async (stop, process) => database.write(() => stops.acknowledgeStop(database, stop, process)),
    acknowledgements: async (stop) => stops.acknowledgements(database, stop),

    async register(process) {
      if (life !== undefined) throw new Error("a store registers one process");
      // The lock first: a process that is listed can always be tested.
      const begun = processes.beginLife(driver, lives, process.id);
      try {
        database.write(() => processes.addProcess(database, process));
      } catch (error) {
        begun.end(false);
        throw error;
      }
      life = begun;
    },
    processes: async () => processes.processes(database, driver, lives),
    async forget(process) {
      database.write(() => processes.forget(database, process));
      if (process !== life?.id) processes.removeLife(lives, process);
    },

    accepted: async (config) => archive.accepted(database, config),
    acceptedConfigs: async () => archive.acceptedConfigs(database),
    acceptedDigest: async (config) => archive.acceptedDigest(database, config),
    firstAcceptedAt: async (config) => archive.firstAcceptedAt(database, config),
    acceptedHistory: async (config) => archive.acceptedHistory(database, config),
    acceptedSince: async (config, digest) => archive.acceptedSince(database, config, digest),
    accept: async (config) => database.write(() => archive.accept(database, config)),
    addToken: async (token) => database.write(() => tokens.addToken(database, token)),
    token: async (id) => tokens.token(database, id),
    tokens: async () => tokens.tokens(database),
    endToken: async (id, at) => database.write(() => tokens.endToken(database, id, at)),
    revokeToken: async (id, at) => database.write(() => tokens.revokeToken(database, id, at)),

    addEnrolment: async (enrolment, now) => database.write(() => enrolments.addEnrolment(database, enrolment, now)),
    enrolment: async (link) => enrolments.enrolment(database, link),
    tryEnrolment: async (link, code, most, now) =>
      database.write(() => enrolments.tryEnrolment(database, link, code, most, now)),
    finishEnrolment: async (link, passkey, now) =>
      database.write(() => enrolments.finishEnrolment(database, link, passkey, now)),

    async writeOutbox(rows, now) {
      const ids = rows.map(({ id }) => id);
      return outbox.isInOutbox(database, ids) ? 0 : database.write(() => outbox.writeOutbox(database, rows, now));
    },
    takeFromOutbox: async (taker) => outbox.takeFromOutbox(database, { driver, folder: lives }, taker),
    settleDispatch: async (id, process, how, now) =>
      database.write(() => outbox.settleDispatch(database, id, process, how, now)),
    outbox: async (config, request) => outbox.outbox(database, config, request),
    outboxWork: async (taker) => outbox.outboxWork(database, taker),

    note: async (key) => archive.note(database, key),
    async setNote(key, value) {
      database.writeUnsynced(() => archive.setNote(database, key, value));
      await database.synced();
    },

    appendLedger: (leaves, sign, from = 0) => ledger.append(leaves, sign, from),
    alone: async (step) => database.alone(step),
    ledgerSize: async () => ledger.size(),
    lastCheckpoint: async () => ledger.head(),
    readLedger: async () => ledger.read(),

    watch: (changed) => watch.add(changed),
    commits: commitNumber(`${path}-shm`),
    async close(listed = false) {
      watch.close();
      try {
        const id = life?.id;
        if (id !== undefined && !listed) database.write(() => processes.forget(database, id));
      } finally {
        life?.end(listed);
        database.close();
      }
    },
  };
}
