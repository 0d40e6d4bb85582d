/**
 * A message as a webhook of one's own takes it: facts for programs beside the text for people, signed as Standard Webhooks
 * say (https://www.standardwebhooks.com, specification 1.0.0).
 */

import { createHmac } from "node:crypto";
import type { Notice } from "../approval/notice.ts";
import { messageText, type Message } from "./message.ts";

/** Facts are as they came: a program has no eye that they could deceive, and must not take them for anything but names. */
function dataOf(notice: Notice): object {
  switch (notice.kind) {
    case "request.opened":
    case "request.stage":
    case "request.escalated":
    case "glass.broken": {
      const { kind: _kind, about, ...rest } = notice;
      return { ...about, expiresAt: new Date(about.expiresAt).toISOString(), ...rest };
    }
    case "stop.placed":
    case "test": {
      const { kind: _kind, ...rest } = notice;
      return rest;
    }
  }
}

export interface Envelope {
  /** The same with every attempt. */
  readonly id: string;
  readonly event: string;
  /** When it happened, ms. */
  readonly at: number;
}

/** The same bytes with every attempt. */
export const webhookBody = ({ id, event, at }: Envelope, notice: Notice, message: Message): string =>
  JSON.stringify({
    id,
    type: notice.kind,
    timestamp: new Date(at).toISOString(),
    event,
    data: dataOf(notice),
    title: message.title,
    text: messageText(message),
    ...(message.link === undefined ? {} : { url: message.link.url }),
  });

/** The specification's least, in bytes; an HMAC under a guessable key signs nothing. */
const SHORTEST_KEY = 24;

/** `whsec_` and base64, as the specification writes it, or the text itself; undefined where it is too short to sign with. */
export function signingKey(secret: string): Buffer | undefined {
  const key = secret.startsWith("whsec_")
    ? Buffer.from(secret.slice("whsec_".length), "base64")
    : Buffer.from(secret, "utf8");
  return key.length < SHORTEST_KEY ? undefined : key;
}

/** `now` in ms: an attempt is signed with its own time, so that receivers can turn away what is old. */
export function signedHeaders(id: string, body: string, key: Buffer, now: number): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000));
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
