/** A desktop notification, where the desktop offers one. Says who asks for what; never arguments. */

import { spawn } from "node:child_process";
import type { Env } from "../config/env.ts";

/** Both programs get the text as an argument, without a shell; `--` and `argv` keep it from being read as an option. */
const COMMANDS: Readonly<
  Partial<Record<NodeJS.Platform, (title: string, text: string) => readonly [string, ...string[]]>>
> = {
  linux: (title, text) => ["notify-send", "--app-name=Kidoban", "--", title, escaped(text)],
  darwin: (title, text) => [
    "osascript",
    "-e",
    "on run argv",
    "-e",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "-e",
    "end run",
    title,
    text,
  ],
};

/** Notification servers read markup in the body. */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Without waiting and without complaint: the bell has rung, and the list shows it. */
export function notify(env: Env, title: string, text: string): void {
  const command = COMMANDS[process.platform]?.(title, text);
  if (command === undefined || (process.platform === "linux" && env.desktop === undefined)) return;
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: "ignore", env: { ...env.baseEnvironment, ...env.desktop } });
  child.on("error", () => undefined);
  child.unref();
}
