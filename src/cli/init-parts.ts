/** What `kidoban init` takes from its surroundings: this machine, the files to write, the steps that others make. */

import { existsSync, realpathSync } from "node:fs";
import { userInfo } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { visibleLine, visibleText } from "../approval/visible.ts";
import type { Write } from "../clients/backup.ts";
import { editJson } from "../clients/merge.ts";
import type { GateEntry, Machine } from "../clients/client-file.ts";
import type { Discovered } from "../clients/discover.ts";
import { configText, manifestText } from "../clients/generate.ts";
import type { Installation, Steps } from "../clients/install.ts";
import type { Plan, Wishes } from "../clients/plan.ts";
import { passing } from "../clients/tool-filter.ts";
import { tryOut } from "../clients/try-out.ts";
import type { TryFault } from "../clients/try-out.ts";
import { renderProblems } from "../config/diagnostics.ts";
import { loadConfig, parseFiles } from "../config/load.ts";
import { hasErrors } from "../config/problem.ts";
import type { Lock } from "../policy/manifest.ts";
import type { en } from "../words/init.ts";
import type { Context } from "./context.ts";
import type { Choices } from "./init-choices.ts";
import { gateName } from "./init-show.ts";

export interface InitParts {
  /** The interpreter and the program that wrapped entries start; both absolute. */
  readonly node: string;
  readonly program: string;
  /** The folder whose project files are looked at. */
  readonly project: string;
  /** Reviews all servers of the new configuration and writes their locks. */
  readonly pin: Steps["pin"];
  /** How long a gate may take to list its tools when it is tried. */
  readonly tryLimitMs: number;
}

export function machineOf({ env }: Context): Machine {
  const folder = (name: string): string | undefined => {
    const value = env.get(name);
    return value !== undefined && isAbsolute(value) ? value : undefined;
  };
  const optional = {
    appData: folder("APPDATA"),
    claudeConfigDir: folder("CLAUDE_CONFIG_DIR"),
    codexHome: folder("CODEX_HOME"),
    geminiHome: folder("GEMINI_CLI_HOME"),
  };
  return {
    platform: process.platform,
    home: env.home,
    configHome: dirname(env.approverDir),
    ...(optional.appData === undefined ? {} : { appData: optional.appData }),
    ...(optional.claudeConfigDir === undefined ? {} : { claudeConfigDir: optional.claudeConfigDir }),
    ...(optional.codexHome === undefined ? {} : { codexHome: optional.codexHome }),
    ...(optional.geminiHome === undefined ? {} : { geminiHome: optional.geminiHome }),
  };
}

export function wishesOf(
  context: Context,
  parts: InitParts,
  config: string,
  mode: Wishes["mode"],
): Omit<Wishes, "leave"> {
  const { env, stateDir } = context;
  // What a gate would use that a desktop starts without any variables.
  const plain = join(userInfo().homedir, ".local", "state", "kidoban");
  return {
    mode,
    node: parts.node,
    program: realpathSync(parts.program),
    config,
    env: stateDir === plain ? {} : { XDG_STATE_HOME: dirname(stateDir) },
    searchPath: process.platform === "win32" ? [] : (env.get("PATH") ?? "").split(delimiter).filter(isAbsolute),
    exists: existsSync,
  };
}

const manifest = (agent: string): string => `manifests/${agent}.yaml`;

/** Everything that will be written; `faulty` where the new files would not load, told as the loader tells it. */
export function installation(
  job: {
    readonly context: Context;
    readonly words: typeof en;
    readonly discovered: Discovered;
    readonly config: string;
  },
  plan: Plan,
  choices: Choices,
): { readonly kind: "made"; readonly wanted: Installation } | { readonly kind: "faulty"; readonly problems: string } {
  const folder = dirname(job.config);
  const { comments } = job.words;
  const texts = new Map([
    ["kidoban.yaml", configText(plan, choices.approve, comments)],
    ...[...plan.agents].map(([agent, ids]): [string, string] => [
      manifest(agent),
      manifestText(agent, ids, choices.access, comments),
    ]),
  ]);
  const loaded = parseFiles(texts, folder);
  if (hasErrors(loaded.problems)) {
    return { kind: "faulty", problems: renderProblems(loaded.problems, texts, job.context.language) };
  }
  const narrowed = [...plan.filters].map(([agent, filters]): Installation["narrowed"][number] => ({
    path: join(folder, manifest(agent)),
    bytes(tools) {
      const lists = [...filters].map(([id, filter]) => [id, passing(filter, tools.get(id) ?? [])] as const);
      const ids = plan.agents.get(agent) ?? [];
      return Buffer.from(manifestText(agent, ids, choices.access, comments, new Map(lists)));
    },
  }));
  const ownFiles: readonly Write[] = [
    // One line break at the end is not the secret's: with one of ours, a value that ends with its own keeps it.
    ...plan.secrets.map(({ file, value }) => ({ path: join(folder, file), bytes: Buffer.from(`${value}\n`) })),
    ...[...texts]
      .filter(([name]) => !narrowed.some(({ path }) => path === join(folder, name)))
      .map(([name, text]) => ({ path: join(folder, name), bytes: Buffer.from(text) })),
  ];
  const clientFiles = plan.edits.flatMap(({ client, at, changes }): readonly Write[] => {
    const read = job.discovered.files.find((file) => file.at === at);
    if (read === undefined) return [];
    const bytes = Buffer.from(client.replace(read.bytes.toString("utf8"), changes));
    return [{ path: at.file, expected: read.bytes, bytes, edit: editJson(client, changes) }];
  });
  const backupsDir = join(job.context.stateDir, "backups");
  const entries = entriesOf(plan);
  return { kind: "made", wanted: { config: job.config, ownFiles, narrowed, clientFiles, entries, backupsDir } };
}

/** Each gate once, though several clients' files may name it. */
function entriesOf(plan: Plan): readonly GateEntry[] {
  const entries = plan.edits.flatMap(({ changes }) =>
    changes.flatMap(({ becomes }) => (becomes === undefined ? [] : [becomes])),
  );
  return [...new Map(entries.map((entry) => [JSON.stringify([entry.command, entry.args]), entry])).values()];
}

const toolsOf = ({ items }: Lock): readonly string[] =>
  items.filter(({ kind }) => kind === "tool").map(({ name }) => name);

/** The steps between the gate's files and the clients', told on the terminal as they go. */
export function stepsOf(context: Context, parts: InitParts, words: typeof en): Steps {
  return {
    pin: parts.pin,
    async lockedTools(config) {
      const { locks } = await loadConfig(config);
      return new Map([...locks].map(([id, lock]) => [id, toolsOf(lock)]));
    },
    tryOut: async (entry) => {
      if (!context.json) context.terminal.err(`${words.trying(gateName(entry))}\n`);
      const answer = await tryOut(entry, parts.tryLimitMs);
      return answer.kind === "done" ? answer : { kind: "failed", reason: faultText(answer, words) };
    },
  };
}

function faultText({ fault, stderr }: TryFault, words: typeof en): string {
  const said = stderr === "" ? "" : `\n  ${visibleText(stderr).replaceAll("\n", "\n  ")}`;
  switch (fault.kind) {
    case "silent":
      return words.tryFault.silent(fault.seconds) + said;
    case "not-started":
      return words.tryFault["not-started"](visibleLine(fault.message)) + said;
    case "ended":
      return words.tryFault.ended(fault.how) + said;
    case "not-json":
      return words.tryFault["not-json"]() + said;
    case "refused":
      return words.tryFault.refused(fault.method) + said;
  }
}
