/** Real servers of which this repository has the packages give the same answers through the gate; `npm run servers` has more. */

import { resolve } from "node:path";
import { expect, test } from "vitest";
import { toItsEnd } from "./to-its-end.ts";

const SCRIPT = resolve(import.meta.dirname, "../scripts/servers.mjs");

test.each(["filesystem", "memory", "everything"])(
  "P10: the %s server answers, lists and leaves behind the same through the gate as directly, byte for byte",
  { timeout: 240_000 },
  (server) => {
    const { status, stdout, stderr } = toItsEnd(process.execPath, [SCRIPT, server]);
    expect(stdout + stderr).toMatch(new RegExp(`^== ${server}: \\d{2} answers, all the same\nall the same\n$`));
    expect(status).toBe(0);
  },
);
