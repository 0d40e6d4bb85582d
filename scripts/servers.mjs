/**
 * `npm run servers`: real servers, each asked the same directly and through the gate. Each comes from npm in one version,
 * is pinned as its hints say, and gets its data fresh for each run. Answers are compared byte by byte but for parts that
 * are named with a reason in the server's own file (scripts/servers/). Ends with 1 and says what differs.
 *
 *     node scripts/servers.mjs [filesystem memory everything git sqlite playwright] [--show] [--apt]
 *
 * --show: also what each answer was. --apt: installs Chromium where there is none.
 */
import { chromiumPath } from "./servers/chromium.mjs";
import { compare } from "./servers/compare.mjs";
import { everything } from "./servers/everything.mjs";
import { filesystem } from "./servers/filesystem.mjs";
import { gitServer } from "./servers/git.mjs";
import { memory } from "./servers/memory.mjs";
import { playwright } from "./servers/playwright.mjs";
import { programOf } from "./servers/programs.mjs";
import { sqlite } from "./servers/sqlite.mjs";
import { freshMachine } from "./fresh-machine.mjs";

const SERVERS = [filesystem, memory, everything, gitServer, sqlite, playwright];

const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith("--"));
const has = (flag) => args.includes(flag);
const say = (text) => process.stdout.write(`${text}\n`);
const unknown = names.filter((name) => !SERVERS.some(({ id }) => id === name));
if (unknown.length > 0) throw new Error(`no such server: ${unknown.join(", ")}`);

/** One server from start to end; true where all was the same. */
async function one(server) {
  const chromium = server.needs === "chromium" ? await chromiumPath(has("--apt")) : undefined;
  const program = await programOf(server);
  const machine = freshMachine();
  const served = await server.serve?.();
  try {
    const { workspace, home } = machine;
    const place = { workspace, home, chromium, url: served?.url };
    const { answers, differences } = await compare(server, program, machine, place);
    if (has("--show"))
      for (const { title, member, text } of answers) say(`   ${title} ${member} ${text.slice(0, 500)}`);
    for (const difference of differences) say(`   ${difference}`);
    say(`== ${server.id}: ${answers.length} answers, ${differences.length === 0 ? "all the same" : "DIFFERENT"}`);
    return differences.length === 0;
  } finally {
    served?.close();
    machine.remove();
  }
}

const different = [];
for (const server of SERVERS.filter(({ id }) => names.length === 0 || names.includes(id)))
  if (!(await one(server))) different.push(server.id);
say(different.length === 0 ? "all the same" : `different: ${different.join(", ")}`);
process.exitCode = different.length === 0 ? 0 : 1;
