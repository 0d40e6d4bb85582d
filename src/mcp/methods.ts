/**
 * Every method and notification of both protocol schemas (2025-06-18 and 2025-11-25; 2026-07-28), by the side that
 * sends it, and what happens to it. What is not in the table is refused like what the table refuses (P11).
 */

/**
 * `governed`: decided and recorded by the gateway. `here`: answered or taken note of by the gate itself.
 * `relayed`: passed on to the call that it belongs to. `refused`: answered "method not found", or dropped, and recorded.
 */
export type Fate = "governed" | "here" | "relayed" | "refused";
export type Shape = "request" | "notification";
export type Sender = "agent" | "server";
export type EraName = "legacy" | "modern";

export interface MethodRow {
  readonly method: string;
  readonly shape: Shape;
  readonly sender: Sender;
  readonly eras: readonly EraName[];
  readonly fate: Fate;
}

const BOTH = ["legacy", "modern"] as const;
const LEGACY = ["legacy"] as const;
const MODERN = ["modern"] as const;

const rows = (
  sender: Sender,
  shape: Shape,
  table: Readonly<Record<string, readonly [eras: readonly EraName[], fate: Fate]>>,
): readonly MethodRow[] =>
  Object.entries(table).map(([method, [eras, fate]]) => ({ method, shape, sender, eras, fate }));

export const METHODS: readonly MethodRow[] = [
  ...rows("agent", "request", {
    initialize: [LEGACY, "here"],
    ping: [LEGACY, "here"],
    "server/discover": [MODERN, "here"],
    "subscriptions/listen": [MODERN, "here"],
    "logging/setLevel": [LEGACY, "here"],
    "tools/list": [BOTH, "governed"],
    "tools/call": [BOTH, "governed"],
    "resources/list": [BOTH, "governed"],
    "resources/templates/list": [BOTH, "governed"],
    "resources/read": [BOTH, "governed"],
    "resources/subscribe": [LEGACY, "governed"],
    "resources/unsubscribe": [LEGACY, "here"],
    "prompts/list": [BOTH, "governed"],
    "prompts/get": [BOTH, "governed"],
    "completion/complete": [BOTH, "governed"],
    // Of the extension of 2026-07-28. The experimental tasks of 2025-11-25 have some of the same names, and are refused.
    "tasks/get": [MODERN, "governed"],
    "tasks/update": [MODERN, "governed"],
    "tasks/cancel": [MODERN, "governed"],
    "tasks/result": [LEGACY, "refused"],
    "tasks/list": [LEGACY, "refused"],
  }),
  ...rows("agent", "notification", {
    "notifications/initialized": [LEGACY, "here"],
    "notifications/cancelled": [BOTH, "here"],
    // Progress on a prompt of ours: there is nothing to do with it.
    "notifications/progress": [BOTH, "here"],
    // A client's own roots are asked of nobody, so a change of them concerns nobody.
    "notifications/roots/list_changed": [LEGACY, "here"],
    "notifications/tasks/status": [LEGACY, "refused"],
  }),
  ...rows("server", "request", {
    ping: [LEGACY, "here"],
    // Where the configuration says so; else as good as refused.
    "sampling/createMessage": [LEGACY, "relayed"],
    "elicitation/create": [LEGACY, "relayed"],
    // From the manifest, never from the client.
    "roots/list": [LEGACY, "here"],
    "tasks/get": [LEGACY, "refused"],
    "tasks/result": [LEGACY, "refused"],
    "tasks/list": [LEGACY, "refused"],
    "tasks/cancel": [LEGACY, "refused"],
  }),
  ...rows("server", "notification", {
    "notifications/progress": [BOTH, "relayed"],
    "notifications/tools/list_changed": [BOTH, "here"],
    "notifications/subscriptions/acknowledged": [MODERN, "here"],
    // A server may only cancel what it asked.
    "notifications/cancelled": [BOTH, "here"],
    "notifications/message": [BOTH, "relayed"],
    "notifications/resources/list_changed": [BOTH, "here"],
    "notifications/resources/updated": [BOTH, "relayed"],
    "notifications/prompts/list_changed": [BOTH, "here"],
    "notifications/elicitation/complete": [LEGACY, "relayed"],
    "notifications/tasks/status": [LEGACY, "refused"],
  }),
];

const byMethod = (sender: Sender, shape: Shape): ReadonlyMap<string, MethodRow> =>
  new Map(METHODS.filter((row) => row.sender === sender && row.shape === shape).map((row) => [row.method, row]));
const ROWS: Readonly<Record<Sender, Readonly<Record<Shape, ReadonlyMap<string, MethodRow>>>>> = {
  agent: { request: byMethod("agent", "request"), notification: byMethod("agent", "notification") },
  server: { request: byMethod("server", "request"), notification: byMethod("server", "notification") },
};

/** What happens to a message, in `era` if one is given; unknown methods are refused. */
export function fateOf(shape: Shape, sender: Sender, method: string, era?: EraName): Fate {
  const row = ROWS[sender][shape].get(method);
  if (row === undefined || (era !== undefined && !row.eras.includes(era))) return "refused";
  return row.fate;
}
