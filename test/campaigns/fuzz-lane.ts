/** The lane to a server without a server, for `fuzz-lane.mjs`, which bundles it. Nothing in it is faked. */

import type { Forwarded } from "../../src/gateway/ports.ts";
import { legacyEra, modernEra } from "../../src/mcp/era.ts";
import { openLane } from "../../src/mcp/lane.ts";

interface FuzzedLane {
  /** Puts a call on its way and gives the id that the server would see. */
  call(): number;
  receive(text: string): void;
  /** What settled since it was last asked, by id. */
  settled(): readonly { readonly id: number; readonly how: Forwarded }[];
  /** What went to the server since it was last asked. */
  sent(): readonly string[];
  /** Why messages went no further since it was last asked. */
  refused(): readonly string[];
}

const taken = <T>(list: T[]): T[] => list.splice(0);

export function openFuzzedLane(era: "legacy" | "modern"): FuzzedLane {
  const sent: string[] = [];
  const settled: { id: number; how: Forwarded }[] = [];
  const refused: string[] = [];
  const negotiated = era === "legacy" ? legacyEra() : modernEra("2026-07-28");
  const lane = openLane({
    server: "fuzz",
    era: () => negotiated,
    send(message) {
      sent.push(message);
      return true;
    },
    refused: (_method, reason) => void refused.push(reason),
    listChanged: () => undefined,
    updated: () => undefined,
    logged: () => undefined,
    hide: (text) => text,
  });
  return {
    call() {
      const answer = lane.call({ kind: "tool", name: "t", access: "read", argsText: "{}", timeoutMs: 600_000 });
      const { id } = JSON.parse(sent.at(-1) ?? "") as { readonly id: number };
      void answer.then((how) => settled.push({ id, how }));
      return id;
    },
    receive: (text) => lane.receive(text),
    settled: () => taken(settled),
    sent: () => taken(sent),
    refused: () => taken(refused),
  };
}
