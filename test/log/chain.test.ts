import { expect, test } from "vitest";
import { treeOver } from "../../src/audit/tree.ts";
import { Chain } from "../../src/log/chain.ts";

const linesTo = (count: number): string[] => Array.from({ length: count }, (_, n) => `{"n":${n}}`);

test.each([
  { name: "all of it each time", sizes: [1, 2, 7, 64, 3000] },
  { name: "a part of what is there, the rest later", sizes: [0, 5, 5, 1200, 1201, 3000] },
])("a chain's head is the tree over its first lines: $name", ({ sizes }) => {
  const lines = linesTo(3000);
  const chain = new Chain();
  let added = 0;
  for (const size of sizes) {
    // Always some more than are asked for, as while the last are still being written.
    for (; added < Math.min(lines.length, size + 40); added++) {
      chain.prev();
      chain.add(lines[added] ?? "");
    }
    expect(chain.head(size)).toEqual({ size, root: treeOver(lines.slice(0, size)).root() });
  }
});
