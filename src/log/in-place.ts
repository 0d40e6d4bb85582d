/** A list kept in order while things come and go. */

/** Puts one where it belongs; `isAhead`: whether it stands before that other one. */
export function putInPlace<T>(list: T[], one: T, isAhead: (other: T) => boolean): void {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = list[middle];
    if (other !== undefined && !isAhead(other)) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, one);
}
