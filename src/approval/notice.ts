/**
 * What is told to people who are not looking: who asks for what, in names and numbers. Arguments and the agent's reason
 * have no place in it, so that no channel can pass them on. Pure.
 */

import { createHash } from "node:crypto";
import type { Access, Kind } from "../policy/call.ts";
import type { Request } from "./request.ts";

/** A request as far as it is told. What an agent or a server may choose is as it came: whoever shows it makes it visible. */
export interface NoticedRequest {
  readonly request: string;
  readonly code: string;
  readonly agent: string;
  readonly server: string;
  readonly kind: Kind;
  readonly name: string;
  readonly access: Access;
  readonly destructive: boolean;
  readonly rules: readonly string[];
  /** Whose answers count now; empty: any approver's. */
  readonly groups: readonly string[];
  /** Answers needed, of different people. */
  readonly need: number;
  /** Ms since the epoch. */
  readonly expiresAt: number;
}

export type Notice =
  | { readonly kind: "request.opened"; readonly about: NoticedRequest }
  /** The stage before is met; `stage` counts from 1 for the second. */
  | { readonly kind: "request.stage"; readonly about: NoticedRequest; readonly stage: number }
  /** Nobody answered for a while, so others may too; `step` counts from 0. */
  | { readonly kind: "request.escalated"; readonly about: NoticedRequest; readonly step: number }
  /** `agent` left out: every agent. */
  | { readonly kind: "stop.placed"; readonly stop: string; readonly agent?: string; readonly by: string }
  | { readonly kind: "glass.broken"; readonly about: NoticedRequest; readonly by: string }
  /** Sent by hand, to see whether a channel works. */
  | { readonly kind: "test"; readonly test: string };

/** One event has one id, whichever process tells it, so that nobody tells it twice. */
export function eventId(notice: Notice): string {
  switch (notice.kind) {
    case "request.opened":
    case "glass.broken":
      return `${notice.kind}/${notice.about.request}`;
    case "request.stage":
      return `${notice.kind}/${notice.about.request}/${notice.stage}`;
    case "request.escalated":
      return `${notice.kind}/${notice.about.request}/${notice.step}`;
    case "stop.placed":
      return `${notice.kind}/${notice.stop}`;
    case "test":
      return `${notice.kind}/${notice.test}`;
  }
}

/** One event through one channel, as the receiver knows it: whatever is sent again has the same. */
export const messageId = (event: string, channel: string): string =>
  `msg_${createHash("sha256")
    .update(JSON.stringify([event, channel]))
    .digest("hex")
    .slice(0, 32)}`;

/** The request that a message is only good for while it waits; undefined where it stays news. */
export function waitsWith(notice: Notice): string | undefined {
  switch (notice.kind) {
    case "request.opened":
    case "request.stage":
    case "request.escalated":
      return notice.about.request;
    case "stop.placed":
    case "glass.broken":
    case "test":
      return undefined;
  }
}

/** Who is to answer first: everybody whom some obligation names, or anybody where none does. */
export function noticed(request: Request): NoticedRequest {
  const { obligations } = request;
  return {
    request: request.id,
    code: request.code,
    agent: request.agent,
    server: request.server,
    kind: request.kind,
    name: request.name,
    access: request.access,
    destructive: request.destructive,
    rules: request.rules,
    groups: [...new Set(obligations.flatMap(({ from }) => from))].toSorted(),
    need: Math.max(1, ...obligations.map(({ need }) => need)),
    expiresAt: request.expiresAt,
  };
}

/** Whether a channel for these groups is told; empty: for everybody. A stop, and an approval past the quorum, concern all. */
export function concerns(notice: Notice, groups: readonly string[]): boolean {
  switch (notice.kind) {
    case "request.opened":
    case "request.stage":
    case "request.escalated": {
      const wanted = notice.about.groups;
      return groups.length === 0 || wanted.length === 0 || groups.some((group) => wanted.includes(group));
    }
    case "stop.placed":
    case "glass.broken":
    case "test":
      return true;
  }
}
