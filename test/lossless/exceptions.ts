/**
 * Everything in which an answer through the gate differs from the server's own, and why: the closed list of P10 as far
 * as it concerns bytes. Each gives the text to expect instead; the test fails when one is never met.
 */

import { isObject, type JsonObject } from "../../src/policy/json.ts";
import type { Probe } from "./probes.ts";

export type EraName = "legacy" | "modern";

interface Asked {
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
    id: "asked-by-error",
    reason:
      "An error of 2025 that makes a client open a URL (-32042) is a question of the server to the client: denied unless its server's `asks:` relays it.",
    expected: (text, { probe }) =>
      probe.member === "error" && text.startsWith('{"code":-32042,')
        ? '{"code":-32603,"message":"The server asked for input that this gate does not relay"}'
        : text,
  },
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

/** What an agent asks of a tool, and what the server gets of it: `params`, and members of `_meta` beside the era's own. */
interface AskedException {
  readonly id: string;
  readonly reason: string;
  /** Members of `params` beside the tool's name, as the agent writes them. */
  readonly sent: string;
  readonly meta?: string;
  /** As the server gets them; `refused`: it gets nothing, and this is the reason that the agent gets. */
  readonly arrives: { readonly sent: string; readonly meta?: string } | { readonly refused: string };
}

/** The closed list of P10 for the way to a server. */
export const ASKED_EXCEPTIONS: readonly AskedException[] = [
  {
    id: "printed-arguments",
    reason: "Arguments are printed from the one parse that was decided on (P3): the same value, in its shortest form.",
    sent: String.raw`"arguments":{ "b" : 1.0, "e":1E2 , "minus":-0, "2":[ ], "1":{}, "\u0061\/":"\u65e5\ud83c\udf8f" }`,
    arrives: { sent: '"arguments":{"1":{},"2":[],"b":1,"e":100,"minus":0,"a/":"日🎏"}' },
  },
  {
    id: "no-arguments",
    reason: "Left out, they are none, which is written.",
    sent: "",
    arrives: { sent: '"arguments":{}' },
  },
  {
    id: "unknown-params",
    reason:
      "Members of params that the schema does not know were neither decided on nor shown, so they do not go on (P3).",
    sent: '"arguments":{},"x-vendor":{"a":1},"__proto__":{"b":2}',
    arrives: { sent: '"arguments":{}' },
  },
  {
    id: "private-meta",
    reason:
      "What a client keeps in _meta for itself is for the log; of a trace the server is told (W3C Trace Context).",
    sent: '"arguments":{}',
    meta: '"claudecode/toolUseId":"t1","example.com/x":{"y":1},"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","tracestate":"a=1"',
    arrives: {
      sent: '"arguments":{}',
      meta: '"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","tracestate":"a=1"',
    },
  },
  {
    id: "duplicate-key",
    reason: "Two parsers could read it differently.",
    sent: '"arguments":{"path":"a","path":"b"}',
    arrives: { refused: "duplicate-key" },
  },
  {
    id: "big-number",
    reason: "A double cannot hold it, so what is shown would not be what is sent.",
    sent: '"arguments":{"n":9007199254740993}',
    arrives: { refused: "number" },
  },
  {
    id: "huge-number",
    reason: "As above.",
    sent: '"arguments":{"n":1e400}',
    arrives: { refused: "number" },
  },
  {
    id: "lone-surrogate",
    reason: "It is no character, and no UTF-8 can say it.",
    sent: String.raw`"arguments":{"t":"\ud83c"}`,
    arrives: { refused: "surrogate" },
  },
];

type ListMember = "tools" | "resources" | "resourceTemplates" | "prompts";

/** What differs in lists: `expected` gives the definitions as the agent gets them. */
interface ListedException {
  readonly id: string;
  readonly reason: string;
  expected(definitions: readonly JsonObject[], member: ListMember): readonly JsonObject[];
}

const forTools =
  (change: (tool: JsonObject) => JsonObject): ListedException["expected"] =>
  (definitions, member) =>
    member === "tools" ? definitions.map(change) : definitions;

const keyOf = ({ uriTemplate, uri, name }: JsonObject): string => (uriTemplate ?? uri ?? name) as string;

/** The closed list of P10 for definitions, where names stay as they are and nothing has to be asked. */
export const LISTED_EXCEPTIONS: readonly ListedException[] = [
  {
    id: "hints",
    reason: "What a tool does is said by the reviewed lock, not by the server's own hints.",
    expected: forTools((tool) => {
      const hints = isObject(tool["annotations"]) ? tool["annotations"] : {};
      return { ...tool, annotations: { ...hints, readOnlyHint: true, destructiveHint: false } };
    }),
  },
  {
    id: "execution",
    reason: "Nobody may ask for a task of 2025 through the gate, so none is offered.",
    expected: forTools(({ execution: _dropped, ...tool }) => tool),
  },
  {
    id: "order",
    reason: "Lists come from the lock, by name: they are the same before a server is up and while it is down.",
    expected: (definitions) => definitions.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)),
  },
];
