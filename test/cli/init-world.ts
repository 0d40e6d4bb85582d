/** A home with clients' files in it, a program that stands for Kidoban's own, and what a command prints. */

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Context } from "../../src/cli/context.ts";
import { run as runInit } from "../../src/cli/init.ts";
import type { InitOptions, InitParts } from "../../src/cli/init.ts";
import { run as runUndo } from "../../src/cli/undo.ts";
import { readEnv } from "../../src/config/env.ts";

export interface World {
  readonly home: string;
  path(name: string): string;
  put(name: string, text: string): void;
  read(name: string): string;
  /** Every file below a folder, relative to it, with its mode. */
  files(name: string): Record<string, string>;
  /** What the tried gates saw of themselves. */
  tried(): readonly { readonly argv: string[]; readonly env: Record<string, string>; readonly cwd: string }[];
  init(options: InitOptions, parts?: Partial<InitParts>, extra?: Partial<Context>): Promise<Answer>;
  undo(force?: boolean, extra?: Partial<Context>): Promise<Answer>;
  remove(): void;
}

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** As `kidoban pin` would: a lock beside the configuration. */
export const pins: InitParts["pin"] = async (config) => {
  const folder = join(dirname(config), "kidoban.lock");
  mkdirSync(folder);
  writeFileSync(join(folder, "files.yaml"), "kidoban: 1\n");
  return { kind: "done" };
};

export function makeWorld(): World {
  const home = mkdtempSync(join(tmpdir(), "kidoban-init-"));
  const path = (name: string): string => join(home, name);
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  };
  put("app/package.json", '{ "type": "module" }');
  copyFileSync(join(import.meta.dirname, "fake-gate.mjs"), path("app/kidoban.js"));
  mkdirSync(path("project"));

  const env = readEnv({ HOME: home, PATH: `${dirname(process.execPath)}:/usr/bin:/bin` });
  const call = async (command: (context: Context) => Promise<number>, extra: Partial<Context>): Promise<Answer> => {
    let out = "";
    let err = "";
    const context: Context = {
      terminal: {
        out: (text) => void (out += text),
        err: (text) => void (err += text),
        color: false,
        columns: 80,
        device: () => undefined,
      },
      env,
      language: "en",
      configPath: undefined,
      stateDir: env.stateDir,
      json: false,
      now: () => Date.now(),
      ...extra,
    };
    const code = await command(context);
    return { code, out, err };
  };
  const parts: InitParts = {
    node: process.execPath,
    program: path("app/kidoban.js"),
    project: path("project"),
    pin: pins,
    tryLimitMs: 20_000,
  };
  return {
    home,
    path,
    put,
    read: (name) => readFileSync(path(name), "utf8"),
    files: (name) => Object.fromEntries(walk(path(name), "")),
    tried: () =>
      existsSync(path(".config/kidoban/tried.log"))
        ? readFileSync(path(".config/kidoban/tried.log"), "utf8")
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line))
        : [],
    init: (options, own = {}, extra = {}) => call((context) => runInit(context, options, { ...parts, ...own }), extra),
    undo: (force = false, extra = {}) => call((context) => runUndo(context, { force }), extra),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

function walk(folder: string, inside: string): [string, string][] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((found): [string, string][] => {
    const path = join(folder, found.name);
    const name = inside + found.name;
    const mode = (statSync(path).mode & 0o777).toString(8);
    return found.isDirectory() ? [[`${name}/`, mode], ...walk(path, `${name}/`)] : [[name, mode]];
  });
}
