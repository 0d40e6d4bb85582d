/** What all tests of one run share: a folder for what is made once, gone when the run ends. */

import { mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

export default function setup(): () => void {
  // In the project, so that programs there find its packages.
  const kept = mkdtempSync(fileURLToPath(new URL("../node_modules/.kidoban-test-", import.meta.url)));
  // Workers inherit it.
  process.env["KIDOBAN_TEST_KEPT"] = kept;
  return () => rmSync(kept, { recursive: true, force: true });
}
