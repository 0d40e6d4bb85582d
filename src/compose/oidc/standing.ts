/**
 * How somebody stands with the company's OpenID provider, and what is left of them here by that. Whoever has a `subject` in
 * kidoban.yaml counts only while the provider knows them, for what both say. Pure.
 */

import { rolesOf, type Approver } from "../../approval/approver.ts";
import type { OidcConfig } from "../../config/oidc-config.ts";
import { isObject, type Json } from "../../policy/json.ts";

export interface Standing {
  readonly v: 1;
  readonly issuer: string;
  readonly subject: string;
  /** The provider's own names; null where it gave none. */
  readonly groups: readonly string[] | null;
  /** When the provider was asked last and answered, ms. */
  readonly checkedAt: number;
  /** The provider does not know them any more, or ended what they had entered with. */
  readonly gone: boolean;
}

/** How long what the provider said holds while nobody can ask it. */
const STANDING_MS = 15 * 60_000;
/** Clocks of one person's processes differ by less. */
const CLOCK_SKEW_MS = 60_000;

export function readStanding(text: string | undefined): Standing | undefined {
  if (text === undefined) return undefined;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  if (!isObject(value) || value["v"] !== 1) return undefined;
  const { issuer, subject, groups, checkedAt, gone } = value;
  const isList = groups === null || (Array.isArray(groups) && groups.every((each) => typeof each === "string"));
  const isStanding =
    typeof issuer === "string" &&
    typeof subject === "string" &&
    isList &&
    typeof checkedAt === "number" &&
    typeof gone === "boolean";
  return isStanding ? (value as unknown as Standing) : undefined;
}

/** Nobody any more, under a name that stays taken: what needs a signature still needs one. */
const nobody = ({ name }: Approver): Approver => ({ name, groups: [], roles: [] });

function within(approver: Approver, { groups: given }: Standing, { groups: meanings }: OidcConfig): Approver {
  if (meanings === undefined) return approver;
  const held = meanings.filter(([name]) => given?.includes(name) === true).map(([, meaning]) => meaning);
  return {
    ...approver,
    groups: approver.groups.filter((group) => held.some(({ groups }) => groups.includes(group))),
    roles: rolesOf(approver).filter((role) => held.some(({ roles }) => roles.includes(role))),
  };
}

/** What counts of this approver now. `oidcs`: of every configuration in force; undefined where one has no provider. */
export function counting(
  approver: Approver,
  standing: Standing | undefined,
  oidcs: readonly (OidcConfig | undefined)[],
  now: number,
): Approver {
  const { subject } = approver;
  if (subject === undefined) return approver;
  if (standing === undefined || standing.gone || standing.subject !== subject) return nobody(approver);
  const age = now - standing.checkedAt;
  // A time that is still to come proves no age.
  if (age > STANDING_MS || age < -CLOCK_SKEW_MS) return nobody(approver);
  return oidcs.reduce<Approver>(
    (left, oidc) =>
      oidc === undefined || oidc.issuer !== standing.issuer ? nobody(approver) : within(left, standing, oidc),
    approver,
  );
}

/** Where the store keeps it. */
export const standingNote = (config: string, name: string): string => `standing/${config}/${name}`;
