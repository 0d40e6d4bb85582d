import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client as ClientV2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as TransportV2 } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endAll, fixture, serveHttp } from "./fixtures.ts";
import { buildProgram, type Program } from "./program.ts";

/** What all clients can do, in one shape. */
interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(
    params: { name: string; arguments?: Record<string, unknown> },
    options?: { signal?: AbortSignal; onprogress?: (progress: { progress: number }) => void },
  ): Promise<unknown>;
  close(): Promise<void>;
}

interface Connected {
  readonly client: AnyClient;
  /** How often the client was told that the list changed. */
  changes(): number;
}

const person = async () => {
  // Slower than the 1.5 s below which an answer is a program's.
  await new Promise((resolve) => setTimeout(resolve, 1600));
  return { action: "accept" as const, content: { decision: "approve", comment: "go" } };
};
const info = { name: "test client", version: "1.0.0" };
const capabilities = { elicitation: { form: {} } };

async function connectV1(args: string[]): Promise<Connected> {
  const client = new ClientV1(info, { capabilities });
  let changes = 0;
  client.setRequestHandler(ElicitRequestSchema, person);
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++);
  await client.connect(new TransportV1({ command: process.execPath, args }));
  return {
    client: {
      listTools: () => client.listTools(),
      callTool: (params, options) => client.callTool(params, undefined, options),
      close: () => client.close(),
    },
    changes: () => changes,
  };
}

const connectV2 =
  (era: "legacy" | "modern") =>
  async (args: string[]): Promise<Connected> => {
    let changes = 0;
    const client = new ClientV2(info, {
      capabilities,
      versionNegotiation: { mode: era === "legacy" ? "legacy" : { pin: "2026-07-28" } },
      listChanged: { tools: { onChanged: () => void changes++ } },
    });
    client.setRequestHandler("elicitation/create", person);
    await client.connect(new TransportV2({ command: process.execPath, args }));
    expect(client.getProtocolEra()).toBe(era);
    return { client, changes: () => changes };
  };

let program: Program;
const urls = new Map<string, string>();
beforeAll(async () => {
  program = await buildProgram();
  urls.set("v1 over HTTP", await serveHttp("sdk-v1.mjs", "http"));
  urls.set("v2 over HTTP", await serveHttp("sdk-v2.mjs", "http"));
  urls.set("modern v2 over HTTP", await serveHttp("sdk-v2.mjs", "http", "modern"));
});
afterAll(async () => {
  await endAll();
  program.remove();
});

const servers: readonly (readonly [string, () => string[]])[] = [
  ["v1 over stdio", () => [process.execPath, fixture("sdk-v1.mjs")]],
  ["v2 over stdio", () => [process.execPath, fixture("sdk-v2.mjs")]],
  ["v1 over HTTP", () => [urls.get("v1 over HTTP") ?? ""]],
  ["v2 over HTTP", () => [urls.get("v2 over HTTP") ?? ""]],
  ["modern v2 over HTTP", () => [urls.get("modern v2 over HTTP") ?? ""]],
];

describe.each([
  ["SDK v1", connectV1],
  ["SDK v2, legacy", connectV2("legacy")],
  ["SDK v2, modern", connectV2("modern")],
] as const)("P10: the real client %s", (_client, connect) => {
  it.each(servers)(
    "lists, calls, hears of progress and changes, cancels, with a server of %s",
    async (_name, command) => {
      const { client, changes } = await connect(program.gate(...command()));
      try {
        const names = (await client.listTools()).tools.map((tool) => tool.name);
        expect(names).toEqual(expect.arrayContaining(["echo", "steps", "held"]));
        const text = "日本語 🎏 ".repeat(5000);
        expect(await client.callTool({ name: "echo", arguments: { text } })).toMatchObject({
          content: [{ type: "text", text }],
        });
        expect(await client.callTool({ name: "steps" }, { onprogress: () => undefined })).toMatchObject({
          content: [{ text: "steps" }],
        });

        await client.callTool({ name: "change_list" });
        while (changes() === 0) await new Promise((resolve) => setTimeout(resolve, 10));

        const abort = new AbortController();
        const slow = client.callTool({ name: "slow" }, { signal: abort.signal });
        const soFar = async () => JSON.stringify(await client.callTool({ name: "slow_so_far" }));
        while (!(await soFar()).includes("begun"));
        abort.abort();
        await expect(slow).rejects.toThrow();
        while (!(await soFar()).includes("cancelled"));
      } finally {
        await client.close();
      }
    },
  );

  it("answers a prompt of the gate", async () => {
    const { client } = await connect(program.gate(process.execPath, fixture("odd.mjs")));
    const answer = JSON.stringify(await client.callTool({ name: "held", arguments: {} }));
    expect(answer).toContain('\\"kind\\":\\"approve\\",\\"comment\\":\\"go\\"');
    await client.close();
  });

  it("hears of every step when they come apart from the answer", async () => {
    const { client } = await connect(program.gate(process.execPath, fixture("odd.mjs")));
    const steps: number[] = [];
    const until = join(program.folder, `heard-${randomUUID()}`);
    const onprogress = ({ progress }: { readonly progress: number }): void => {
      if (steps.push(progress) === 3) writeFileSync(until, "");
    };
    await client.callTool({ name: "progress", arguments: { until } }, { onprogress });
    expect(steps).toEqual([1, 2, 3]);
    await client.close();
  });
});
