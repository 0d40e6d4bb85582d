/** What looks like a secret in a text that should not hold one: whether it does, and the text without it. */

import { secretsIn } from "../audit/secret-forms.ts";

/** The kind of the first secret that seems to stand in a text. */
export const secretIn = (text: string): string | undefined =>
  secretsIn(text).find(({ isPlaceholder }) => !isPlaceholder)?.kind;

/** The text, as long as it was, with whatever looks like a secret blotted out, for messages about it. */
export function blotSecrets(text: string): string {
  let blotted = "";
  for (const { from, to } of secretsIn(text).toSorted((a, b) => a.from - b.from)) {
    blotted += text.slice(blotted.length, from + 3);
    blotted += text.slice(blotted.length, to).replaceAll(/[^\n]/g, "•");
  }
  return blotted + text.slice(blotted.length);
}

/** Names of variables and headers whose value is a secret however it looks. */
const TELLING =
  /(?:^|[_-])(?:token|secret|passwords?|passwd|passphrase|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|authorization|cookie)$/i;

/** Whether `value` under this name must be a secret: not a path, a number, a switch or a short word. */
export const namesSecret = (name: string, value: string): boolean =>
  TELLING.test(name) && value.length >= 8 && !/^(?:\d+$|\.{0,2}\/|~\/|[a-z]+:\/\/|[A-Z]:\\)/.test(value);
