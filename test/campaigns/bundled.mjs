/** TypeScript parts of campaigns as programs. They stand below node_modules, where they find their packages, native ones too. */
import { mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/** Who makes it removes it. */
export const programFolder = () => mkdtempSync(join(here, "../../node_modules/.kidoban-test-"));

/** Gives the program's path. */
export async function programIn(folder, part) {
  const outfile = join(folder, "part.mjs");
  const options = { bundle: true, format: "esm", platform: "node", packages: "external", logLevel: "error" };
  await build({ entryPoints: [join(here, part)], outfile, ...options });
  return outfile;
}

/** Imported, so that it runs in the campaign's own process. */
export async function bundled(part) {
  const folder = programFolder();
  try {
    return await import(pathToFileURL(await programIn(folder, part)).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
