// Asks the ready manifests what they would decide, as a test in your own pipeline could. No server is started.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { compilePolicy, decide, loadConfig } from "kidoban";

const loaded = await loadConfig(resolve(import.meta.dirname, "../kidoban.yaml"));
const policy = compilePolicy(loaded, "docs-writer");
const live = { quarantined: () => false };
const effect = (name, args) =>
  decide(policy, { agent: "docs-writer", server: "filesystem", kind: "tool", name, args }, live).effect;

const cases = [
  ["read_text_file", { path: "README.md" }, "allow"],
  ["write_file", { path: "docs/index.md", content: "x" }, "ask"],
  ["write_file", { path: "docs/../README.md", content: "x" }, "deny"],
  ["move_file", { source: "a", destination: "b" }, "deny"],
  ["no_such_tool", {}, "deny"],
];
for (const [name, args, wanted] of cases) {
  console.log(`${effect(name, args).padEnd(5)} ${name} ${JSON.stringify(args)}`);
  assert.equal(effect(name, args), wanted);
}
