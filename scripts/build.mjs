// Builds dist/: one fast-starting bundle for the command line, one for the public API, and its types.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: { kidoban: "src/cli/main.ts", index: "src/index.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // Some packages break when their UMD build is bundled.
  mainFields: ["module", "main"],
  sourcemap: true,
  // Half the text to compile at each start; names stay, so that a stack trace can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "linked",
  // A native addon cannot be bundled; pino starts workers by file name; libpg-query finds its WebAssembly beside itself.
  external: ["@photostructure/sqlite", "pino", "libpg-query"],
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
// The map of a grammar is six times the grammar, and nobody steps through it.
for (const name of readdirSync("dist")) if (/^(?:mysql|sqlite)-\w+\.js\.map$/.test(name)) rmSync(`dist/${name}`);
cpSync("src/console/assets", "dist/assets", { recursive: true });
chmodSync("dist/kidoban.js", 0o755);
execFileSync(
  process.execPath,
  [require.resolve("typescript/package.json").replace("package.json", "bin/tsc"), "-p", "tsconfig.build.json"],
  { stdio: "inherit" },
);
