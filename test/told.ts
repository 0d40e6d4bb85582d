/** Real processes that do what they are told, one method call at a time: both ends of that. */

import { fork, type ChildProcess } from "node:child_process";

interface Asked {
  readonly n: number;
  readonly method: string;
  readonly args: readonly never[];
}
interface Answered {
  /** That of the call; 0 from a process that has just begun to listen. */
  readonly n: number;
  readonly value?: unknown;
  readonly error?: string;
}

export interface Told {
  readonly process: ChildProcess;
  /** Rejects with what the method throws. */
  call(method: string, ...args: readonly unknown[]): Promise<unknown>;
  kill(signal: NodeJS.Signals): void;
  ended(): Promise<void>;
}

/** Starts a program that ends with `listen`. `env`: beside this process's own. */
export async function startTold(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Told> {
  const child = fork(program, args, {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
    env: { ...process.env, ...env },
  });
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let count = 0;
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error("the child ended")));
    child.on("message", (message: Answered) => {
      if (message.n === 0) return resolve();
      const call = open.get(message.n);
      open.delete(message.n);
      if (message.error === undefined) call?.resolve(message.value);
      else call?.reject(new Error(message.error));
      return undefined;
    });
  });
  return {
    process: child,
    call: (method, ...given) =>
      new Promise((resolve, reject) => {
        open.set(++count, { resolve, reject });
        child.send({ n: count, method, args: given });
      }),
    kill: (signal) => void child.kill(signal),
    ended: () => exited,
  };
}

/** The other end: the last line of such a program. */
export function listen(methods: Readonly<Record<string, (...args: readonly never[]) => Promise<unknown>>>): void {
  process.on("message", ({ n, method, args }: Asked) => {
    const done = async (): Promise<unknown> => methods[method]?.(...args);
    done().then(
      (value) => process.send?.({ n, value }),
      (error: unknown) => process.send?.({ n, error: String(error) }),
    );
  });
  process.on("disconnect", () => process.exit());
  process.send?.({ n: 0 });
}
