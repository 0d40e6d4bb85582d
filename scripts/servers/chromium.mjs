/** Debian's Chromium: the one that is there, or one that apt installs where it may. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { must } from "../fresh-machine.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

function found() {
  const paths = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Its path. `mayInstall`: by apt, which needs root. Throws where there is none and none can be had. */
export async function chromiumPath(mayInstall) {
  const there = found();
  if (there !== undefined) return there;
  if (!mayInstall)
    throw new Error("there is no Chromium: install it (apt-get install chromium), or give --apt as root");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await must("apt-get", ["update", "-qq"], { env, limitSeconds: 600 });
  await must("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env, limitSeconds: 1800 });
  const installed = found();
  if (installed === undefined) throw new Error("apt installed no Chromium that is on the path");
  return installed;
}
