/** `kidoban report sign` and `check`: a person's signature under a report, beside it and in the log; checked offline. */

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { keyText } from "../approval/signature.ts";
import { isSignedOff, readSignOff, signOff, type SignOff, type SignOffBody } from "../approval/sign-off.ts";
import { visibleLine, visibleText } from "../approval/visible.ts";
import { isMade } from "../compose/report/made.ts";
import { recordSignOff } from "../compose/report/record.ts";
import { systemCode } from "../config/error.ts";
import { localTime } from "../log/told.ts";
import { readMark, type Mark } from "../report/mark.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";
import { keyAfterReading } from "./keys.ts";
import { reportWords } from "./report.ts";
import type { Device } from "./terminal.ts";
import { unlockSigner, type SignerOptions } from "./unlock.ts";

export interface SignReportOptions extends SignerOptions {
  readonly comment?: string;
}

const signatureFile = (path: string): string => `${path}.signature.json`;

interface ReadReport {
  readonly path: string;
  readonly digest: string;
  readonly mark: Mark;
}

/** The file as it stands, or the exit code of having said that it is none. */
async function readReport(context: Context, file: string): Promise<ReadReport | ExitCode> {
  const words = reportWords(context);
  const path = resolve(file);
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return no(context, words.cannotRead(visibleLine(path)), EXIT.unavailable);
  const mark = readMark(bytes.toString("utf8"));
  if (mark === undefined) return no(context, words.notReport(visibleLine(path)));
  return { path, digest: createHash("sha256").update(bytes).digest("hex"), mark };
}

export async function sign(context: Context, file: string, options: SignReportOptions): Promise<ExitCode> {
  const words = reportWords(context);
  const report = await readReport(context, file);
  if (typeof report === "number") return report;
  const { path, digest, mark } = report;
  // What is signed must be what the gate made, or the signature would lend its weight to anybody's text.
  if (!(await isMade(join(context.stateDir, "log"), digest)))
    return no(context, words.notMade(visibleLine(path)), EXIT.found);
  const device = options.passphraseFile === undefined ? context.terminal.device() : undefined;
  if (device === undefined && options.passphraseFile === undefined)
    return no(context, (context.language === "ja" ? cliJa : cliEn).noTerminal);
  try {
    const shown = words.asked(visibleLine(path), mark.from, mark.until, digest);
    if (device !== undefined && !(await isMeant(device, shown, words.confirm)))
      return no(context, words.left, EXIT.found);
    const unlocked = await unlockSigner(context, options, device);
    if (unlocked.kind === "refused") return no(context, unlocked.sentence);
    const { approver, key } = unlocked.signer;
    const body: SignOffBody = {
      v: 1,
      digest,
      ...mark,
      approver,
      signedAt: context.now(),
      ...(options.comment === undefined ? {} : { comment: options.comment }),
    };
    return await put(context, path, signOff(body, key), keyText(key));
  } finally {
    device?.close();
  }
}

async function isMeant(device: Device, shown: string, question: string): Promise<boolean> {
  device.output.write(`${shown}\n\n${question}\n`);
  return (await keyAfterReading(device)) === "a";
}

/** In the log first: a signature that nobody finds there was never given. */
async function put(context: Context, path: string, signed: SignOff, key: string): Promise<ExitCode> {
  const words = reportWords(context);
  if (!(await recordSignOff(context, signed, key)))
    return no(context, words.notApprover(visibleLine(signed.body.approver)), EXIT.found);
  const beside = signatureFile(path);
  const failed = await writeFile(beside, `${JSON.stringify(signed, null, 2)}\n`, { mode: 0o600 }).then(
    () => undefined,
    (error: unknown) => systemCode(error) ?? "unknown error",
  );
  if (failed !== undefined) return no(context, words.cannotWrite(visibleLine(beside), failed), EXIT.unavailable);
  const { approver } = signed.body;
  context.terminal.out(
    context.json
      ? `${JSON.stringify({ ...signed, file: beside })}\n`
      : `${words.signed(approver, visibleLine(beside))}\n`,
  );
  return EXIT.ok;
}

export interface CheckReportOptions {
  readonly signature?: string;
  readonly key?: string;
}

/** Exit code 0 when the report is what was signed, 1 when it is not. */
export async function check(context: Context, file: string, options: CheckReportOptions): Promise<ExitCode> {
  const words = reportWords(context);
  const report = await readReport(context, file);
  if (typeof report === "number") return report;
  const beside = options.signature ?? signatureFile(report.path);
  const text = await readFile(beside, "utf8").catch(() => undefined);
  if (text === undefined) return no(context, words.cannotRead(visibleLine(beside)), EXIT.unavailable);
  const signed = readSignOff(text);
  if (signed === undefined) return no(context, words.noSignature(visibleLine(beside)));
  const fault = faultOf(report, signed, options.key);
  const { body, key } = signed;
  if (context.json) context.terminal.out(`${JSON.stringify({ kind: fault ?? "fits", ...body, key })}\n`);
  else if (fault !== undefined) context.terminal.out(`${words[fault]}\n`);
  else {
    const lines = [
      words.fits(visibleLine(body.approver), localTime(body.signedAt)),
      ...(body.comment === undefined ? [] : [words.comment(visibleText(body.comment))]),
      words.rests(visibleLine(body.origin), body.size, body.root),
      ...(options.key === undefined ? [words.ownKey(visibleLine(key))] : []),
    ];
    context.terminal.out(`${lines.join("\n")}\n`);
  }
  return fault === undefined ? EXIT.ok : EXIT.found;
}

type Fault = "changed" | "otherMark" | "wrongSignature" | "otherKey";

function faultOf({ digest, mark }: ReadReport, signed: SignOff, key: string | undefined): Fault | undefined {
  const { body } = signed;
  if (!isSignedOff(signed)) return "wrongSignature";
  if (key !== undefined && signed.key !== key) return "otherKey";
  if (body.digest !== digest) return "changed";
  const isSame = (["from", "until", "origin", "size", "root"] as const).every((name) => body[name] === mark[name]);
  return isSame ? undefined : "otherMark";
}
