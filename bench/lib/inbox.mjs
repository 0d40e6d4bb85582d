// How long the inbox takes to show a page when ten thousand requests wait: the store and the desk, without a browser.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { HARNESS } from "./target.mjs";

/** { first, middle } in ms. */
export async function inbox(pending = 10_000) {
  const folder = mkdtempSync(join(HARNESS, "../node_modules/.kidoban-bench-"));
  try {
    const outfile = join(folder, "inbox.mjs");
    const options = { bundle: true, format: "esm", platform: "node", external: ["@photostructure/sqlite"] };
    await build({ entryPoints: [join(HARNESS, "inbox-part.ts")], outfile, logLevel: "error", ...options });
    const { measureInbox } = await import(pathToFileURL(outfile).href);
    return await measureInbox(pending);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
