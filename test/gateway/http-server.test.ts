/** A server over Streamable HTTP behind the whole gate, with its token by reference. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeWorld, textOf, type World } from "./world.ts";
import { serverProgram } from "../programs.ts";

const TOKEN = "http-token-0123456789";
let world: World | undefined;
let folder: string | undefined;
const children: ChildProcess[] = [];
afterEach(async () => {
  await world?.close();
  for (const child of children.splice(0)) child.kill();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** Starts one of our servers and gives the URL that it prints. */
async function start(name: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [serverProgram(name), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return said.toString().trim();
}

test.each([
  ["of the 2025 era and later", []],
  ["of the 2026 era alone", ["modern"]],
])("a server %s answers through the gate, and only it sees its token (P9, P10)", async (_name, era) => {
  folder = mkdtempSync(join(tmpdir(), "kidoban-front-"));
  const notes = join(folder, "headers");
  const url = await start("front.mjs", await start("sdk-v2.mjs", "http", ...era), notes);
  world = makeWorld({
    config: "secrets:\n  TOKEN: { file: secrets/token }",
    prepare: (root) => {
      const config = join(root, "config", "kidoban.yaml");
      const text = readFileSync(config, "utf8").replace(
        / {4}command: .*\n {4}args: .*\n/,
        `    url: ${url}\n    headers: { Authorization: "Bearer \${secret:TOKEN}" }\n`,
      );
      writeFileSync(config, text);
      mkdirSync(join(root, "config", "secrets"), { mode: 0o700 });
      writeFileSync(join(root, "config", "secrets", "token"), TOKEN, { mode: 0o600 });
    },
    rules: "  - { id: free, effect: allow, match: [ledger/echo] }",
  });
  const client = await world.client();
  const { tools } = await client.listTools();
  expect(tools.map((tool) => tool.name)).toContain("ledger_echo");
  expect(textOf(await client.callTool({ name: "ledger_echo", arguments: { text: "木戸番" } }))).toBe("木戸番");
  const seen = readFileSync(notes, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly authorization?: string });
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.every((headers) => headers.authorization === `Bearer ${TOKEN}`)).toBe(true);
  expect(JSON.stringify(world.entries())).not.toContain(TOKEN);
  expect(world.entries().find((entry) => entry.kind === "server.started")).toMatchObject({
    endpoint: expect.stringContaining("${secret:TOKEN}") as string,
  });
});
