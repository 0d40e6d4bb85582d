// How fast a long log is proven, against making its hashes, and how fast entries become durable, against a bare file.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { HARNESS } from "./target.mjs";

/** { proof, appends }: see evidence-part.ts. The files stand where the programs stand, since a temporary folder may be memory. */
export async function evidence(count = 1_000_000) {
  const folder = mkdtempSync(join(HARNESS, "../node_modules/.kidoban-bench-"));
  try {
    const outfile = join(folder, "evidence.mjs");
    const banner = {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    };
    const options = {
      bundle: true,
      format: "esm",
      platform: "node",
      mainFields: ["module", "main"],
      external: ["@photostructure/sqlite", "libpg-query"],
      banner,
    };
    await build({ entryPoints: [join(HARNESS, "evidence-part.ts")], outfile, logLevel: "error", ...options });
    const { measureAppends, measureProof } = await import(pathToFileURL(outfile).href);
    return {
      proof: await measureProof(folder, count, join(HARNESS, "kidoban/kidoban.yaml")),
      appends: await measureAppends(folder),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
