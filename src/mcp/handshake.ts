/** Settles with a server which era is spoken, on one connection. Two plain questions; knows no transport. */

import type { Era, ServerFacts } from "./era.ts";
import { initializeParams, legacyEra, modernEra, namesOurVersion, readDiscover, readInitialize } from "./era.ts";
import type { Lane } from "./lane.ts";
import type { Reply } from "./outcome.ts";
import type { EraName } from "./methods.ts";

export type Greeting =
  { readonly kind: "up"; readonly facts: ServerFacts } | { readonly kind: "failed"; readonly reason: string };

export interface GreetParts {
  readonly lane: Lane;
  /** Kidoban's own version. */
  readonly version: string;
  /** From here on messages are of this era. */
  use(era: Era): void;
  /** Resolves when the notifications sent so far have arrived, where messages can overtake each other. */
  arrived(): Promise<void>;
  readonly timeoutMs: number;
  /** Which opening is tried first; the other follows on the same connection when the first is answered by an error. */
  readonly first: EraName;
  /** What a legacy server may ask, as client capabilities, JSON text. */
  readonly capabilities: string;
}

/**
 * Over stdio `initialize` goes first: every server of 2025 and every dual one takes it, while some of 2025 end when
 * anything else comes first (measured: a refused `server/discover` costs 4–8 ms, a dead process a whole start).
 */
export async function greet(parts: GreetParts): Promise<Greeting> {
  const second: EraName = parts.first === "legacy" ? "modern" : "legacy";
  const first = await openAs(parts.first, parts);
  if (first.kind !== "refused") return first;
  const fallback = await openAs(second, parts);
  return fallback.kind === "refused" ? { kind: "failed", reason: `${first.reason}; ${fallback.reason}` } : fallback;
}

type Opening = Greeting | { readonly kind: "refused"; readonly reason: string };

async function openAs(name: EraName, parts: GreetParts): Promise<Opening> {
  const { lane, version, timeoutMs } = parts;
  if (name === "modern") {
    parts.use(modernEra(version));
    const discover = () => lane.ask("server/discover", "{}", timeoutMs);
    const first = await discover();
    // It may have changed its mind, e.g. behind a balancer; a second refusal counts.
    const reply = first.kind === "error" && namesOurVersion(first.code, first.data) ? await discover() : first;
    if (reply.kind !== "result") return refusedOr("server/discover", reply);
    const facts = readDiscover(reply.value, version);
    return facts === undefined
      ? { kind: "refused", reason: "server/discover named no version of ours" }
      : { kind: "up", facts };
  }
  parts.use(legacyEra());
  const reply = await lane.ask("initialize", initializeParams(version, parts.capabilities), timeoutMs);
  if (reply.kind !== "result") return refusedOr("initialize", reply);
  const facts = readInitialize(reply.value);
  if (facts === undefined)
    return { kind: "failed", reason: `it speaks protocol version ${JSON.stringify(reply.value["protocolVersion"])}` };
  parts.use(facts.era);
  lane.notify("notifications/initialized");
  // Some servers refuse whatever overtakes it.
  await parts.arrived();
  return { kind: "up", facts };
}

/** An error is an answer of another era; silence or a broken connection is a failure. */
const refusedOr = (method: string, reply: Exclude<Reply, { kind: "result" }>): Opening =>
  reply.kind === "error"
    ? { kind: "refused", reason: `${method} was answered by error ${reply.code}: ${reply.message.slice(0, 200)}` }
    : { kind: "failed", reason: `${method}: ${reply.reason}` };
