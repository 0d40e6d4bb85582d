/** What looks like a secret in a text that should not hold one: whether it does, and the text without it. */

import { isPlaceholder, SECRET_FORMS } from "../audit/secret-forms.ts";

/** The kind of the first secret that seems to stand in a text. */
export function secretIn(text: string): string | undefined {
  // No form is shorter than ://a:bbb@, most keys and values of a file are.
  if (text.length < 9) return undefined;
  for (const { name, form, certain } of SECRET_FORMS) {
    for (const [match] of text.matchAll(form)) if (certain === true || !isPlaceholder(match)) return name;
  }
  return undefined;
}

/** The text, as long as it was, with whatever looks like a secret blotted out, for messages about it. */
export function blotSecrets(text: string): string {
  let blotted = text;
  for (const { form } of SECRET_FORMS)
    blotted = blotted.replaceAll(form, (match) => match.slice(0, 3).padEnd(match.length, "•"));
  return blotted;
}

/** Names of variables and headers whose value is a secret however it looks. */
const TELLING =
  /(?:^|[_-])(?:token|secret|passwords?|passwd|passphrase|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|authorization|cookie)$/i;

/** Whether `value` under this name must be a secret: not a path, a number, a switch or a short word. */
export const namesSecret = (name: string, value: string): boolean =>
  TELLING.test(name) && value.length >= 8 && !/^(?:\d+$|\.{0,2}\/|~\/|[a-z]+:\/\/|[A-Z]:\\)/.test(value);
