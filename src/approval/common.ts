/** Whose answers count where more than one configuration has a say. Pure. */

import { keysOf, rolesOf, type Approver, type Passkey } from "./approver.ts";

/** Those in every list by a same key or subject, with the groups, roles and passkeys that all of them give. */
export function commonApprovers(lists: readonly (readonly Approver[])[]): readonly Approver[] {
  const [first = [], ...others] = lists;
  return first.flatMap((one) => {
    const twins = others.map((list) => list.find((other) => other.name === one.name));
    const known = twins.filter((twin) => twin !== undefined);
    if (known.length < twins.length) return [];
    const both = known.reduce(common, one);
    // A name under which nothing stayed the same is somebody else by now.
    return keysOf(both).length === 0 && both.subject === undefined ? [] : [both];
  });
}

/** What both say of one person. */
function common(one: Approver, other: Approver): Approver {
  const key = one.key === other.key ? one.key : undefined;
  const passkeys = (one.passkeys ?? []).filter((each) =>
    (other.passkeys ?? []).some((twin) => isSamePasskey(each, twin)),
  );
  const roles = rolesOf(one).filter((role) => rolesOf(other).includes(role));
  const away = (one.away ?? []).filter((each) =>
    (other.away ?? []).some(
      (twin) => twin.deputy === each.deputy && twin.from === each.from && twin.until === each.until,
    ),
  );
  // Bound to a person of the provider by either, it counts only as long as that person is known there.
  const subject = one.subject ?? other.subject;
  return {
    name: one.name,
    ...(key === undefined ? {} : { key }),
    ...(passkeys.length === 0 ? {} : { passkeys }),
    groups: one.groups.filter((group) => other.groups.includes(group)),
    roles: one.subject !== undefined && other.subject !== undefined && one.subject !== other.subject ? [] : roles,
    ...(away.length === 0 ? {} : { away }),
    ...(subject === undefined ? {} : { subject }),
  };
}

const isSamePasskey = (one: Passkey, other: Passkey): boolean =>
  one.id === other.id && one.key === other.key && one.rp === other.rp && one.origin === other.origin;
