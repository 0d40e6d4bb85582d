/** One notice through one channel, once: the format that its kind wants, and what became of it. */

import type { Notice } from "../approval/notice.ts";
import { en, ja } from "../words/notify.ts";
import type { Channel, Delivery, Target } from "./channel.ts";
import { sendMail } from "./mail.ts";
import { messageOf } from "./message.ts";
import type { Network } from "./network.ts";
import { post } from "./post.ts";
import { slackPayload } from "./slack.ts";
import { teamsPayload } from "./teams.ts";
import { signedHeaders, signingKey, webhookBody, type Envelope } from "./webhook.ts";

export interface Parcel {
  readonly channel: Channel;
  readonly target: Target;
  readonly envelope: Envelope;
  readonly notice: Notice;
  /** Where the console is reached, for the link. */
  readonly consoleUrl: string | undefined;
}

/** Never rejects. */
export async function deliver(network: Network, parcel: Parcel, now: number, signal: AbortSignal): Promise<Delivery> {
  const { channel, target, envelope, notice } = parcel;
  const message = messageOf(notice, channel.language === "ja" ? ja : en, parcel.consoleUrl);
  const { reach } = channel;
  // Slack and Teams look at no id, yet whatever stands before them may.
  const headers = { "idempotency-key": envelope.id };
  switch (target.kind) {
    case "smtp":
      return sendMail(network, target, channel, envelope, message, signal);
    case "slack":
    case "teams": {
      const payload = target.kind === "slack" ? slackPayload(message) : teamsPayload(message);
      return post(network, { url: target.url, reach, body: JSON.stringify(payload), headers, signal });
    }
    case "webhook": {
      const key = signingKey(target.secret);
      if (key === undefined) return { kind: "again", problem: "secret" };
      const body = webhookBody(envelope, notice, message);
      const signed = signedHeaders(envelope.id, body, key, now);
      return post(network, { url: target.url, reach, body, headers: { ...headers, ...signed }, signal });
    }
  }
}
