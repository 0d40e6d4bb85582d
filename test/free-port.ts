/** A port to write into a configuration now and listen on later: nobody else is given it in between. */

import { readFileSync } from "node:fs";
import { createServer } from "node:net";

/** Chromium refuses some that are lower, clusters forward some that are higher. */
const PORTS = Array.from({ length: 10_000 }, (_, n) => 20_000 + n);
/** More than there are workers. */
const SLICES = 20;

/** Those that the kernel gives to whoever asks for none in particular. */
function ephemeral(): readonly [from: number, to: number] {
  try {
    const [from = 0, to = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/).map(Number);
    return [from, to];
  } catch {
    return [49_152, 65_535];
  }
}

function slice(): readonly number[] {
  const [from, to] = ephemeral();
  const outside = PORTS.filter((port) => port < from || port > to);
  const worker = Number(process.env["VITEST_POOL_ID"] ?? 0);
  return (outside.length === 0 ? PORTS : outside).filter((_, n) => n % SLICES === worker % SLICES);
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
  });

const mine = slice();
// Not the same in each run: another on this machine has the same slices.
const first = Math.floor(Math.random() * mine.length);
let given = 0;

export async function freePort(): Promise<number> {
  while (given < mine.length) {
    const port = mine[(first + given++) % mine.length] ?? 0;
    if (await isFree(port)) return port;
  }
  throw new Error("no port is left");
}
