/** Finds Chromium or installs it. Without one the browser tests say so and are skipped; CI then fails. */

import { accessSync, constants, existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";
import { toItsEnd } from "../to-its-end.ts";

const PLACES = [
  process.env["KIDOBAN_CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

function found(): string | undefined {
  return PLACES.find((path) => {
    try {
      if (path === undefined) return false;
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const isRoot = process.getuid?.() === 0;

/** Also from a slow mirror. */
const INSTALLED_MS = 600_000;
/** A new machine may be installing something itself. */
const PATIENT = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];

const apt = (...args: readonly string[]) =>
  toItsEnd("apt-get", [...PATIENT, ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: "ignore",
    timeout: INSTALLED_MS,
  });

/** Debian's, where there is none and this process may. */
export function installChromium(): void {
  if (found() !== undefined || !isRoot || !existsSync("/usr/bin/apt-get")) return;
  if (process.env["KIDOBAN_NO_INSTALL"] !== undefined) return;
  process.stderr.write("the browser tests need Chromium, which is being installed\n");
  apt("update");
  // With a font that has kana and kanji, or the Japanese pages would be tested as boxes.
  apt("install", "-y", "--no-install-recommends", "chromium", "fonts-ipafont-gothic");
}

/** Path of an executable, or why there is none. */
function findChromium(): { readonly path: string } | { readonly missing: string } {
  const path = found();
  if (path !== undefined) return { path };
  return {
    missing: isRoot
      ? "Chromium is not installed and could not be; set KIDOBAN_CHROMIUM to an executable"
      : "Chromium is not installed (apt-get install chromium), or set KIDOBAN_CHROMIUM to an executable",
  };
}

const chosen = findChromium();
export const missing: string | undefined = "missing" in chosen ? chosen.missing : undefined;
/** Nobody looks at what a run in CI has skipped. */
export const mustRun: boolean = (process.env["CI"] ?? "") !== "";

/** One for a whole file: a start costs half a second. Names below localhost are this machine's to Chromium itself. */
export function launch(): Promise<Browser> {
  if ("missing" in chosen) throw new Error(chosen.missing);
  return chromium.launch({
    executablePath: chosen.path,
    args: [...(isRoot ? ["--no-sandbox"] : []), "--disable-dev-shm-usage"],
  });
}
