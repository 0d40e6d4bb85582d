/**
 * A gate in a container: packaging/Containerfile built on this machine's own Node by podman, run as the gate's user with
 * nothing but its two folders. Images and containers stand in a store of their own. Only for root.
 */

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { toItsEnd } from "../to-its-end.ts";
import { install, makeTwoUsers, type Done } from "./two-users.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const IMAGE = "localhost/kidoban:test";
/** Where the image has the gate's own folder, whatever it is on the host. */
export const HOME = "/var/lib/kidoban";
const NAME = `kidoban-test-${process.pid}`;
/** Podman asks for more than it has, which a root without all its rights may not give. */
const LIMITS = ["--ulimit=nofile=1024:4096", "--ulimit=nproc=512:512"];

const done = (program: string, args: readonly string[], input?: string): Done => {
  const ended = toItsEnd(program, args, { input, timeout: 120_000 });
  return { code: ended.status, out: `${ended.stdout ?? ""}${ended.stderr ?? ""}${ended.error ?? ""}` };
};

/** Podman with a store below `folder`, and one runtime. */
const podmanIn =
  (folder: string, runtime: string) =>
  (args: readonly string[], input?: string): Done =>
    done(
      "podman",
      [
        `--root=${join(folder, "store")}`,
        `--runroot=${join(folder, "run")}`,
        "--cgroup-manager=cgroupfs",
        `--runtime=${runtime}`,
        ...args,
      ],
      input,
    );
export type Podman = ReturnType<typeof podmanIn>;

/** A root folder with Node, a shell and what they load: as small as a base can be. */
function copyBase(folder: string): void {
  const programs = { "usr/local/bin/node": process.execPath, "bin/sh": "/bin/sh", "usr/bin/env": "/usr/bin/env" };
  for (const [to, from] of Object.entries(programs)) {
    mkdirSync(join(folder, dirname(to)), { recursive: true });
    copyFileSync(from, join(folder, to));
    for (const [path] of done("ldd", [from]).out.matchAll(/\/[^\s()]+/g)) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      copyFileSync(path, join(folder, path));
    }
  }
  for (const name of ["tmp", "etc", "proc", "sys", "dev"]) mkdirSync(join(folder, name));
}

/** What podman can do here, or why nothing. `folder`: for its store. */
export function findPodman(folder: string): Podman | string {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "only root on Linux can be two users";
  if (done("podman", ["--version"]).code !== 0) return "there is no podman";
  const base = join(folder, "base");
  copyBase(base);
  const tar = done("tar", ["-C", base, "-cf", join(folder, "base.tar"), "."]);
  if (tar.code !== 0) return tar.out;
  const failed: string[] = [];
  for (const runtime of ["crun", "runc"]) {
    const podman = podmanIn(folder, runtime);
    const imported = podman(["import", "--quiet", join(folder, "base.tar"), "localhost/base:test"]);
    const ran = podman(["run", "--rm", "--network=none", ...LIMITS, "localhost/base:test", "node", "--version"]);
    if (ran.code === 0) return podman;
    failed.push(`${runtime}: ${imported.code === 0 ? ran.out.trim() : imported.out.trim()}`);
  }
  return failed.join("; ");
}

/** The gate's user and its agents' are set up by the script, as on a machine without containers. */
export function makeContainer(folder: string, podman: Podman) {
  const two = makeTwoUsers();
  const made = two.setUp();
  if (made.code !== 0) throw new Error(made.out);
  const context = join(folder, "context");
  install(join(context, "kidoban"));
  mkdirSync(join(context, "kidoban/bin"));
  symlinkSync("../lib/node_modules/kidoban/dist/kidoban.js", join(context, "kidoban/bin/kidoban"));
  const file = join(ROOT, "packaging/Containerfile");
  const arg = "--build-arg=BASE=localhost/base:test";
  const built = podman(["build", "--quiet", "--isolation=chroot", `--file=${file}`, arg, `--tag=${IMAGE}`, context]);
  if (built.code !== 0) throw new Error(built.out);

  const options = [
    "--read-only",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
    "--network=none",
    `--user=${two.uids.gate}:${two.gid}`,
    `--volume=${two.home}:${HOME}`,
    `--volume=${two.sockets}:/run/kidoban`,
    // So that the gate knows who its agents are.
    "--volume=/etc/passwd:/etc/passwd:ro",
    "--volume=/etc/group:/etc/group:ro",
    ...LIMITS,
  ];
  return {
    ...two,
    podman,
    name: NAME,
    /** A command in a container of its own, before there is one that serves. */
    once: (...args: string[]): Done => podman(["run", "--rm", ...options, IMAGE, ...args]),
    /** A command beside the gate, as its user. */
    inside: (...args: string[]): Done => podman(["exec", NAME, ...args]),
    /** Gives the gate's pid as the host knows it. */
    async start(): Promise<number> {
      const started = podman(["run", "--detach", `--name=${NAME}`, ...options, IMAGE]);
      if (started.code !== 0) throw new Error(started.out);
      // The last line: agents can come.
      const said = (): string => podman(["logs", NAME]).out;
      for (let tries = 0; !said().includes("listens on") && tries < 200; tries += 1) {
        if (podman(["inspect", "--format={{.State.Running}}", NAME]).out.trim() !== "true") throw new Error(said());
        await new Promise((next) => setTimeout(next, 50));
      }
      return Number(podman(["inspect", "--format={{.State.Pid}}", NAME]).out);
    },
    /** The gate's exit code, once it has ended as a service ends. */
    stopContainer(): string {
      podman(["stop", "--time=10", NAME]);
      return podman(["inspect", "--format={{.State.ExitCode}}", NAME]).out.trim();
    },
    removeAll(): void {
      podman(["rm", "--force", "--all"]);
      two.remove();
    },
  };
}

export type Container = ReturnType<typeof makeContainer>;

/** A folder for podman's store, and what empties it: mounts of overlays may be left in it. */
export function storeFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "kidoban-podman-"));
  return {
    path,
    remove() {
      done("umount", ["--recursive", join(path, "store/overlay")]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}
