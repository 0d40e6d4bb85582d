/** Texts of SQL with what they are: `+` a read, `-` no read, `?` a read that nothing proves. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Dialect } from "../../../src/policy/sql/dialect.ts";

export interface Case {
  readonly text: string;
  readonly isRead: boolean;
}

export const corpus = (dialect: Dialect): readonly Case[] =>
  readFileSync(join(import.meta.dirname, `${dialect}.corpus.txt`), "utf8")
    .split("\n")
    .filter((line) => /^[-+?] /.test(line))
    .map((line) => {
      const written = line.slice(2).trim();
      const isJson = written.startsWith('"') && written.endsWith('"');
      return { text: isJson ? (JSON.parse(written) as string) : written, isRead: line.startsWith("+") };
    });
