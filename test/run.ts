/** What all tests of one run share: a folder for what is made once, gone when the run ends. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export default function setup(): () => void {
  const kept = mkdtempSync(join(tmpdir(), "kidoban-run-"));
  // Workers inherit it.
  process.env["KIDOBAN_TEST_KEPT"] = kept;
  return () => rmSync(kept, { recursive: true, force: true });
}
