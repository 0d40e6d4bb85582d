/** Not yet. */
import { EXIT, type Context, type ExitCode } from "./context.ts";
export const run = async (_context: Context): Promise<ExitCode> => EXIT.ok;
