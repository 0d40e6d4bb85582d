/**
 * Loaded into a gate with `node --import`: numbers what it does with the files of its state and with its pipes,
 * and makes one of these steps fail. It knows nothing of the gate; the gate's code stays as it is.
 *
 * FAULT_LAYER is JSON: { under: folder, trace: file, opened?: boolean, at?: number, times?: number, how?: "kill" | "kill-after" | "stop" |
 * "EIO" | "ENOSPC" | "EROFS" | "short" | "clock", by?: ms }. `times`: so many steps of the same kind fail, from that one on.
 * "stop": the process suspends itself before the step; whoever started it lets it go on (SIGCONT).
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { Socket } from "node:net";

const { under, trace, opened = false, at = 0, times = 1, how, by = 0 } = JSON.parse(process.env.FAULT_LAYER ?? "{}");
const real = { ...fs };
const traced = real.openSync(trace, "a", 0o600);
const paths = new Map();
let count = 0;
let left = times;
let kind;

const RealDate = Date;
let shift = 0;
globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + shift);
    else super(...given);
  }
  static now = () => RealDate.now() + shift;
};

function die() {
  process.kill(process.pid, "SIGKILL");
  // The signal is on its way; nothing more may happen.
  for (;;);
}

const failure = (name) =>
  Object.assign(new Error(`${how}: the fault layer, ${name}`), { code: how, errno: -5, syscall: name });

let isOpen = !opened;

/** Counts one step; gives what is to go wrong with it. */
function step(name) {
  // A start has as many steps as there is to be settled; what an agent asks for is counted from when it may ask.
  if (!isOpen) return undefined;
  count++;
  real.writeSync(traced, `${count} ${name}\n`);
  const first = name.split(" ")[0];
  if (count < at || left === 0 || how === undefined) return undefined;
  if (count === at) kind = first;
  if (first !== kind) return undefined;
  left--;
  if (how === "kill") die();
  if (how === "stop") {
    process.kill(process.pid, "SIGSTOP");
    return undefined;
  }
  if (how === "clock") {
    shift += by;
    return undefined;
  }
  return how;
}

const mine = (path) => typeof path === "string" && path.startsWith(under);
const named = (path) => path.slice(under.length + 1);

function wrap(name, pathOf) {
  const original = real[name];
  fs[name] = (...given) => {
    const path = pathOf(given);
    if (!mine(path)) return original(...given);
    const fault = step(`${name} ${named(path)}`);
    if (fault === "short" && name === "writeSync") {
      const [fd, bytes, offset = 0, length = bytes.length - offset, position] = given;
      return original(fd, bytes, offset, Math.ceil(length / 2), position);
    }
    if (fault !== undefined && fault !== "kill-after" && fault !== "short") throw failure(name);
    const result = original(...given);
    if (name === "openSync") paths.set(result, path);
    if (fault === "kill-after") die();
    return result;
  };
}
for (const name of ["openSync", "renameSync", "writeFileSync", "unlinkSync", "mkdirSync"]) wrap(name, ([path]) => path);
for (const name of ["writeSync", "fsyncSync"]) wrap(name, ([fd]) => paths.get(fd));
fs.fdatasync = (fd, done) => {
  const path = paths.get(fd);
  const fault = mine(path) ? step(`fdatasync ${named(path)}`) : undefined;
  if (fault === undefined || fault === "short") return real.fdatasync(fd, done);
  if (fault === "kill-after") return real.fdatasync(fd, die);
  return setImmediate(() => done(failure("fdatasync")));
};
fs.closeSync = (fd) => {
  paths.delete(fd);
  return real.closeSync(fd);
};
syncBuiltinESMExports();

const write = Socket.prototype.write;
Socket.prototype.write = function (bytes, ...rest) {
  const text = typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("latin1");
  isOpen ||= text.includes('"serverInfo"');
  const fault = step(`pipe ${/"method":"([^"]+)"/.exec(text)?.[1] ?? "answer"}`);
  if (fault === undefined || fault === "short") return write.call(this, bytes, ...rest);
  if (fault !== "kill-after") {
    this.destroy(failure("write"));
    return false;
  }
  write.call(this, bytes, ...rest);
  return die();
};

/** SQLite's own calls go past Node; the sync of its write-ahead log is the store's, and so a step. */
const handle = await real.promises.open(trace, "r");
const handles = Object.getPrototypeOf(handle);
await handle.close();
const { datasync } = handles;
handles.datasync = async function () {
  const fault = step("fdatasync store");
  if (fault !== undefined && fault !== "kill-after" && fault !== "short") throw failure("fdatasync");
  await datasync.call(this);
  if (fault === "kill-after") die();
};
