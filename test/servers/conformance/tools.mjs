// The tools the conformance suite calls by name: [description, handler(args, ctx, changed), input schema].
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { audio, embedded, image, result, text } from "./content.mjs";
import { questions } from "./questions.mjs";

const none = { type: "object", properties: {} };

/** Keywords of JSON Schema 2020-12 that a gate on the way may lose. */
const dialect = JSON.parse(readFileSync(new URL("dialect.json", import.meta.url), "utf8"));

async function progress(_args, { mcpReq }) {
  const progressToken = mcpReq._meta?.progressToken;
  for (const done of [0, 50, 100]) {
    if (done > 0) await sleep(50);
    if (progressToken !== undefined)
      await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress: done, total: 100 } });
  }
  // A client of the SDK loses a notification that shares a chunk with the result.
  await sleep(20);
  return result(text("Done, with progress."));
}

async function logging(_args, { mcpReq }) {
  for (const message of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
    await mcpReq.log("info", message);
    await sleep(50);
  }
  return result(text("Done, and logged."));
}

const handlers = {
  test_simple_text: ["Gives a text", () => result(text("This is a simple text response for testing."))],
  test_image_content: ["Gives an image", () => result(image)],
  test_audio_content: ["Gives a sound", () => result(audio)],
  test_embedded_resource: [
    "Gives a resource within its result",
    () => result(embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")),
  ],
  test_multiple_content_types: [
    "Gives content of three types",
    () =>
      result(
        text("Multiple content types test:"),
        image,
        embedded("test://mixed-content-resource", "application/json", JSON.stringify({ test: "data", value: 123 })),
      ),
  ],
  test_error_handling: [
    "Fails",
    () => ({ ...result(text("This tool intentionally returns an error for testing")), isError: true }),
  ],
  test_tool_with_progress: ["Reports its progress", progress],
  test_tool_with_logging: ["Logs three messages", logging],
  test_logging_tool: ["Logs where it may", logging],
  test_trigger_tool_change: ["Adds a tool, or takes it away again", (_args, _ctx, changed) => changed("tools")],
  test_trigger_prompt_change: ["Adds a prompt, or takes it away again", (_args, _ctx, changed) => changed("prompts")],
  json_schema_2020_12_tool: ["Has a schema with many keywords", () => result(text("ok")), dialect],
  ...questions,
};

/** The tool that comes and goes. It is there at the start, so that a lock can know it. */
const passing = { name: "test_passing_tool", description: "Comes and goes", inputSchema: none };

export const listTools = (present) => [
  ...Object.entries(handlers).map(([name, [description, , inputSchema = none]]) => ({
    name,
    description,
    inputSchema,
  })),
  ...(present ? [passing] : []),
];

/** The tool's handler, or undefined. */
export function tool(name) {
  if (name === passing.name) return () => result(text("Here, for now."));
  return Object.hasOwn(handlers, name) ? handlers[name][1] : undefined;
}
