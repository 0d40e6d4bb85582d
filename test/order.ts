/** Which files begin first: whoever begins a long one last waits for it alone. All others follow, larger ones first. */

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Longest first, as measured on two cores. */
const LONG = [
  "browser/answers.test.ts",
  "faults.test.ts",
  "gateway/login.test.ts",
  "gateway/questions.test.ts",
  "browser/attacks.test.ts",
  "surface-matrix/matrix.test.ts",
  "notify/gate.test.ts",
  "gateway/serve.test.ts",
  "browser/pages.test.ts",
  "gateway/questions-real.test.ts",
  "report/evidence.test.ts",
  "gateway/tasks.test.ts",
  "gateway/attacks.test.ts",
  "gateway/prompts.test.ts",
  "mcp/clients.test.ts",
  "fuzz.test.ts",
  "packaging/container.test.ts",
  "packaging/separate-user.test.ts",
  "cli/approve.test.ts",
  "servers-same.test.ts",
  "compose/backup.test.ts",
  "pinned.test.ts",
  "agents.test.ts",
  "cli/hardening.test.ts",
  "cli/remarks.test.ts",
  "gateway/passes.test.ts",
  "log/sealing.test.ts",
  "log/index.test.ts",
  "report/report.test.ts",
].map((name) => join(import.meta.dirname, name));

const size = ({ moduleId }: TestSpecification): number => statSync(moduleId).size;
const rank = ({ moduleId }: TestSpecification): number => {
  const at = LONG.indexOf(moduleId);
  return at < 0 ? LONG.length : at;
};

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    for (const path of LONG) if (!existsSync(path)) throw new Error(`test/order.ts names ${path}, which is not there`);
    return files.toSorted((a, b) => rank(a) - rank(b) || size(b) - size(a));
  }
}
