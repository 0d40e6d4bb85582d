/** One entry of `servers:` → how to start or reach it. Secrets go into `env` and `headers` only, by name. */

import { resolve } from "node:path";
import * as z from "zod";
import type { Json } from "../policy/json.ts";
import type { AskKind, Place, ServerLimits } from "../policy/manifest.ts";
import { duration, durationMs } from "./duration.ts";
import { readRecording, recordingShape } from "./recording-config.ts";
import type { Recording } from "../audit/recording.ts";
import { commandEndpoint, urlEndpoint, withAgents } from "./endpoint.ts";
import { oauthSchema, readOAuth, type OAuthConfig } from "./oauth-config.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { id, say, strict, text, valid } from "./shape.ts";
import { readTemplates, secretsIn } from "./template.ts";
import type { Path } from "./yaml-place.ts";

export type Transport =
  | {
      readonly kind: "stdio";
      readonly command: string;
      readonly args: readonly string[];
      /** Absolute: the folder of kidoban.yaml. */
      readonly cwd: string;
      /** Values may hold `${secret:NAME}`. */
      readonly env: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "http";
      readonly url: string;
      /** Values may hold `${secret:NAME}`. */
      readonly headers: Readonly<Record<string, string>>;
      /** HTTP+SSE of 2024-11-05 and nothing else; otherwise it is found out. */
      readonly sse?: true;
      readonly oauth?: OAuthConfig;
    };

export interface ServerConfig {
  readonly id: string;
  readonly transport: Transport;
  /** By agent: headers or environment of its own, over those of `transport`. */
  readonly credentials?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Absolute; what `within()` measures against. */
  readonly root?: string;
  /** The canonical text that the lock keeps. */
  readonly endpoint: string;
  /** How long one call may take. */
  readonly timeoutMs: number;
  readonly limits: ServerLimits;
  /** `as-is`: tools and prompts go by the server's own names, without its id before them. */
  readonly naming: "prefixed" | "as-is";
  /** What the log keeps of its calls. */
  readonly recording: Recording;
  /** What it may ask of the agent's client; left out: nothing. */
  readonly asks?: readonly AskKind[];
  readonly place: Place;
}

/** After it a write's outcome is unknown, so it is long: builds and searches take minutes. */
const DEFAULT_TIMEOUT_MS = 5 * 60_000;
const DEFAULT_IN_FLIGHT = 64;
/** As much as a line may have. */
const DEFAULT_RESULT_KIB = 16 * 1024;

/** No line break, no NUL: neither may start a second header, variable or argument. */
const line = z.string().regex(/^[^\0\r\n]*$/, say("control-character"));
const envName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, say("bad-env-name"));
/** RFC 9110 section 5.6.2, token. */
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, say("bad-header-name"));

const headers = z.record(headerName, line).meta({ description: "Values may hold ${secret:NAME}." });
const environment = z
  .record(envName, z.string().regex(/^[^\0]*$/, say("control-character")))
  .meta({ description: "Values may hold ${secret:NAME}." });

const passage = z.enum(["relay", "deny"]).optional().meta({ description: "deny when left out." });

export const serverSchema = strict({
  command: text.regex(/^[^\0\r\n]*$/, say("control-character")).optional(),
  args: z
    .array(z.string().regex(/^[^\0]*$/, say("control-character")))
    .optional()
    .meta({ description: "Never secrets: every process can read them." }),
  env: environment.optional(),
  url: text.optional().meta({ description: "Streamable HTTP, or HTTP+SSE of 2024-11-05 where it answers only that." }),
  headers: headers.optional(),
  transport: z.literal("sse").optional().meta({ description: "HTTP+SSE of 2024-11-05 and nothing else." }),
  oauth: oauthSchema.optional().meta({ description: "For `kidoban login`, where it cannot find out by itself." }),
  credentials: z
    .record(id, strict({ headers: headers.optional(), env: environment.optional() }))
    .optional()
    .meta({ description: "By agent: headers or environment of its own, over those of the server." }),
  root: text.optional().meta({ description: "What within() measures against, relative to this file." }),
  timeout: duration("1s", "1d", "How long one call may take; 5m when left out").optional(),
  naming: z
    .enum(["prefixed", "as-is"])
    .optional()
    .meta({ description: "as-is: names of tools and prompts without the server's id." }),
  limits: strict({
    in_flight: z.int().min(1, say("out-of-range")).max(1000, say("out-of-range")).optional(),
    result_kib: z.int().min(1, say("out-of-range")).max(16_384, say("out-of-range")).optional(),
  })
    .optional()
    .meta({
      description: "Calls that one gate may have in flight there (64), and the most that a result may have (16384).",
    }),
  ...recordingShape,
  asks: strict({ elicitation: passage, sampling: passage, roots: passage }).optional().meta({
    description:
      "What the server may ask of the agent's client in the middle of a call. Where a manifest has `roots`, the gate tells those.",
  }),
}).meta({ oneOf: [{ required: ["command"] }, { required: ["url"] }] });
type Written = z.infer<typeof serverSchema>;

export function readServer(reading: Reading, name: string, raw: Json, folder: string): ServerConfig | undefined {
  const { yaml, problems } = reading;
  const path: Path = ["servers", name];
  const place = yaml.place(path, "key");
  if (name === "kidoban") problems.push(problem("server-reserved", {}, place));
  const written = valid(serverSchema, raw);
  if (written === undefined) return undefined;
  const transport = readTransport(reading, path, written, folder);
  if (transport === undefined) return undefined;
  const credentials = readCredentials(reading, path, written, transport);
  return {
    id: name,
    transport,
    ...(written.credentials === undefined ? {} : { credentials }),
    ...(written.root === undefined ? {} : { root: resolve(folder, written.root) }),
    endpoint: withAgents(
      transport.kind === "stdio"
        ? commandEndpoint(transport.command, transport.args, transport.env)
        : urlEndpoint(new URL(transport.url), transport.headers),
      credentials,
    ),
    timeoutMs: written.timeout === undefined ? DEFAULT_TIMEOUT_MS : durationMs(written.timeout),
    limits: {
      inFlight: written.limits?.in_flight ?? DEFAULT_IN_FLIGHT,
      resultBytes: (written.limits?.result_kib ?? DEFAULT_RESULT_KIB) * 1024,
    },
    naming: written.naming ?? "prefixed",
    recording: readRecording(written),
    ...readAsks(written.asks),
    place,
  };
}

function readAsks(written: Written["asks"]): Pick<ServerConfig, "asks"> {
  const asks = (["elicitation", "sampling", "roots"] as const).filter((kind) => written?.[kind] === "relay");
  return asks.length === 0 ? {} : { asks };
}

function readTransport(reading: Reading, path: Path, written: Written, folder: string): Transport | undefined {
  const { yaml, problems } = reading;
  const { command, url } = written;
  if ((command === undefined) === (url === undefined)) {
    problems.push(problem("server-transport", {}, yaml.place(path, "key")));
    return undefined;
  }
  const foreign = command === undefined ? (["args", "env"] as const) : (["headers", "transport", "oauth"] as const);
  for (const key of foreign) {
    const needs = command === undefined ? "command" : "url";
    if (written[key] !== undefined)
      problems.push(problem("key-of-other-transport", { key, needs }, yaml.place([...path, key], "key")));
  }
  if (command !== undefined) {
    const args = written.args ?? [];
    const env = written.env ?? {};
    for (const [index, part] of [command, ...args].entries()) {
      if (secretsIn(part).length > 0)
        problems.push(
          problem("secret-in-args", {}, yaml.place(index === 0 ? [...path, "command"] : [...path, "args", index - 1])),
        );
    }
    readTemplates(reading, [...path, "env"], env);
    return { kind: "stdio", command, args, cwd: resolve(folder), env };
  }
  const headers = written.headers ?? {};
  readTemplates(reading, [...path, "headers"], headers);
  const oauth = written.oauth === undefined ? undefined : readOAuth(reading, [...path, "oauth"], written.oauth);
  const target = readUrl(reading, [...path, "url"], url ?? "");
  if (target === undefined) return undefined;
  return {
    kind: "http",
    url: target.href,
    headers,
    ...(written.transport === "sse" ? { sse: true } : {}),
    ...(oauth === undefined ? {} : { oauth }),
  };
}

function readUrl({ yaml, problems }: Reading, path: Path, written: string): URL | undefined {
  const place = yaml.place(path);
  const refuse = (code: "bad-url" | "url-password" | "secret-in-url"): undefined => {
    problems.push(problem(code, {}, place));
    return undefined;
  };
  if (written.includes("${")) return refuse("secret-in-url");
  if (!URL.canParse(written)) return refuse("bad-url");
  const url = new URL(written);
  if (url.protocol !== "http:" && url.protocol !== "https:") return refuse("bad-url");
  if (url.username !== "" || url.password !== "") return refuse("url-password");
  if (url.protocol === "http:" && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname))
    problems.push(problem("url-not-encrypted", { host: url.host }, place, "warning"));
  return url;
}

function readCredentials(
  reading: Reading,
  path: Path,
  written: Written,
  transport: Transport,
): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const [own, other, needs] =
    transport.kind === "stdio" ? (["env", "headers", "url"] as const) : (["headers", "env", "command"] as const);
  return Object.fromEntries(
    Object.entries(written.credentials ?? {}).map(([agent, credential]) => {
      const place: Path = [...path, "credentials", agent];
      if (credential[other] !== undefined)
        reading.problems.push(
          problem("key-of-other-transport", { key: other, needs }, reading.yaml.place([...place, other], "key")),
        );
      const values = credential[own] ?? {};
      readTemplates(reading, [...place, own], values);
      return [agent, values];
    }),
  );
}
