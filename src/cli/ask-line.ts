/** One line of text from the terminal device. */

import type { Device } from "./terminal.ts";

/** What was typed, without blanks around it; undefined for nothing, and when the person stops. */
export async function askLine(device: Device, message: string, initialValue = ""): Promise<string | undefined> {
  const { text } = await import("@clack/prompts");
  const typed = await text({ message, initialValue, input: device.input, output: device.output });
  // A symbol says that the prompt was cancelled.
  const line = typeof typed === "string" ? typed.trim() : "";
  return line === "" ? undefined : line;
}
