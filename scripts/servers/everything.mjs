/** The reference server for the protocol itself. Left out are tools that go on sending after their answer, or ask. */
import { completion, prompt, resource, tool, toolWithProgress } from "./steps.mjs";

export const everything = {
  id: "everything",
  package: { name: "@modelcontextprotocol/server-everything", program: "dist/index.js" },
  start: (program) => ({ command: process.execPath, args: [program] }),
  volatile: [
    {
      name: "time",
      pattern: /(?<=resource created at )[^"]*/g,
      reason: "Its dynamic resources say when they were made.",
    },
    {
      name: "time in base64",
      pattern: /(?<="blob":"UmVzb3VyY2UgMzogVGhpcyBpcyBhIGJhc2U2NCBibG9iIGNyZWF0ZWQg)[^"]*/g,
      reason: "The same, in a blob.",
    },
  ],
  steps: () => [
    tool("echo", { message: '夜の木戸 🏮 \u2028 \\ " \u0001' }),
    tool("echo", {}),
    tool("get-sum", { a: 0.1, b: 0.2 }),
    tool("get-sum", { a: 1e21, b: -0 }),
    tool("get-env"),
    tool("get-tiny-image"),
    tool("get-annotated-message", { messageType: "error", includeImage: true }),
    tool("get-annotated-message", { messageType: "nothing" }),
    tool("get-structured-content", { location: "Chicago" }),
    tool("get-resource-links", { count: 3 }),
    tool("get-resource-reference", { resourceType: "Text", resourceId: 1 }),
    tool("gzip-file-as-resource", { name: "a.gz", data: "data:text/plain,gate", outputType: "resource" }),
    toolWithProgress("trigger-long-running-operation", { duration: 0.2, steps: 2 }),
    resource("demo://resource/static/document/features.md"),
    resource("demo://resource/dynamic/text/3"),
    resource("demo://resource/dynamic/blob/3"),
    prompt("simple-prompt"),
    prompt("args-prompt", { city: "江戸", state: "" }),
    prompt("args-prompt"),
    prompt("completable-prompt", { department: "Engineering", name: "Alice" }),
    prompt("resource-prompt", { resourceType: "Text", resourceId: "2" }),
    completion("completable-prompt", "department", "E"),
  ],
};
