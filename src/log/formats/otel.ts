/**
 * OpenTelemetry logs in OTLP's JSON encoding, one export request a line, as a file exporter writes them
 * (opentelemetry.io, OTLP file exporter). Names of the MCP and GenAI semantic conventions where they have one. Pure.
 */

import type { Plain, Weight } from "./plain.ts";

/** SeverityNumber of the logs data model: INFO, INFO2, WARN, ERROR. */
const SEVERITY: Readonly<Record<Weight, number>> = { info: 9, notice: 10, warning: 13, error: 17 };

const METHOD = {
  tool: "tools/call",
  resource: "resources/read",
  prompt: "prompts/get",
  completion: "completion/complete",
};

const attribute = (key: string, value: string | number | undefined): readonly object[] => {
  if (value === undefined) return [];
  // OTLP writes 64-bit whole numbers as text.
  return [{ key, value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value } }];
};

function record(plain: Plain): object {
  const failed = plain.status === undefined || plain.status === "ok" ? undefined : plain.status;
  return {
    timeUnixNano: `${plain.at}000000`,
    observedTimeUnixNano: `${plain.at}000000`,
    severityNumber: SEVERITY[plain.weight],
    severityText: plain.weight,
    eventName: `kidoban.${plain.kind}`,
    body: { stringValue: plain.line },
    attributes: [
      ...attribute("mcp.method.name", plain.what === undefined ? undefined : METHOD[plain.what]),
      ...attribute("gen_ai.operation.name", plain.what === "tool" ? "execute_tool" : undefined),
      ...attribute("gen_ai.tool.name", plain.what === "tool" ? plain.name : undefined),
      ...attribute("gen_ai.agent.name", plain.agent),
      ...attribute("error.type", failed),
      ...attribute("kidoban.server", plain.server),
      ...attribute("kidoban.name", plain.name),
      ...attribute("kidoban.decision", plain.effect),
      ...attribute("kidoban.rules", plain.rules.length === 0 ? undefined : plain.rules.join(" ")),
      ...attribute("kidoban.status", plain.status),
      ...attribute("kidoban.by", plain.by),
      ...attribute("kidoban.call", plain.call),
      ...attribute("kidoban.request", plain.request),
      ...attribute("kidoban.stream", plain.stream),
      ...attribute("kidoban.n", plain.n),
      ...attribute("kidoban.leaf", plain.leaf),
    ],
  };
}

/** One export request with its line end. `version`: of the program that exports. */
export const otelLine = (rows: readonly Plain[], version: string): string =>
  `${JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: [...attribute("service.name", "kidoban"), ...attribute("service.version", version)] },
        scopeLogs: [{ scope: { name: "kidoban.audit", version }, logRecords: rows.map(record) }],
      },
    ],
  })}\n`;
