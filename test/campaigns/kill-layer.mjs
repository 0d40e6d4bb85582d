/**
 * Loaded with `node --import`: numbers what a command does with the files below a folder, and kills it before one of these
 * steps. It knows nothing of the command. SQLite's own calls go past Node and lie between two steps.
 *
 * KILL_LAYER is JSON: { under: folder, trace: file, at?: number }.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { under, trace, at = 0 } = JSON.parse(process.env.KILL_LAYER ?? "{}");
const writeSync = fs.writeSync;
const traced = fs.openSync(trace, "a", 0o600);
const paths = new Map();
let count = 0;

function step(name) {
  count++;
  writeSync(traced, `${count} ${name}\n`);
  if (count !== at) return;
  process.kill(process.pid, "SIGKILL");
  // The signal is on its way; nothing more may happen.
  for (;;);
}

const mine = (path) => typeof path === "string" && path.startsWith(under);
/** Reading changes nothing, so it is no step. */
const reads = (flags) => flags === undefined || flags === "r" || (typeof flags === "number" && (flags & 3) === 0);

function wrap(from, name, pathOf = ([path]) => path) {
  const original = from[name];
  from[name] = function (...given) {
    const path = pathOf(given);
    const isOpening = name === "open" || name === "openSync";
    if (mine(path) && !(isOpening && reads(given[1]))) step(`${name} ${path.slice(under.length + 1)}`);
    return original.apply(this, given);
  };
}

for (const name of ["open", "mkdir", "rename", "rm", "unlink", "writeFile", "utimes", "chmod", "link"])
  wrap(fs.promises, name);
wrap(fs.promises, "copyFile", ([, to]) => to);
for (const name of [
  "openSync",
  "mkdirSync",
  "renameSync",
  "rmSync",
  "unlinkSync",
  "writeFileSync",
  "linkSync",
  "chmodSync",
])
  wrap(fs, name);
wrap(fs, "copyFileSync", ([, to]) => to);

const { openSync } = fs;
fs.openSync = (...given) => {
  const fd = openSync(...given);
  paths.set(fd, given[0]);
  return fd;
};
for (const name of ["writeSync", "fsyncSync", "fdatasyncSync", "ftruncateSync"])
  wrap(fs, name, ([fd]) => paths.get(fd));

const open = fs.promises.open;
const handle = await open(trace, "r");
const handles = Object.getPrototypeOf(handle);
await handle.close();
fs.promises.open = async (...given) => {
  const file = await open(...given);
  paths.set(file, given[0]);
  return file;
};
for (const name of ["write", "writeFile", "sync", "datasync", "truncate"]) {
  const original = handles[name];
  handles[name] = function (...given) {
    const path = paths.get(this);
    if (mine(path)) step(`${name} ${path.slice(under.length + 1)}`);
    return original.apply(this, given);
  };
}
syncBuiltinESMExports();
