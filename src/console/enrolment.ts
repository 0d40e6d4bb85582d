/** A passkey's enrolment, from the terminal that opens it to the page that ends it. Shapes and digests; keeps nothing. */

import { createHash } from "node:crypto";
import type { Passkey } from "../approval/approver.ts";

/** Wrong codes after which an enrolment is void. */
export const MOST_TRIES = 5;

export interface Enrolment {
  readonly approver: string;
  readonly expiresAt: number;
  readonly state: "open" | "void" | "done";
}

/** Of a link only a digest is kept, and of the code one that nobody can search without the link. */
export const linkDigest = (link: string): string => createHash("sha256").update(`kidoban-enrol\n${link}`).digest("hex");
export const codeDigest = (link: string, code: string): string =>
  createHash("sha256").update(`kidoban-enrol-code\n${link}\n${code}`).digest("hex");

/** Links and codes by their digests. */
export interface EnrolmentPort {
  find(link: string): Promise<Enrolment | undefined>;
  /** Whether the code is the right one; each wrong one counts, and the last one voids the enrolment. */
  confirm(link: string, code: string): Promise<boolean>;
  /** Ends it with a passkey; false when it was over before. */
  finish(link: string, passkey: Passkey): Promise<boolean>;
}
