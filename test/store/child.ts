/** The program of a child process: opens the store of its argument and calls the methods that it is told to. */

import { exclusively } from "../../src/store/exclusive.ts";
import { openStore } from "../../src/store/sqlite.ts";

const store = await openStore(process.argv[2] ?? "");
/** Takes what one process at a time may have, for good. */
const hold = (path: string): Promise<void> =>
  new Promise((held, refused) => {
    exclusively(path, 1000, async () => {
      held();
      await new Promise(() => undefined);
    }).catch(refused);
  });
const methods = { ...store, hold } as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>;

process.on("message", (message: { n: number; method: string; args: readonly unknown[] }) => {
  const { n, method, args } = message;
  const done = async () => methods[method]?.(...args);
  done().then(
    (value) => process.send?.({ n, value }),
    (error: unknown) => process.send?.({ n, error: String(error) }),
  );
});
process.on("disconnect", () => process.exit());
process.send?.({ n: 0 });
