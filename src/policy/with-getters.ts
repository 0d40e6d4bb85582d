/**
 * Objects that tell what changes by getters, such as a log whether it is sealed. Written in one piece, V8 (of Node 20 to
 * 24) keeps such an object as a dictionary: whatever is asked of it is searched for, and none of its functions becomes
 * part of its caller. That made a call over HTTP a twentieth slower. With its getters on a prototype it is like all others.
 */

/** The same members. A copy by `...` has only those that are no getters: none is made of what was given through here. */
export function withGetters<T extends object>(written: T): T {
  const own = {};
  const getters = {};
  for (const [name, member] of Object.entries(Object.getOwnPropertyDescriptors(written)))
    Object.defineProperty(member.get === undefined ? own : getters, name, member);
  return Object.setPrototypeOf(own, getters) as T;
}
