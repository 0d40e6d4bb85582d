/** A TypeScript part of a campaign, bundled and imported, so that it runs in the campaign's own process. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

export async function bundled(part) {
  const outfile = join(mkdtempSync(join(tmpdir(), "campaign-")), "part.mjs");
  await build({
    entryPoints: [join(here, part)],
    bundle: true,
    platform: "node",
    mainFields: ["module", "main"],
    format: "esm",
    outfile,
    logLevel: "error",
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return import(pathToFileURL(outfile).href);
}
