/**
 * `npm run clients`: real agents' clients in front of the gate, one after the other. Each comes from npm in one version
 * and has a throw-away home and a model that follows a script on loopback. What the agent sees, what a human sees in a
 * terminal and what stands on the disk has to fit (scripts/clients/scenario.mjs). Ends with 1 and says what differs.
 *
 *     node scripts/clients.mjs [claude-code codex gemini-cli opencode] [--keep]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claudeCode } from "./clients/claude-code.mjs";
import { codex } from "./clients/codex.mjs";
import { geminiCli } from "./clients/gemini-cli.mjs";
import { opencode } from "./clients/opencode.mjs";
import { programOf } from "./clients/program.mjs";
import { drive } from "./clients/scenario.mjs";
import { freshMachine, pack } from "./fresh-machine.mjs";

const CLIENTS = [claudeCode, codex, geminiCli, opencode];

const names = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
const keep = process.argv.includes("--keep");
const say = (text) => process.stdout.write(`${text}\n`);
const unknown = names.filter((name) => !CLIENTS.some(({ id }) => id === name));
if (unknown.length > 0) throw new Error(`no such client: ${unknown.join(", ")}`);

/** One client from start to end; true where all was as expected. */
async function one(client, tarball) {
  const { title, version } = client;
  const machine = freshMachine();
  say(`== ${title} ${version}`);
  try {
    const seen = await drive(client, await programOf(client), machine, tarball, (step) => say(`   ${step}`));
    say(`== ${title} ${version}: as expected (${seen.era}, ${seen.protocol}, "${seen.client}" ${seen.version})`);
    return true;
  } catch (error) {
    say(`== ${title} ${version}: DIFFERS: ${error.message}`);
    return false;
  } finally {
    if (keep) say(`   kept: ${machine.root}`);
    else machine.remove();
  }
}

const packed = mkdtempSync(join(tmpdir(), "clients-"));
try {
  const tarball = await pack(packed);
  const differs = [];
  for (const client of CLIENTS.filter(({ id }) => names.length === 0 || names.includes(id))) {
    if (!(await one(client, tarball))) differs.push(client.title);
  }
  say(differs.length === 0 ? "all as expected" : `differs: ${differs.join(", ")}`);
  process.exitCode = differs.length === 0 ? 0 : 1;
} finally {
  rmSync(packed, { recursive: true, force: true });
}
