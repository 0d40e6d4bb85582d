// Builds dist/: one fast-starting bundle for the command line, one for the public API, and its types.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
rmSync("dist", { recursive: true, force: true });
const common = {
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // Some packages break when their UMD build is bundled.
  mainFields: ["module", "main"],
  inject: ["scripts/globals.mjs"],
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
};
/**
 * `kidoban stdio` is started once a session by a waiting client, and is a build of its own: together with all other commands
 * it came in seventy pieces, each of which Node finds, reads and links.
 */
const gateApart = {
  name: "gate apart",
  setup: ({ onResolve }) => onResolve({ filter: /^\.\/stdio\.ts$/ }, () => ({ path: "./gate.js", external: true })),
};
await build({ ...common, entryPoints: { kidoban: "src/cli/main.ts", index: "src/index.ts" }, plugins: [gateApart] });
await build({ ...common, entryPoints: { gate: "src/cli/stdio.ts" } });
// The map of a grammar is six times the grammar, and nobody steps through it.
for (const name of readdirSync("dist")) if (/^(?:mysql|sqlite)-\w+\.js\.map$/.test(name)) rmSync(`dist/${name}`);
cpSync("src/console/assets", "dist/assets", { recursive: true });
// For packs of evidence.
cpSync("examples/verify-log.py", "dist/assets/verify-log.py");
chmodSync("dist/kidoban.js", 0o755);
execFileSync(
  process.execPath,
  [require.resolve("typescript/package.json").replace("package.json", "bin/tsc"), "-p", "tsconfig.build.json"],
  { stdio: "inherit" },
);
