// Writes schema/*.schema.json from the schemas that check the files. A test fails when they are stale.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

// Inside the project, so that the bundle finds its packages.
const folder = mkdtempSync(join("node_modules", ".schemas-"));
try {
  const outfile = join(folder, "schemas.mjs");
  await build({
    entryPoints: ["src/config/schemas.ts"],
    outfile,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
  });
  const { jsonSchemas } = await import(pathToFileURL(outfile).href);
  for (const [name, text] of Object.entries(jsonSchemas())) writeFileSync(join("schema", name), text);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
