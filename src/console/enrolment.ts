/** A passkey's enrolment, from the terminal that opens it to the page that ends it. Shapes and digests; keeps nothing. */

import { createHash, randomBytes } from "node:crypto";
import { requestCode } from "../approval/action.ts";
import type { Passkey } from "../approval/approver.ts";

/** Wrong codes after which an enrolment is void. */
export const MOST_TRIES = 5;
export const ENROL_MS = 10 * 60_000;

export interface Enrolment {
  readonly approver: string;
  readonly expiresAt: number;
  readonly state: "open" | "void" | "done";
}

/** Of a link only a digest is kept, and of the code one that nobody can search without the link. */
export const linkDigest = (link: string): string => createHash("sha256").update(`kidoban-enrol\n${link}`).digest("hex");
export const codeDigest = (link: string, code: string): string =>
  createHash("sha256").update(`kidoban-enrol-code\n${link}\n${code}`).digest("hex");

/** A link's secret part, 128 bits, and a code such as `K7Q-2FD` that the person types beside it. */
export function newEnrolment(): { readonly link: string; readonly code: string } {
  const [link, one, other] = [16, 16, 16].map((size) => randomBytes(size));
  return {
    link: link?.toString("base64url") ?? "",
    code: requestCode(one?.toString("hex") ?? "", other?.toString("hex") ?? ""),
  };
}

/** Links and codes by their digests. */
export interface EnrolmentPort {
  find(link: string): Promise<Enrolment | undefined>;
  /** Whether the code is the right one; each wrong one counts, and the last one voids the enrolment. */
  confirm(link: string, code: string): Promise<boolean>;
  /** Ends it with a passkey; false when it was over before. */
  finish(link: string, passkey: Passkey): Promise<boolean>;
}

/** As it stands under `approvers:` in kidoban.yaml. */
export const passkeyLines = (name: string, { id, key, origin, rp }: Passkey): string =>
  `  ${name}:\n    passkeys:\n      - id: ${JSON.stringify(id)}\n        key: ${key}\n        origin: ${origin}\n        rp: ${rp}\n`;
