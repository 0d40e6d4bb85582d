/** Gets a client from npm, in the version that is tested, into a cache that outlives the run. No script of it runs. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { must } from "../fresh-machine.mjs";

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "kidoban-clients");

/** The path of the client's program. */
export async function programOf({ id, package: name, version, program }) {
  const folder = join(CACHE, `${id}-${version}`);
  const path = program(join(folder, "node_modules"));
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}\n");
    const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", `${name}@${version}`];
    await must("npm", args, { cwd: folder, limitSeconds: 600 });
  }
  return path;
}
