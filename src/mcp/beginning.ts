/** Whose answer a message was that is too long to be read, as far as its beginning tells. Pure. */

/** Before anything is nested, so that no id inside of a result is taken for the message's own. */
const ID_FIRST = /^\s*\{[^{}[\]]{0,200}"id"\s*:\s*(\d{1,15})\s*,/;
const RESULT_FIRST = /^\s*\{[^{}[\]]{0,200}"(?:result|error)"\s*:/;

/** `someone`: an answer whose id comes after its result. Undefined: no answer, as far as can be seen. */
export function answererIn(beginning: string): number | "someone" | undefined {
  const id = ID_FIRST.exec(beginning)?.[1];
  if (id !== undefined) return Number(id);
  return RESULT_FIRST.test(beginning) ? "someone" : undefined;
}
