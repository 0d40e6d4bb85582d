/** For what is made of a value that mostly comes again: clients say the same with every request, entries share a second. */

/** Makes it anew only when another value comes than the time before; made it must stay as it is. */
export function remembered<T, R>(make: (value: T) => R): (value: T) => R {
  let last: { readonly value: T; readonly made: R } | undefined;
  return (value) => {
    if (last === undefined || last.value !== value) last = { value, made: make(value) };
    return last.made;
  };
}
