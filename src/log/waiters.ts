/** One promise for all who wait for the same. */

export interface Waiters {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

export function waiters(): Waiters {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
