/** Regular expressions in linear time (RE2's syntax), loaded at first need: most configurations have none. */

import { createRequire } from "node:module";
import type { RE2JS } from "re2js";

export type { RE2JS } from "re2js";

const require = createRequire(import.meta.url);
const engine = (): typeof import("re2js") => require("re2js") as typeof import("re2js");

/** Throws what the engine says of a pattern that it does not take. */
export const compileRegex = (pattern: string): RE2JS => engine().RE2JS.compile(pattern);

/** The same for JavaScript's syntax, as JSON Schema's `pattern` is written in. */
export const compileSchemaPattern = (pattern: string): RE2JS => compileRegex(engine().RE2JS.translateRegExp(pattern));
