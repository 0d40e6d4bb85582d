/** A throw-away folder that looks like a fresh machine: its own home, state and workspace, and the packed program installed in it. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const REPOSITORY = dirname(dirname(fileURLToPath(import.meta.url)));
export const FILESYSTEM_SERVER = "@modelcontextprotocol/server-filesystem";

/** The version that this repository tests with. */
export function pinned(name) {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
  return `${name}@${{ ...dependencies, ...devDependencies }[name]}`;
}

/** Runs a program to its end, or for at most `limitSeconds`: { code, out, err }. Never throws for a non-zero exit. */
export function run(command, args, { limitSeconds = 120, input, ...options } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      ...options,
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (bytes) => (out += bytes));
    child.stderr.on("data", (bytes) => (err += bytes));
    child.stdin?.end(input);
    const timer = setTimeout(() => child.kill("SIGKILL"), limitSeconds * 1000);
    child.on("error", fail);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      done({ code: code ?? signal, out, err });
    });
  });
}

/** As `run`, for a step that has to succeed. */
export async function must(command, args, options) {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    throw new Error(`${[command, ...args].join(" ")} ended with ${result.code}\n${result.out}\n${result.err}`);
  }
  return result;
}

/** The path of the tarball that `npm pack` makes in `folder` of what is built. */
export async function pack(folder) {
  if (!existsSync(join(REPOSITORY, "dist/kidoban.js"))) throw new Error("dist/ is missing: run `npm run build`");
  mkdirSync(folder, { recursive: true });
  await must("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: REPOSITORY, limitSeconds: 300 });
  const file = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  return join(folder, file);
}

/**
 * Makes the machine under the system's folder for temporary files. `nodeFolder`: where its `node` is found. Nothing of
 * this process's environment reaches it but what npm needs to find its registry.
 */
export function freshMachine(nodeFolder = dirname(process.execPath)) {
  const root = mkdtempSync(join(tmpdir(), "fresh-machine-"));
  const [home, workspace, app] = ["home", "workspace", "app"].map((name) => join(root, name));
  for (const folder of [home, workspace, app]) mkdirSync(folder);
  const bin = join(app, "node_modules/.bin");
  const env = {
    PATH: [bin, nodeFolder, process.env.PATH].join(delimiter),
    HOME: home,
    LANG: "C.UTF-8",
    TERM: "xterm-256color",
    XDG_STATE_HOME: join(home, ".local/state"),
    XDG_CONFIG_HOME: join(home, ".config"),
  };
  return {
    root,
    home,
    workspace,
    app,
    env,
    /** Installs packages as a stranger would, with nothing allowed to run. */
    async install(...packages) {
      writeFileSync(join(app, "package.json"), "{}\n");
      // npm's own settings and cache are the machine's that runs this, not part of what is tested.
      const npmEnv = { ...process.env, PATH: env.PATH };
      const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...packages];
      await must("npm", args, { cwd: app, env: npmEnv, limitSeconds: 300 });
    },
    kidoban: (args, options) => run(join(bin, "kidoban"), args, { cwd: workspace, env, ...options }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
