/** The garbage collector on demand, for what must not hang on when it comes. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** All that can be collected now is gone when it returns. */
export const collectGarbage = (): void => collect();
