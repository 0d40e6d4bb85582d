/** Real processes that open the store themselves and do what they are told, one method call at a time. */

import { fork, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A folder of its own for a store, gone at the end. */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "kidoban-store-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Builds the child program; Node 20 cannot run TypeScript. Inside the project, so that it finds its packages. */
export async function buildChild(): Promise<{ readonly path: string; readonly remove: () => void }> {
  const folder = mkdtempSync(join(root, "node_modules/.kidoban-test-"));
  const path = join(folder, "child.mjs");
  await build({
    entryPoints: [join(root, "test/store/child.ts")],
    outfile: path,
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["@photostructure/sqlite"],
  });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Child {
  readonly process: ChildProcess;
  /** Calls a method of the child's store; rejects with what it throws. */
  call(method: string, ...args: readonly unknown[]): Promise<unknown>;
  kill(signal: NodeJS.Signals): void;
  ended(): Promise<void>;
}

export async function startChild(program: string, folder: string): Promise<Child> {
  const child = fork(program, [folder], { stdio: ["ignore", "ignore", "inherit", "ipc"], serialization: "advanced" });
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let count = 0;
  const ready = new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error("the child ended")));
    child.on("message", (message: { n: number; value?: unknown; error?: string }) => {
      if (message.n === 0) return resolve();
      const call = open.get(message.n);
      open.delete(message.n);
      if (message.error === undefined) call?.resolve(message.value);
      else call?.reject(new Error(message.error));
    });
  });
  await ready;
  return {
    process: child,
    call: (method, ...args) =>
      new Promise((resolve, reject) => {
        open.set(++count, { resolve, reject });
        child.send({ n: count, method, args });
      }),
    kill: (signal) => void child.kill(signal),
    ended: () => exited,
  };
}
