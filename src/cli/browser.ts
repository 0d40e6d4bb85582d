/** Opens an address in the human's browser, where there is a desktop; it is printed in any case. */

import { spawn } from "node:child_process";
import type { Env } from "../config/env.ts";

/** Without a shell. The address begins with its scheme, so none of them takes it for an option. */
const COMMANDS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  linux: ["xdg-open"],
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** `url`: http or https. Without waiting and without complaint. */
export function openBrowser(env: Env, url: string): void {
  const command = COMMANDS[process.platform];
  if (command === undefined || (process.platform === "linux" && env.desktop === undefined)) return;
  const [program, ...args] = command;
  const child = spawn(program, [...args, url], { stdio: "ignore", env: { ...env.baseEnvironment, ...env.desktop } });
  child.on("error", () => undefined);
  child.unref();
}
