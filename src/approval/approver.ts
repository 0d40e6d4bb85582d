/** A human with a say, as accepted from kidoban.yaml: by which keys they are known, what they may do, who stands in. Pure. */

/**
 * owner: accepts configuration, pins, enrols, and all that an operator may. approver: answers requests. operator: lifts
 * stops, issues tokens. auditor: reads everything, changes nothing.
 */
export type Role = "owner" | "approver" | "operator" | "auditor";

/** A WebAuthn credential. It proves `verified`, and only at the origin where it was enrolled. */
export interface Passkey {
  /** Credential id, base64url. */
  readonly id: string;
  /** `es256:<base64url of x ‖ y, 64 bytes>` or `rs256:<base64url of the SPKI, DER>`. */
  readonly key: string;
  /** WebAuthn relying-party id. */
  readonly rp: string;
  /** Exact origin of the console, e.g. `https://kidoban.example.com`. */
  readonly origin: string;
}

/** From when until when (ms, until exclusive) somebody else may answer in this one's place. */
export interface Away {
  readonly from: number;
  readonly until: number;
  readonly deputy: string;
}

export interface Approver {
  readonly name: string;
  /** `ed25519:<base64url of the raw 32 bytes>`; it proves `operator`. */
  readonly key?: string;
  readonly passkeys?: readonly Passkey[];
  readonly groups: readonly string[];
  /** Left out: owner, approver, operator. One person alone needs nothing more to be written. */
  readonly roles?: readonly Role[];
  readonly away?: readonly Away[];
  /** `sub` at the company's OpenID provider: counts only while that knows this person, with the groups that it gives. */
  readonly subject?: string;
}

/** What needs a role. `answer`: requests and passes; `accept`: configuration and locks; `watch`: the log. */
export type Duty = "answer" | "accept" | "enrol" | "resume" | "issue" | "watch";

const ROLES: Readonly<Record<Duty, readonly Role[]>> = {
  answer: ["approver"],
  accept: ["owner"],
  enrol: ["owner"],
  resume: ["owner", "operator"],
  issue: ["owner", "operator"],
  watch: ["owner", "auditor"],
};

const UNWRITTEN: readonly Role[] = ["owner", "approver", "operator"];

export const rolesOf = ({ roles }: Approver): readonly Role[] => roles ?? UNWRITTEN;

/** Whoever has none is known by name, and nothing more. */
export const hasRole = (approver: Approver): boolean => rolesOf(approver).length > 0;

export const may = (approver: Approver, duty: Duty): boolean =>
  rolesOf(approver).some((role) => ROLES[duty].includes(role));

/** Every public key by which this one is known. */
export const keysOf = ({ key, passkeys = [] }: Approver): readonly string[] => [
  ...(key === undefined ? [] : [key]),
  ...passkeys.map((passkey) => passkey.key),
];

/** Whether `deputy` may answer for `away` at `at` (ms). */
export const standsIn = (deputy: Approver, away: Approver, at: number): boolean =>
  (away.away ?? []).some((each) => each.deputy === deputy.name && each.from <= at && at < each.until);
