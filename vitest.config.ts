import { defineConfig } from "vitest/config";
import { LongFirst } from "./test/order.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/run.ts"],
    sequence: { sequencer: LongFirst },
    // For what hangs, on whatever machine: nothing is measured by it.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 15_000 } },
    // Files share a process, so that each loads the program once: tests change nothing global that they do not put back.
    isolate: false,
    // More than there are cores: who waits for a gate, a person's pause or a browser leaves the core to others.
    maxWorkers: 4,
  },
});
