/** The program of a child process: opens the store of its argument and calls the methods that it is told to. */

import { exclusively } from "../../src/store/exclusive.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { listen } from "../told.ts";

const store = await openStore(process.argv[2] ?? "");
/** Takes what one process at a time may have, for good. */
const hold = (path: string): Promise<void> =>
  new Promise((held, refused) => {
    exclusively(path, 1000, async () => {
      held();
      await new Promise(() => undefined);
    }).catch(refused);
  });
listen({ ...store, hold } as unknown as Parameters<typeof listen>[0]);
