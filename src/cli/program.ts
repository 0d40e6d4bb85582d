/** Every command with its options. Each is loaded when it is called. */

import { Command } from "commander";
import { VERSION } from "../compose/version.ts";
import { en, ja } from "../words/cli.ts";
import { en as keysEn, ja as keysJa } from "../words/keys.ts";
import { en as passEn, ja as passJa } from "../words/pass.ts";
import { EXIT, type ExitCode } from "./context.ts";
import type { InitOptions } from "./init.ts";
import { backupCommands } from "./program-backup.ts";
import { logCommands } from "./program-log.ts";
import { evidenceCommands, reportCommands } from "./program-report.ts";
import { programParts, type ContextFor } from "./program-parts.ts";

/** How long a gate may take to list its tools when `init` tries it: `npx` may have to download. */
const TRY_LIMIT_MS = 120_000;

export async function run(contextFor: ContextFor, argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const first = contextFor({});
  const words = first.language === "ja" ? ja : en;
  const { options: option, commands: describe } = words;
  const program = new Command("kidoban").description(words.program);
  program.configureOutput({
    writeOut: first.terminal.out,
    writeErr: first.terminal.err,
    outputError: (said, write) => write(words.help.refused(said)),
  });
  const titles = new Map<string, string>(Object.entries(words.help.titles));
  program.configureHelp({ styleTitle: (title) => titles.get(title) ?? title });
  program.version(VERSION, "-V, --version", words.help.version).helpOption("-h, --help", words.help.help);
  program.exitOverride();
  program.option("--config <file>", option.config).option("--json", option.json);

  const parts = programParts(contextFor, words, (ended) => {
    code = ended;
  });
  const { command, runs } = parts;
  const signed = (of: Command): Command =>
    of.option("--as <name>", option.approver).option("--passphrase-file <file>", option.passphraseFile);

  program.action(runs(async () => (await import("./status.ts")).run));
  command(program, "stdio", describe.stdio)
    .requiredOption("--agent <name>", option.agent)
    .option("--server <id>", option.server);

  command(program, "serve", describe.serve)
    .option("--listen <address>", option.listen)
    .option("--socket-dir <folder>", option.socketDir)
    .action(runs(async () => (await import("./serve.ts")).run));

  command(program, "console", describe.console)
    .option("--listen <address>", option.consoleListen)
    .action(runs(async () => (await import("./console.ts")).run));

  command(program, "connect", describe.connect)
    .requiredOption("--to <gate>", option.to)
    .option("--token-file <file>", option.tokenFile);

  command(program, "init", describe.init)
    .option("--client <name...>", option.client)
    .option("--skip <name...>", option.skip)
    .option("--access <access>", option.access)
    .option("--approve <way>", option.approve)
    .option("--all", option.oneGate)
    .option("--project", option.project)
    .option("--dir <folder>", option.dir)
    .option("--dry-run", option.dryRun)
    .option("--yes", option.yes)
    .action(
      runs(async () => {
        const [init, { pinFor }] = await Promise.all([import("./init.ts"), import("./init-pin.ts")]);
        return (context, options: InitOptions) =>
          init.run(context, options, {
            node: process.execPath,
            program: process.argv[1] ?? "",
            project: process.cwd(),
            pin: pinFor(context, options.yes === true),
            tryLimitMs: TRY_LIMIT_MS,
          });
      }),
    );
  command(program, "undo", describe.undo)
    .option("--force", option.force)
    .action(runs(async () => (await import("./undo.ts")).run));

  command(program, "pin [server]", describe.pin)
    .option("--accept-hints", option.acceptHints)
    .action(runs(async () => (await import("./pin.ts")).run));
  command(program, "check", describe.check)
    .option("--socket-dir <folder>", option.socketDir)
    .action(runs(async () => (await import("./check.ts")).run));
  command(program, "explain <agent> <call>", describe.explain)
    .option("--args <json>", option.args)
    .action(runs(async () => (await import("./explain.ts")).run));
  command(program, "login <server>", describe.login)
    .option("--agent <name>", option.loginAgent)
    .option("--scope <scope...>", option.scope)
    .action(runs(async () => (await import("./login.ts")).run));
  command(program, "logout <server>", describe.logout)
    .option("--agent <name>", option.loginAgent)
    .action(runs(async () => (await import("./logout.ts")).run));
  signed(command(program, "accept", describe.accept).option("--yes", option.yes)).action(
    runs(async () => (await import("./accept.ts")).run),
  );

  const answering = (usage: string, text: string): Command =>
    signed(command(program, usage, text)).option("--for <name>", option.standsFor);
  answering("approve [request]", describe.approve)
    .option("--comment <text>", option.comment)
    .option("--ticket <number>", option.ticket)
    .action(runs(async () => (await import("./approve.ts")).run));
  answering("deny <request>", describe.deny)
    .option("--comment <text>", option.comment)
    .action(runs(async () => (await import("./deny.ts")).run));
  answering("return <request>", describe.return)
    .requiredOption("--comment <text>", option.question)
    .action(runs(async () => (await import("./return.ts")).run));
  signed(command(program, "break-glass <request>", describe["break-glass"]))
    .requiredOption("--comment <text>", option.glass)
    .option("--ticket <number>", option.ticket)
    .action(runs(async () => (await import("./break-glass.ts")).run));
  const approver = command(program, "approver", describe.approver);
  command(approver, "add <name>", describe.approverAdd)
    .option("--groups <names>", option.groups)
    .option("--passphrase-file <file>", option.passphraseFile)
    .option("--passkey", option.passkey)
    .option("--write", option.writePasskey)
    .action(runs(async () => (await import("./approver.ts")).run));

  const token = command(program, "token", describe.token);
  const issuing = (usage: string, text: string): Command =>
    signed(command(token, usage, text))
      .option("--ttl <duration>", option.ttl)
      .option("--yes", option.yes);
  issuing("issue <agent>", describe.tokenIssue).action(runs(async () => (await import("./token.ts")).issue));
  issuing("rotate <agent>", describe.tokenRotate)
    .option("--overlap <duration>", option.overlap)
    .action(runs(async () => (await import("./token.ts")).rotate));
  command(token, "revoke <agent>", describe.tokenRevoke)
    .option("--id <id>", option.tokenId)
    .action(runs(async () => (await import("./token.ts")).revoke));
  command(token, "list", describe.tokenList).action(runs(async () => (await import("./token.ts")).list));

  const notify = command(program, "notify", describe.notify);
  command(notify, "test", describe.notifyTest).action(runs(async () => (await import("./notify-test.ts")).run));

  const { commands: passes, options: bound } = first.language === "ja" ? passJa : passEn;
  const pass = command(program, "pass", passes.pass);
  signed(command(pass, "new <agent> <call>", passes.new))
    .option("--args <json>", option.args)
    .option("--within <json>", bound.within)
    .option("--from <time>", bound.from)
    .requiredOption("--until <time>", bound.until)
    .option("--count <number>", bound.count)
    .requiredOption("--reason <text>", option.reason)
    .option("--ticket <number>", option.ticket)
    .action(runs(async () => (await import("./pass.ts")).make));
  signed(command(pass, "sign <id>", passes.sign))
    .option("--ticket <number>", option.ticket)
    .action(runs(async () => (await import("./pass.ts")).sign));
  command(pass, "revoke <id>", passes.revoke).action(runs(async () => (await import("./pass.ts")).revoke));
  command(pass, "list", passes.list).action(runs(async () => (await import("./pass.ts")).list));
  command(pass, "show <id>", passes.show).action(runs(async () => (await import("./pass.ts")).show));

  logCommands(program, parts, first.language);
  backupCommands(program, parts, first.language);
  reportCommands(program, first.language, parts);
  evidenceCommands(program, first.language, parts);

  const rotation = first.language === "ja" ? keysJa : keysEn;
  const keys = command(program, "keys", rotation.keys);
  signed(command(keys, "rotate", rotation.rotate).option("--yes", rotation.yesOption)).action(
    runs(async () => (await import("./keys-rotate.ts")).run),
  );

  command(program, "stop", describe.stop)
    .option("--agent <name>", option.agent)
    .requiredOption("--reason <text>", option.reason)
    .action(runs(async () => (await import("./stop.ts")).run));
  signed(command(program, "resume [stop]", describe.resume).requiredOption("--reason <text>", option.reason)).action(
    runs(async () => (await import("./resume.ts")).run),
  );

  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("commander.")) {
      return "exitCode" in error && error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    throw error;
  }
  return code;
}
