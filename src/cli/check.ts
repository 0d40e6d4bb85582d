/** `kidoban check`: everything that is wrong, weak or worth knowing, for people and CI. Makes and starts nothing. */

import { resolve } from "node:path";
import { visibleLine } from "../approval/visible.ts";
import { CLIENTS } from "../clients/clients.ts";
import { discover, type Discovered } from "../clients/discover.ts";
import { checkup, type Checkup, type CheckupParts } from "../compose/checkup.ts";
import type { Finding, Severity } from "../compose/finding.ts";
import { sentence } from "../config/diagnostics.ts";
import { systemCode } from "../config/error.ts";
import { en, ja } from "../words/check.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import type { Language } from "../words/words.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { machineOf } from "./init-parts.ts";

/** One line of the report; its shape in `--json` is for good. */
interface Reported {
  readonly id: string;
  readonly severity: Severity;
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
}

export interface CheckOptions {
  /** Of `kidoban serve`, to look at who may enter. */
  readonly socketDir?: string;
}

export async function run(context: Context, options: CheckOptions = {}): Promise<ExitCode> {
  const { terminal, language, configPath, stateDir, env } = context;
  if (configPath === undefined) {
    terminal.err(`kidoban: ${(language === "ja" ? cliJa : cliEn).noConfig}\n`);
    return EXIT.usage;
  }
  const clients = clientFiles(context);
  const sockets = options.socketDir === undefined ? {} : { socketDir: resolve(options.socketDir) };
  const found = await checkup({ configPath, stateDir, env, clients, now: context.now(), ...sockets });
  const findings = reported(found, language);
  terminal.out(context.json ? `${JSON.stringify({ findings })}\n` : text(findings, language));
  return findings.some(({ severity }) => severity === "error") ? EXIT.found : EXIT.ok;
}

/** Client by client, so that a file that the system does not let us read hides no other client's. */
function clientFiles(context: Context): CheckupParts["clients"] {
  const files: Discovered["files"][number][] = [];
  const unread: string[] = [];
  for (const client of CLIENTS) {
    try {
      const found = discover([client], machineOf(context), process.cwd());
      files.push(...found.files);
      unread.push(...found.faults.map(({ file }) => file));
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      unread.push(`${client.title}: ${String(systemCode(error))}`);
    }
  }
  return { files, unread };
}

const ORDER: readonly Severity[] = ["error", "warning", "note"];

function reported({ problems, findings }: Checkup, language: Language): readonly Reported[] {
  const all: readonly Reported[] = [
    ...problems.map((problem) => ({
      id: problem.code,
      severity: problem.severity,
      text: sentence(problem, language),
      file: problem.place.file,
      line: problem.place.line,
    })),
    ...findings.map((found) => ({
      id: found.code,
      severity: found.severity,
      text: said(found, language),
      ...(found.file === undefined ? {} : { file: found.file }),
      ...(found.line === undefined ? {} : { line: found.line }),
    })),
  ];
  return all.toSorted(
    (a, b) =>
      ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) ||
      (a.file ?? "").localeCompare(b.file ?? "", "en") ||
      (a.line ?? 0) - (b.line ?? 0),
  );
}

/** A method's type, which may take less than every record: findings are made with the values that their sentence takes. */
type Sentence = { say(values: Readonly<Record<string, string>>): string }["say"];

function said({ code, values }: Finding, language: Language): string {
  const sentences: Readonly<Record<string, Sentence>> = (language === "ja" ? ja : en).findings;
  const safe = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, visibleLine(value)]));
  return sentences[code]?.(safe) ?? code;
}

function text(findings: readonly Reported[], language: Language): string {
  const words = language === "ja" ? ja : en;
  const lines = findings.map(({ severity, text, file, line }) => {
    const place = file === undefined ? "" : `${visibleLine(file)}${line === undefined ? "" : `:${line}`}: `;
    return `${place}${words.severities[severity]}: ${text}\n`;
  });
  const count = (severity: Severity): number => findings.filter((each) => each.severity === severity).length;
  return `${lines.join("")}${words.summary(count("error"), count("warning"), count("note"))}\n`;
}
