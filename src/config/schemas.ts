/** JSON Schemas (draft 2020-12) of the three kinds of file, for editors. Made from what checks the files, so they cannot differ. */

import * as z from "zod";
import { configSchema } from "./config-file.ts";
import { lockSchema } from "./lock-file.ts";
import { manifestSchema } from "./manifest-file.ts";

const text = (schema: z.ZodType): string => `${JSON.stringify(z.toJSONSchema(schema, { io: "input" }), null, 2)}\n`;

/** File name under schema/ → its text. */
export function jsonSchemas(): Record<string, string> {
  return {
    "config.schema.json": text(configSchema),
    "lock.schema.json": text(lockSchema),
    "manifest.schema.json": text(manifestSchema),
  };
}
