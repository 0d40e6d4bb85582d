/** Values of secrets: read when a server starts, filled into its environment or headers, and known to the search for echoes. */

import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Env } from "./env.ts";
import { ConfigError, systemCode } from "./error.ts";
import type { SecretRef } from "./secret-refs.ts";
import type { Transport } from "./server-config.ts";
import { templateParts } from "./template.ts";

/** Shorter ones cannot be searched for: they would be found everywhere. */
const SHORTEST_SECRET = 6;
const MAX_SECRET_BYTES = 64 * 1024;
const COMMAND_TIMEOUT_MS = 10_000;

/**
 * The value, without one line break at its end. `folder` is that of kidoban.yaml.
 * @throws ConfigError `secret`; no message holds any part of the value.
 */
export async function resolveSecret(ref: SecretRef, folder: string, env: Env): Promise<string> {
  const value = (await read(ref, folder, env)).replace(/\r?\n$/, "");
  if (value.includes("\0")) throw new ConfigError("secret", `${describe(ref)}: the secret contains a NUL character`);
  if (value.length < SHORTEST_SECRET)
    throw new ConfigError("secret", `${describe(ref)}: the secret is shorter than ${SHORTEST_SECRET} characters`);
  return value;
}

function read(ref: SecretRef, folder: string, env: Env): Promise<string> {
  switch (ref.kind) {
    case "file":
      return readSecretFile(resolve(folder, ref.path));
    case "env":
      return Promise.resolve(env.get(ref.name) ?? "");
    case "command":
      return runCommand(ref.argv, folder, env);
  }
}

const describe = (ref: SecretRef): string => {
  switch (ref.kind) {
    case "file":
      return ref.path;
    case "env":
      return `environment variable ${ref.name}`;
    case "command":
      return ref.argv[0];
  }
};

async function readSecretFile(path: string): Promise<string> {
  const refuse = (why: string, cause?: unknown) => new ConfigError("secret", `${path}: ${why}`, cause);
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw refuse(`cannot be read (${systemCode(error) ?? "unknown error"})`, error);
  });
  try {
    // Asked of the open file, so that nobody can swap it in between.
    const { mode, uid, size } = await file.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw refuse("is not a file");
    if ((mode & 0o077) !== 0) throw refuse(`has mode ${(mode & 0o777).toString(8)}; a secret needs 600`);
    const self = process.getuid?.();
    if (self !== undefined && uid !== self && uid !== 0) throw refuse("belongs to another user");
    if (size > MAX_SECRET_BYTES) throw refuse("is too large for a secret");
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/** Without a shell, in the configuration's folder; ended with its whole process group when it takes too long. */
function runCommand(argv: readonly [string, ...string[]], folder: string, env: Env): Promise<string> {
  const [program, ...args] = argv;
  return new Promise((settle, reject) => {
    const refuse = (why: string, cause?: unknown) => reject(new ConfigError("secret", `${program}: ${why}`, cause));
    // What it says on stderr may hold the secret, or be read by the agent: it goes nowhere.
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...env.baseEnvironment },
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
      shell: false,
    });
    const end = (why: string): void => {
      refuse(why);
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch (error) {
        if (systemCode(error) !== "ESRCH") throw error;
      }
      child.stdout.destroy();
    };
    const timer = setTimeout(() => end(`no answer within ${COMMAND_TIMEOUT_MS / 1000} seconds`), COMMAND_TIMEOUT_MS);
    const chunks: Buffer[] = [];
    let bytes = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_SECRET_BYTES) end("its output is too large for a secret");
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      refuse(`cannot be run (${systemCode(error) ?? "unknown error"})`, error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0) settle(Buffer.concat(chunks).toString("utf8"));
      else refuse(`ended with ${signal ?? `exit code ${code}`}`);
    });
  });
}

/** `${secret:NAME}` replaced by its value. @throws ConfigError `secret` for a name that is not in `secrets`. */
export function fill(template: string, secrets: ReadonlyMap<string, string>): string {
  return templateParts(template)
    .map((part) => {
      if (part.kind !== "secret") return part.text;
      const value = secrets.get(part.name);
      if (value === undefined) throw new ConfigError("secret", `the secret ${part.name} is not there`);
      return value;
    })
    .join("");
}

/** A transport ready for use. @throws ConfigError `secret` where a value would break out of its header. */
export function fillTransport(transport: Transport, secrets: ReadonlyMap<string, string>): Transport {
  if (transport.kind === "stdio") return { ...transport, env: fillEach(transport.env, secrets) };
  const headers = fillEach(transport.headers, secrets);
  for (const [name, value] of Object.entries(headers)) {
    // Checked here, because fetch's own complaint would quote the value.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
      throw new ConfigError(
        "secret",
        `the secret for the header ${name} contains a character that no header can carry`,
      );
  }
  return { ...transport, headers };
}

const fillEach = (
  templates: Readonly<Record<string, string>>,
  secrets: ReadonlyMap<string, string>,
): Record<string, string> =>
  Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, fill(template, secrets)]));

/**
 * What to search for in everything that passes (P9): each value exactly, and as it stands inside a JSON string; longest
 * first, so that replacing one does not leave the rest of another. Other encodings are not found.
 */
export function secretNeedles(values: Iterable<string>): string[] {
  const needles = new Set<string>();
  for (const value of values) {
    if (value.length < SHORTEST_SECRET)
      throw new RangeError(`a secret of ${value.length} characters cannot be searched for`);
    needles.add(value);
    needles.add(JSON.stringify(value).slice(1, -1));
  }
  return [...needles].toSorted((a, b) => b.length - a.length);
}

/** How old a secret's file is against its `max_age`; undefined where none is set or the file is not there. */
export async function secretAge(
  ref: SecretRef,
  folder: string,
  now: number,
): Promise<{ readonly ageMs: number; readonly maxAgeMs: number } | undefined> {
  if (ref.kind !== "file" || ref.maxAgeMs === undefined) return undefined;
  const file = await stat(resolve(folder, ref.path)).catch(() => undefined);
  return file === undefined ? undefined : { ageMs: now - file.mtimeMs, maxAgeMs: ref.maxAgeMs };
}
