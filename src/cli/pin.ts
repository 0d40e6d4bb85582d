/** `kidoban pin [server]`: shows what servers offer, lets a human say what reads and what writes, and locks it. */

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createHash } from "node:crypto";
import { visibleLine } from "../approval/visible.ts";
import { openState } from "../compose/state.ts";
import { RejectedConfig } from "../compose/rejected.ts";
import { surveyServer, type Survey, type Surveyed } from "../compose/survey.ts";
import { loadConfig } from "../config/load.ts";
import { readLock } from "../config/lock-file.ts";
import { writeLock } from "../config/lock-write.ts";
import { hasErrors } from "../config/problem.ts";
import type { Access } from "../policy/call.ts";
import type { LockedItem } from "../policy/manifest.ts";
import { en, ja } from "../words/pin.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { forgetTyped } from "./keys.ts";
import { table } from "./table.ts";
import { hasDevice } from "./terminal.ts";

export interface PinOptions {
  readonly acceptHints?: boolean;
}

type Words = typeof en;

/** A reviewed row: what the human, or with `--accept-hints` the server's hint, says. */
interface Row {
  readonly tool: Surveyed;
  readonly access: Access;
  readonly destructive: boolean;
}

/** An unchanged row stays as it was reviewed; a changed or new one starts from the proposal, never laxer than the lock was. */
function startRow(tool: Surveyed): Row {
  const { locked, proposal, changes } = tool;
  if (locked === undefined) return { tool, access: proposal.access, destructive: proposal.destructive };
  if (changes.length === 0) return { tool, access: locked.access, destructive: locked.destructive };
  const access = locked.access === "read" && proposal.access === "read" ? "read" : "write";
  return { tool, access, destructive: access === "write" && (locked.destructive || proposal.destructive) };
}

function noteOf({ tool }: Row, words: Words): string {
  const notes = [
    tool.locked === undefined ? words.fresh : "",
    tool.changes.length > 0 ? words.changed(tool.changes.length) : "",
    tool.proposal.contradiction === undefined ? "" : words.contradiction(tool.proposal.contradiction),
    tool.volatile.length > 0 ? words.volatile(tool.volatile.join(" ")) : "",
  ];
  return notes.filter((note) => note !== "").join("; ");
}

function render(survey: Survey, rows: readonly Row[], words: Words): string {
  const { columns } = words;
  const lines = table(
    [columns.tool, columns.access, columns.destructive, columns.note],
    rows.map((row) => [
      visibleLine(row.tool.name),
      words.access[row.access],
      row.access === "read" ? "" : row.destructive ? words.yes : words.no,
      noteOf(row, words),
    ]),
  );
  const changes = rows.flatMap(({ tool }) =>
    tool.changes.flatMap(({ pointer, before, after }) => [
      `  ${visibleLine(tool.name)} ${pointer}`,
      `    - ${words.before}: ${before === undefined ? words.nothing : visibleLine(JSON.stringify(before))}`,
      `    + ${words.after}: ${after === undefined ? words.nothing : visibleLine(JSON.stringify(after))}`,
    ]),
  );
  const gone = survey.gone.map((name) => words.gone(visibleLine(name)));
  return [`${survey.server.id} (${visibleLine(survey.server.endpoint)})`, ...lines, ...changes, ...gone, ""].join("\n");
}

/** Two questions over the pre-filled table; undefined when the human leaves. */
async function review(
  context: Context,
  survey: Survey,
  rows: readonly Row[],
  words: Words,
): Promise<readonly Row[] | undefined> {
  const device = context.terminal.device();
  if (device === undefined) return undefined;
  const { multiselect, isCancel } = await import("@clack/prompts");
  await forgetTyped(device);
  const ask = async (
    message: string,
    among: readonly Row[],
    chosen: readonly Row[],
  ): Promise<readonly string[] | undefined> => {
    if (among.length === 0) return [];
    const options = among.map(({ tool }) => ({ value: tool.name, label: visibleLine(tool.name) }));
    const initialValues = chosen.map(({ tool }) => tool.name);
    const picked = await multiselect({
      message,
      options,
      initialValues,
      required: false,
      input: device.input,
      output: device.output,
    });
    return isCancel(picked) ? undefined : picked;
  };
  try {
    const reads = await ask(
      words.chooseReads(survey.server.id),
      rows,
      rows.filter((row) => row.access === "read"),
    );
    if (reads === undefined) return undefined;
    const writes = rows.filter(({ tool }) => !reads.includes(tool.name));
    const start = writes.filter((row) => row.access === "read" || row.destructive);
    const destructive = await ask(words.chooseDestructive(survey.server.id), writes, start);
    if (destructive === undefined) return undefined;
    return rows.map(({ tool }) => ({
      tool,
      access: reads.includes(tool.name) ? "read" : "write",
      destructive: destructive.includes(tool.name),
    }));
  } finally {
    device.close();
  }
}

function lockedRow(row: Row, by: string, on: string): LockedItem {
  const { locked, name, definition, volatile, changes } = row.tool;
  const place = { file: "", line: 1, column: 1 };
  const unchanged =
    locked !== undefined &&
    changes.length === 0 &&
    locked.access === row.access &&
    locked.destructive === row.destructive;
  return {
    ...(locked?.preview === undefined ? {} : { preview: locked.preview }),
    ...(locked?.readWhen === undefined || row.access === "read" || row.destructive
      ? {}
      : { readWhen: locked.readWhen }),
    kind: "tool",
    name,
    access: row.access,
    destructive: row.access === "write" && row.destructive,
    reviewed: unchanged && locked.reviewed !== undefined ? locked.reviewed : { by, on },
    volatile,
    definition,
    place,
  };
}

function writeAtomically(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o644 });
  renameSync(draft, path);
}

export async function run(context: Context, only: string | undefined, options: PinOptions): Promise<ExitCode> {
  const { terminal, configPath, env } = context;
  const words = context.language === "ja" ? ja : en;
  const shared = context.language === "ja" ? cliJa : cliEn;
  if (configPath === undefined) {
    terminal.err(`kidoban: ${shared.noConfig}\n`);
    return EXIT.usage;
  }
  const loaded = await loadConfig(configPath);
  const { config } = loaded;
  if (config === undefined) throw new RejectedConfig(loaded.problems, loaded.sources);
  const chosen = [...config.servers.values()].filter((server) => only === undefined || server.id === only);
  if (chosen.length === 0 && only !== undefined) {
    terminal.err(`kidoban: ${words.unknownServer(only, [...config.servers.keys()].join(", "))}\n`);
    return EXIT.usage;
  }
  if (options.acceptHints !== true && !hasDevice()) {
    terminal.err(`kidoban: ${words.noTerminal}\n`);
    return EXIT.usage;
  }
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  const report: unknown[] = [];
  try {
    for (const server of chosen) {
      if (!context.json) terminal.out(`${words.starting(server.id)}\n`);
      const survey = await surveyServer(config, server, loaded.locks.get(server.id), env);
      const proposed = survey.tools.map(startRow);
      if (!context.json) terminal.out(render(survey, proposed, words));
      const rows = options.acceptHints === true ? proposed : await review(context, survey, proposed, words);
      if (rows === undefined) {
        terminal.err(`${words.cancelled}\n`);
        return EXIT.found;
      }
      const by = options.acceptHints === true ? "hint" : (env.get("USER") ?? "unknown");
      const on = new Date(context.now()).toISOString().slice(0, 10);
      const file = join(config.folder, "kidoban.lock", `${server.id}.yaml`);
      const text = writeLock({ endpoint: server.endpoint, items: rows.map((row) => lockedRow(row, by, on)) });
      // A server can offer what no lock can hold; the lock that is there stays then.
      const readBack = readLock(`kidoban.lock/${server.id}.yaml`, text, server.id);
      if (hasErrors(readBack.problems))
        throw new RejectedConfig(readBack.problems, new Map([[`kidoban.lock/${server.id}.yaml`, text]]));
      writeAtomically(file, text);
      state.log.record({
        kind: "lock.pinned",
        server: server.id,
        digest: createHash("sha256").update(text).digest("hex"),
        by,
      });
      await state.log.synced();
      report.push({
        server: server.id,
        file,
        tools: rows.map(({ tool, access, destructive }) => ({
          name: tool.name,
          access,
          destructive,
          volatile: tool.volatile,
          changes: tool.changes,
          contradiction: tool.proposal.contradiction,
        })),
        gone: survey.gone,
      });
      if (!context.json) terminal.out(`${words.written(file, rows.length)}\n`);
    }
    if (context.json) terminal.out(`${JSON.stringify({ servers: report })}\n`);
    else {
      if (options.acceptHints === true) terminal.out(`${words.hinted}\n`);
      if ((await state.store.acceptedDigest(configPath)) !== undefined) terminal.out(`${words.accept}\n`);
    }
    return EXIT.ok;
  } finally {
    await state.close("pinned");
  }
}
