/** Facts about what was made of the log for people: reports and evidence, and who signed a report off. A part of the union in entry.ts. */

import type { Assertion } from "../approval/passkey.ts";

export type ExportEntry =
  /** Recorded before it was written. Times RFC 3339, `until` exclusive. */
  | {
      readonly kind: "export.made";
      readonly what: "report" | "evidence";
      /** sha256 hex of the file. */
      readonly digest: string;
      readonly from: string;
      readonly until: string;
      readonly by: string;
    }
  /** With the members below, what an approver signed: see approval/sign-off.ts. */
  | {
      readonly kind: "report.signed";
      readonly digest: string;
      readonly from: string;
      readonly until: string;
      readonly origin: string;
      readonly size: number;
      readonly root: string;
      readonly approver: string;
      readonly signedAt: number;
      readonly comment?: string;
      readonly key: string;
      readonly signature: string;
      readonly passkey?: Assertion;
    };
