/**
 * Tells a literal secret from an ordinary setting, by its name and by its looks. Errs on the side of "secret": moving
 * a harmless value into a 0600 file costs nothing, leaving a token in the open does. Linear patterns only.
 */

const NAME_PARTS = new Set([
  ..."token secret password passwd passphrase pass pwd pat credential credentials auth authorization cookie".split(" "),
  ..."bearer jwt key apikey accesskey secretkey privatekey apitoken authtoken accesstoken dsn".split(" "),
]);

/** What a name ends with when it speaks *of* a secret: where it is, how long it lives. */
const HARMLESS_ENDS = new Set([
  ..."file path dir url uri endpoint host id name env sock socket type mode method expiry ttl length size".split(" "),
  ..."count limit enabled disabled region version scope scopes issuer audience provider port timeout".split(" "),
]);

const LOOKS: readonly RegExp[] = [
  /-----BEGIN (?:[A-Z]+ ){0,2}PRIVATE KEY/,
  /:\/\/[^\s/:@?#]{0,64}:[^\s/@?#]{1,256}@/,
  /\beyJ[\w-]{10,4000}\.eyJ[\w-]{10,4000}\./,
  /(?<![A-Za-z0-9])(?:gh[oprsu]_|github_pat_|npm_|ntn_|[prs]k_(?:live|test)_|hf_|shpat_|lin_api_|figd_|dop_v1_)\w{12}/,
  /(?<![\w-])(?:gl(?:pat|ptt|rt|dt|cbt)-|xox[abeoprs]-|xapp-|sk-|pypi-|tvly-|SG\.|AGE-SECRET-KEY-1)[\w.-]{12}/,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}/,
  /(?<![\w-])AIza[\w-]{30}/,
  /hooks\.slack\.com\/services\/T/,
  /(?<!\w)(?:bearer|basic|token)\s[\w.~+/=-]{6}/i,
];

/** `GITHUB_TOKEN`, `X-Api-Key`, `--clientSecret`; not `TOKEN_FILE`, `MAX_TOKENS`. */
export function isSecretName(name: string): boolean {
  const parts = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== "");
  const last = parts.at(-1);
  if (last === undefined || HARMLESS_ENDS.has(last)) return false;
  return parts.some((part) => NAME_PARTS.has(part) || /(?:token|secret|password|apikey)$/.test(part));
}

/** Long, without words, of mixed letters and digits. */
function looksRandom(value: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(value)) return true;
  if (!/^[A-Za-z0-9+/_=-]{24,}$/.test(value) || value.startsWith("/")) return false;
  return /[0-9]/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value) && entropy(value) > 3.5;
}

/** Shannon's, in bits a character. */
function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

const isSecretValue = (value: string): boolean => LOOKS.some((look) => look.test(value)) || looksRandom(value.trim());

// A flag or a path under a secret's name is none. As secrets they would be cut out of every result that mentions them;
// what is shorter than six characters cannot be told from ordinary text at all.
const isPlain = (value: string): boolean =>
  value.length < 6 ||
  /^(?:undefined|disabled|enabled)$/i.test(value) ||
  /^(?:~|\.{0,2}\/|[A-Za-z]:[\\/])[^\s:@]*$/.test(value);

/** Whether a variable or header of this name with this value holds a secret. */
export const isSecret = (name: string, value: string): boolean =>
  isSecretValue(value) || (isSecretName(name) && !isPlain(value));

/** The first argument that holds a secret, by position; -1 where none does. */
export function secretArgument(args: readonly string[]): number {
  return args.findIndex((arg, index) => {
    if (isSecretValue(arg)) return true;
    const pair = /^(?:--?)?([A-Za-z][\w.-]*)\s*[=:]\s*(.+)$/s.exec(arg);
    if (pair !== null && isSecret(pair[1] ?? "", pair[2] ?? "")) return true;
    const flag = args[index - 1];
    return flag !== undefined && /^--?[A-Za-z][\w-]*$/.test(flag) && !arg.startsWith("-") && isSecret(flag, arg);
  });
}

/** Whether a URL carries a secret: a user's password, a named query member, or a part that looks like one. */
export function hasSecretInUrl(text: string): boolean {
  if (!URL.canParse(text)) return isSecretValue(text);
  const url = new URL(text);
  if (url.password !== "" || isSecretValue(text)) return true;
  if ([...url.searchParams].some(([name, value]) => isSecret(name, value))) return true;
  return url.pathname.split("/").some(isSecretValue);
}
