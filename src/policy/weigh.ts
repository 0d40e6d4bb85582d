/** How much there is of a value, for bounds on work that an agent's arguments could stretch. Pure. */

import type { Json } from "./json.ts";

/** Characters, of keys too, and `element` for every value, all the way down. */
export function weigh(value: Json, element: number): number {
  if (typeof value === "string") return element + value.length;
  if (typeof value !== "object" || value === null) return element;
  let weight = element;
  for (const [key, each] of Object.entries(value)) weight += key.length + weigh(each, element);
  return weight;
}
