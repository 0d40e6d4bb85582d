/** Whose answers count where more than one configuration has a say. Pure. */

import type { Approver } from "../approval/statement.ts";

/** Those in every list under the same key, with the groups that all of them give. */
export function commonApprovers(lists: readonly (readonly Approver[])[]): readonly Approver[] {
  const [first = [], ...others] = lists;
  return first.flatMap(({ name, key, groups }) => {
    const twins = others.map((list) => list.find((other) => other.name === name && other.key === key));
    if (twins.includes(undefined)) return [];
    return [{ name, key, groups: groups.filter((group) => twins.every((twin) => twin?.groups.includes(group))) }];
  });
}
