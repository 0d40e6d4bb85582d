/** What the SDK (v2.4.0) cannot carry as it is, on a path that is otherwise raw: the closed list, as values. */

import { isObject, type Json, type JsonObject } from "../../../src/policy/json.ts";
import type { EraName } from "../exceptions.ts";

interface Answered {
  readonly era: EraName;
  readonly member: string;
}

interface Difference {
  readonly id: string;
  readonly reason: string;
  /** The value as the SDK's path gives it, where this difference concerns it; otherwise the same. */
  expected(value: JsonObject, answered: Answered): JsonObject;
}

const SERVER_INFO = "io.modelcontextprotocol/serverInfo";

export const DIFFERENCES: readonly Difference[] = [
  {
    id: "printed-numbers",
    reason: "It prints what it has parsed: a number that a double cannot hold becomes null, and -0 becomes 0.",
    expected: (value) => JSON.parse(JSON.stringify(value)) as JsonObject,
  },
  {
    id: "known-error-members",
    reason: "Its errors have a code, a message and data; other members are lost.",
    expected(value, { member }) {
      if (member === "result") return value;
      const { code = null, message = null, data } = value;
      return { code, message, ...(data === undefined ? {} : { data }) };
    },
  },
  {
    id: "resource-not-found",
    reason: "It words an unknown resource of 2025 as 2026-07-28 does, in both eras, and keeps only its URI.",
    expected(value, { member }) {
      if (member === "result" || value["code"] !== -32002) return value;
      const data = value["data"];
      const uri = isObject(data) ? data["uri"] : undefined;
      return { ...value, code: -32602, ...(uri === undefined ? {} : { data: { uri } }) };
    },
  },
  {
    id: "prototype-member",
    reason: "It copies results member by member, so that one named __proto__ at the top is lost.",
    expected: (value) =>
      Object.hasOwn(value, "__proto__")
        ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== "__proto__"))
        : value,
  },
  {
    id: "text-beside-structured-2025",
    reason: "To clients of 2025 it says structured content that is no object in a text too, where the server did not.",
    expected(value, { era, member }) {
      const { content, structuredContent } = value;
      if (era === "modern" || member === "error" || !Array.isArray(content) || content.length > 0) return value;
      if (!isObject(structuredContent) || Object.keys(structuredContent).join() !== "result") return value;
      const text = JSON.stringify(structuredContent["result"]);
      return { ...value, content: [{ type: "text", text }] };
    },
  },
  {
    id: "known-server-info",
    reason: "Of who a server says it is, it keeps the members it knows.",
    expected(value) {
      const meta = value["_meta"];
      const info = isObject(meta) ? meta[SERVER_INFO] : undefined;
      if (!isObject(meta) || !isObject(info)) return value;
      const { name = null, version = null } = info;
      return { ...value, _meta: { ...meta, [SERVER_INFO]: { name, version } } };
    },
  },
  {
    id: "identity-2026",
    reason: "In 2026-07-28 it says who it is in every result that does not say so already.",
    expected(value, { era, member }) {
      const meta: Json = value["_meta"] ?? {};
      if (era === "legacy" || member === "error" || !isObject(meta) || Object.hasOwn(meta, SERVER_INFO)) return value;
      return { ...value, _meta: { ...meta, [SERVER_INFO]: { name: "kidoban", version: "0" } } };
    },
  },
];
