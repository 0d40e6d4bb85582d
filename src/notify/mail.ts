/** One message as one plain-text mail to one person. Encrypted, or to this machine; nodemailer is loaded with the first. */

import { isIP, type LookupFunction } from "node:net";
import type { Channel, Delivery, Target } from "./channel.ts";
import { messageText, type Message } from "./message.ts";
import { connectionProblem, type Network } from "./network.ts";
import { withTimeLimit } from "./time-limit.ts";
import type { Envelope } from "./webhook.ts";

/** Of the whole, in times that one answer may take. */
const SEND_ANSWERS = 3;
/** What a mail server may say at once, bytes. */
const MOST_BYTES = 64 * 1024;

type Smtp = Extract<Target, { readonly kind: "smtp" }>;

const isThisMachine = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(host);

/** The address to connect to. Resolved here, by the checked lookup, since nodemailer has one of its own. */
function addressOf(host: string, lookup: LookupFunction): Promise<string> {
  if (isIP(host) !== 0) return Promise.resolve(host);
  return new Promise((resolve, reject) => {
    lookup(host, { all: false }, (error, address) => {
      if (error !== null) reject(error);
      else if (typeof address === "string") resolve(address);
      else reject(new Error("no address"));
    });
  });
}

/** Never rejects; says nothing in the server's words, which may repeat what was sent to it. */
export async function sendMail(
  network: Network,
  target: Smtp,
  { reach }: Pick<Channel, "reach">,
  envelope: Envelope,
  message: Message,
  signal: AbortSignal,
): Promise<Delivery> {
  const { host, port, tls, login, from, to } = target;
  try {
    const address = await addressOf(host, network.lookup(reach, false));
    const { createTransport } = await import("nodemailer");
    const transport = createTransport(
      {
        host: address,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        port,
        secure: tls,
        // Where it is offered it is taken and its certificate checked; beyond this machine there is no mail without it.
        requireTLS: !tls && !isThisMachine(host),
        ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password }, forceAuth: true }),
        name: "kidoban.invalid",
        connectionTimeout: network.answerMs,
        greetingTimeout: network.answerMs,
        socketTimeout: network.answerMs,
        dnsTimeout: network.answerMs,
        maxResponseSize: MOST_BYTES,
        disableFileAccess: true,
        disableUrlAccess: true,
      },
      {},
    );
    const info = await transport.sendMail({
      from: { name: "Kidoban", address: from },
      to: { name: "", address: to },
      // The same with every attempt: a receiver that looks at it takes a second copy for what it is (RFC 5322 section 3.6.4).
      messageId: `<${envelope.id}@${from.split("@")[1] ?? "kidoban.invalid"}>`,
      date: new Date(envelope.at),
      // Nobody's absence note answers it (RFC 3834 section 5).
      headers: { "Auto-Submitted": "auto-generated" },
      subject: message.title,
      text: messageText(message),
      signal: withTimeLimit(signal, SEND_ANSWERS * network.answerMs),
    });
    return info.accepted.length > 0 ? { kind: "taken" } : { kind: "again", problem: "unknown" };
  } catch (error) {
    return judged(error);
  }
}

const again = (problem: string): Delivery => ({ kind: "again", problem });

interface MailError extends Error {
  readonly code?: string;
  /** Where nodemailer put its own code in place of the system's. */
  readonly originalCode?: string;
  readonly responseCode?: number;
  readonly permanent?: boolean;
}

function judged(error: unknown): Delivery {
  if (!(error instanceof Error)) return { kind: "again", problem: "unknown" };
  const { code, originalCode, responseCode, permanent }: MailError = error;
  // A person can put it right, so it is tried again.
  if (code === "EAUTH") return again("login");
  if (code === "EABORT" || code === "ETIMEDOUT") return again("timeout");
  if (code === "ETLS") return again(responseCode === undefined ? "certificate" : "not-encrypted");
  if (responseCode !== undefined)
    return { kind: permanent === true ? "refused" : "again", problem: `SMTP ${responseCode}` };
  return again(connectionProblem(originalCode === undefined ? error : Object.assign(error, { code: originalCode })));
}
