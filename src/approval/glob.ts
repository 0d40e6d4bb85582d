/**
 * `*` and `?` over the value of one argument, for passes. Stricter than the patterns of rules: nobody looks at the call, so
 * a wildcard stands for plain letters, digits and `_ - . + = ~` alone. What separates or leads elsewhere (`/`, `@`, `,`, `%`,
 * spaces) must be written out, and no part of the value may be `.` or `..`. Pure.
 */

const PLAIN = /^[\p{L}\p{M}\p{N}_\-.+=~]$/u;

/** Beyond these a value is not compared, and so does not fit. In code points. */
const LONGEST_VALUE = 4096;
export const LONGEST_GLOB = 256;

const leadsElsewhere = (value: string): boolean =>
  value.split(/[/\\]/).some((segment) => segment === "." || segment === "..");

/** At most pattern × value steps. */
export function fitsGlob(glob: string, value: string): boolean {
  const [pattern, text] = [Array.from(glob), Array.from(value)];
  if (pattern.length > LONGEST_GLOB || text.length > LONGEST_VALUE || leadsElsewhere(value)) return false;
  const plain = text.map((char) => PLAIN.test(char));
  // `reached[t]`: the pattern so far stands for the first `t` characters.
  let reached = text.map(() => false);
  reached.unshift(true);
  for (const symbol of pattern) {
    const next = reached.map(() => false);
    for (let t = 0; t <= text.length; t++) {
      if (symbol === "*") next[t] = reached[t] === true || (t > 0 && next[t - 1] === true && plain[t - 1] === true);
      else if (t > 0 && reached[t - 1] === true)
        next[t] = symbol === "?" ? plain[t - 1] === true : symbol === text[t - 1];
    }
    reached = next;
  }
  return reached[text.length] === true;
}
