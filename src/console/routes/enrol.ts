/** Enrolling a passkey with a link and a code. */

import type { ConsoleApp } from "../app.ts";
import type { House } from "../visitor.ts";

export function enrolRoutes(_app: ConsoleApp, _house: House): void {
  // Filled in by the next commit of this file.
}
