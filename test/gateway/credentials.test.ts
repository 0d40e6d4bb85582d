/** Credentials of single agents, and secrets that change, through the whole gate. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { makeWorld, textOf, type World } from "./world.ts";
import { serverProgram } from "../programs.ts";

let world: World | undefined;
let folder: string | undefined;
const children: ChildProcess[] = [];
afterEach(async () => {
  await world?.close();
  world = undefined;
  for (const child of children.splice(0)) child.kill();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

async function start(name: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [serverProgram(name), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return said.toString().trim();
}

const put = (root: string, name: string, text: string): void => {
  const path = join(root, "config", "secrets", name);
  mkdirSync(join(root, "config", "secrets"), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
};

describe("credentials", () => {
  test("P9: of one agent are sent for it alone, and new ones in the file without a restart", async () => {
    folder = mkdtempSync(join(tmpdir(), "kidoban-front-"));
    const notes = join(folder, "headers");
    const url = await start("front.mjs", await start("sdk-v2.mjs", "http"), notes);
    const lines = (): string[] =>
      readFileSync(notes, "utf8")
        .trim()
        .split("\n")
        .map((line) => String((JSON.parse(line) as { readonly authorization?: string }).authorization));
    let reviewed = 0;
    world = makeWorld({
      config: "secrets:\n  ALL: { file: secrets/all }\n  OWN: { file: secrets/own }",
      prepare(root) {
        const config = join(root, "config", "kidoban.yaml");
        const members = `    url: ${url}
    headers: { authorization: "Bearer \${secret:ALL}" }
    credentials:
      worker: { headers: { Authorization: "Bearer \${secret:OWN}" } }
`;
        writeFileSync(config, readFileSync(config, "utf8").replace(/ {4}command: .*\n {4}args: .*\n/, members));
        put(root, "all", "shared-token-0123456789");
        put(root, "own", "worker-token-0123456789");
      },
      rules: "  - { id: free, effect: allow, match: [ledger/echo] }",
    });
    expect(new Set(lines())).toEqual(new Set(["Bearer shared-token-0123456789"]));
    reviewed = lines().length;
    const client = await world.client();
    const echo = async (text: string): Promise<string> =>
      textOf(await client.callTool({ name: "ledger_echo", arguments: { text } }));
    expect(await echo("one")).toBe("one");
    expect(new Set(lines().slice(reviewed))).toEqual(new Set(["Bearer worker-token-0123456789"]));
    put(world.root, "own", "rotated-token-0123456789");
    await expect.poll(async () => (await echo("again"), lines().at(-1))).toBe("Bearer rotated-token-0123456789");
    // Both are known: neither comes back to the agent, whoever says it.
    for (const secret of ["worker-token-0123456789", "rotated-token-0123456789"]) {
      expect(await echo(secret)).not.toContain(secret);
      expect(JSON.stringify(world.entries())).not.toContain(secret);
    }
  });

  test("P9: of a server that is started are read again when it starts again", async () => {
    const server = serverProgram("restarting.mjs");
    world = makeWorld({
      config: "secrets:\n  KEY: { file: secrets/key }",
      server,
      serverMembers: '    env: { KEY: "${secret:KEY}" }',
      prepare: (root) => put(root, "key", "first-key-0123456789"),
      rules: "  - { id: free, effect: allow, match: [ledger/*] }",
    });
    const client = await world.client();
    const digest = async (): Promise<string> => {
      const result = await client.callTool({ name: "ledger_digest", arguments: {} }).catch((error: Error) => error);
      return result instanceof Error ? "" : textOf(result);
    };
    const first = await digest();
    put(world.root, "key", "second-key-0123456789");
    expect(await digest()).toBe(first);
    await client.callTool({ name: "ledger_end", arguments: {} }).catch(() => undefined);
    await expect.poll(digest, { timeout: 15_000 }).toMatch(/^[0-9a-f]{64}$/);
    expect(await digest()).not.toBe(first);
  });
});
