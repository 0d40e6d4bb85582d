/** Who may import whom, what may stand where, and how long a file may be: rules of the house that a reader can rely on. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const SRC = resolve(import.meta.dirname, "../src");

/** Import only to the left; folders of one row do not know each other. */
const ROWS: readonly (readonly string[])[] = [
  ["words"],
  ["policy"],
  ["approval"],
  ["audit"],
  ["store", "log"],
  ["gateway", "report"],
  ["mcp", "console", "notify", "config", "clients"],
  ["compose"],
  ["cli"],
];
const rowOf = (folder: string): number => ROWS.findIndex((row) => row.includes(folder));

interface File {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  /** Code without comments and string contents that could look like code. */
  readonly code: string;
  readonly imports: readonly string[];
}

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : path.endsWith(".ts") ? [path] : [];
  });
}

const files: readonly File[] = walk(SRC).map((path) => {
  const text = readFileSync(path, "utf8");
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "$1");
  const imports = [...code.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
  const place = relative(SRC, path);
  return {
    path: place,
    folder: place.includes("/") ? (place.split("/")[0] ?? "") : place.replace(".ts", ""),
    text,
    code,
    imports,
  };
});

const resolved = (file: File, specifier: string): string => relative(SRC, resolve(SRC, dirname(file.path), specifier));
const local = (file: File): string[] =>
  file.imports.filter((one) => one.startsWith(".")).map((one) => resolved(file, one));
const where = (wanted: (file: File) => boolean): string[] => files.filter(wanted).map((file) => file.path);

const pure = (file: File): boolean => ["policy", "approval", "audit", "words", "report"].includes(file.folder);

describe("the house", () => {
  test("every folder has its place in the order of imports", () => {
    const unknown = files.filter((file) => file.folder !== "index" && rowOf(file.folder) < 0).map((file) => file.path);
    expect(unknown).toEqual([]);
  });

  test("files import only from folders to the left, and siblings do not know each other", () => {
    const wrong = files.flatMap((file) =>
      file.folder === "index"
        ? []
        : local(file)
            .filter((target) => {
              const folder = target.includes("/") ? (target.split("/")[0] ?? "") : target.replace(".ts", "");
              return folder !== file.folder && rowOf(folder) >= rowOf(file.folder);
            })
            .map((target) => `${file.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("there are no import cycles", () => {
    const graph = new Map(files.map((file) => [file.path, local(file)]));
    const done = new Set<string>();
    const cycle = (path: string, trail: readonly string[]): readonly string[] | undefined => {
      if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
      if (done.has(path)) return undefined;
      for (const next of graph.get(path) ?? []) {
        const found = cycle(next, [...trail, path]);
        if (found !== undefined) return found;
      }
      done.add(path);
      return undefined;
    };
    for (const path of graph.keys()) expect(cycle(path, [])).toBeUndefined();
  });

  test("the pure folders touch no file, socket, process or clock", () => {
    const io = /^node:(fs|fs\/promises|net|http|https|child_process|dgram|tls|worker_threads)$/;
    expect(
      where((file) => (pure(file) || file.folder === "gateway") && file.imports.some((one) => io.test(one))),
    ).toEqual([]);
    expect(where((file) => pure(file) && /\bDate\.now\(|\bnew Date\(\)|\bsetTimeout\(/.test(file.code))).toEqual([]);
  });

  test("the MCP SDK is imported in mcp/ alone", () => {
    expect(
      where((file) => file.folder !== "mcp" && file.imports.some((one) => one.startsWith("@modelcontextprotocol/"))),
    ).toEqual([]);
  });

  test("process.env, process.exit and the standard streams have one reader and writer each", () => {
    expect(where((file) => file.path !== "config/env.ts" && /\bprocess\.env\b/.test(file.code))).toEqual([]);
    expect(where((file) => file.path !== "cli/main.ts" && /\bprocess\.exit\(/.test(file.code))).toEqual([]);
    const streams = new Set(["cli/terminal.ts", "cli/stdio.ts", "cli/connect.ts", "cli/connect-url.ts"]);
    expect(
      where((file) => !streams.has(file.path) && /\bprocess\.(stdout|stderr)\b|\bconsole\.\w+\(/.test(file.code)),
    ).toEqual([]);
  });

  test("nothing is loosened: no any, no suppression, no wildcard export", () => {
    expect(
      where(
        (file) =>
          /\bas any\b|:\s*any\b|<any>|^export \*/m.test(file.code) ||
          /@ts-|oxlint-disable|eslint-disable/.test(file.text),
      ),
    ).toEqual([]);
  });

  test("no time limit is one that Node 20 may collect before its time: AbortSignal.any over AbortSignal.timeout", () => {
    expect(where((file) => /AbortSignal\.any\b/.test(file.code) && /AbortSignal\.timeout\b/.test(file.code))).toEqual(
      [],
    );
  });

  test("every file opens with what it is for", () => {
    expect(where((file) => !/^(#!.*\n)?\/\*\*/.test(file.text))).toEqual([]);
  });

  test("no test waits for a program without an end: only toItsEnd does", () => {
    const waiting = walk(import.meta.dirname).filter((path) =>
      /import \{[^}]*\bspawnSync\b/.test(readFileSync(path, "utf8")),
    );
    expect(waiting.map((path) => relative(import.meta.dirname, path))).toEqual(["to-its-end.ts"]);
  });

  test("files stay small: at most 250 lines, but for texts", () => {
    expect(where((file) => file.folder !== "words" && file.text.split("\n").length > 251)).toEqual([]);
  });
});
