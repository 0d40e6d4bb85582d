/**
 * Everything in which an answer through the gate differs from the server's own, and why: the closed list of P10 as far
 * as it concerns bytes. Each gives the text to expect instead; the test fails when one is never met.
 */

import type { Probe } from "./probes.ts";

export type EraName = "legacy" | "modern";

export interface Asked {
  readonly client: EraName;
  readonly server: EraName;
  readonly probe: Probe;
}

export interface Exception {
  readonly id: string;
  readonly reason: string;
  /** The text as the agent gets it, where this exception concerns it; otherwise the same text. */
  expected(text: string, asked: Asked): string;
}

const begin = (member: string, text: string): string => (text === "{}" ? `{${member}}` : `{${member},${text.slice(1)}`);

export const EXCEPTIONS: readonly Exception[] = [
  {
    id: "structured-content-2025",
    reason:
      'Clients of 2025 refuse structured content that is no object (2026-07-28 allows it, SEP-2106), so it is wrapped as {"result": …}, as the SDK does it.',
    expected: (text, { client, probe }) =>
      client === "legacy" && probe.member === "result" && probe.kind === "tool"
        ? text.replace(/("structuredContent":)(?!\{)(.*)\}$/, '$1{"result":$2}}')
        : text,
  },
  {
    id: "cache-scope-2026",
    reason:
      "A resource's result must say how long and for whom it keeps (2026-07-28, server/utilities/caching): what the server left out is added; kept for others nothing is, since others may not read the same.",
    expected(text, { client, probe }) {
      if (client === "legacy" || probe.kind !== "resource" || probe.member === "error") return text;
      const timed = text.includes('"ttlMs"') ? text : begin('"ttlMs":0', text);
      return timed.includes('"cacheScope"') ? timed : begin('"cacheScope":"private"', timed);
    },
  },
  {
    id: "result-type-2026",
    reason: "A result of 2026-07-28 must say that it is complete; where the server does not, the gate does.",
    expected: (text, { client, probe }) =>
      client === "modern" && probe.member === "result" && !text.includes('"resultType":"complete"')
        ? begin('"resultType":"complete"', text)
        : text,
  },
];
