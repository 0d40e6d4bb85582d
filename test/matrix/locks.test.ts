/** The shipped locks against the servers that they are of, as far as these are installed for tests. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { surveyServer } from "../../src/compose/survey.ts";
import { readEnv } from "../../src/config/env.ts";
import { loadConfig } from "../../src/config/load.ts";

const require = createRequire(import.meta.url);
const INSTALLED: Readonly<Record<string, string>> = {
  filesystem: require.resolve("@modelcontextprotocol/server-filesystem/dist/index.js"),
  memory: require.resolve("@modelcontextprotocol/server-memory/dist/index.js"),
  everything: require.resolve("@modelcontextprotocol/server-everything/dist/index.js"),
};

test.each(Object.entries(INSTALLED))("%s offers what its shipped lock was reviewed for", async (id, program) => {
  const home = mkdtempSync(join(tmpdir(), "kidoban-locks-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, "workspace"));
  const { config, locks } = await loadConfig(resolve(import.meta.dirname, "../../kidoban.yaml"));
  const server = config?.servers.get(id);
  if (config === undefined || server?.transport.kind !== "stdio") throw new Error(`kidoban.yaml has no ${id}`);
  const [, spec = "", ...args] = server.transport.args;
  // Of the same version, without asking a registry.
  const { version } = require(join(program, "../../package.json")) as { readonly version: string };
  expect(spec.endsWith(`@${version}`)).toBe(true);
  const transport = { ...server.transport, command: process.execPath, args: [program, ...args], cwd: home };
  const env = readEnv({ PATH: process.env["PATH"], HOME: home });
  const { items, gone } = await surveyServer(config, { ...server, transport }, locks.get(id), env);
  expect(gone).toEqual([]);
  expect(items.flatMap(({ name, changes }) => changes.map(({ pointer }) => `${name}${pointer}`))).toEqual([]);
  expect(items.filter(({ locked }) => locked === undefined).map(({ kind, name }) => `${kind} ${name}`)).toEqual([]);
});
