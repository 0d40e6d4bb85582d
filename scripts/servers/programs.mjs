/** The servers' programs, each in one version: among this repository's own packages, or from npm into a cache that outlives the run. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { must, REPOSITORY } from "../fresh-machine.mjs";

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "kidoban-servers");

/**
 * The path of the program of `server`, one of the files beside this one. `package.version` left out: the one that this
 * repository tests with. `package.native`: a dependency that has to be compiled; no other script runs.
 */
export async function programOf({ id, package: { name, version, native, program } }) {
  if (version === undefined) return join(REPOSITORY, "node_modules", name, program);
  const folder = join(CACHE, `${id}-${version}`);
  const done = join(folder, "installed");
  if (!existsSync(done)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}\n");
    const npm = (...args) => must("npm", [...args, "--loglevel=error"], { cwd: folder, limitSeconds: 900 });
    await npm("install", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`);
    if (native !== undefined) await npm("rebuild", native);
    writeFileSync(done, "");
  }
  return join(folder, "node_modules", name, program);
}
