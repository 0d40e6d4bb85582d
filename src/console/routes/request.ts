/** One request: what it is, and the answers to it. */

import type { ConsoleApp } from "../app.ts";
import type { House } from "../visitor.ts";

export function requestRoutes(_app: ConsoleApp, _house: House): void {
  // Filled in by the next commit of this file.
}
