/** Makes ids for kidoban.yaml and names for secrets out of whatever people called their servers. Pure. */

const RESERVED = "kidoban";

/** `[a-z][a-z0-9-]*`, none of `taken` and not reserved: "My Files" → `my-files`, "ファイル" → `server`. */
export function serverId(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/([a-z])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return free(plain === "" ? "server" : plain, (id) => id === RESERVED || taken.has(id), "-");
}

/** `[A-Z][A-Z0-9_]*`, none of `taken`: that of the variable, or with the server before it. */
export function secretName(server: string, variable: string, taken: ReadonlySet<string>): string {
  const short = upper(variable);
  if (short.includes("_") && !taken.has(short)) return short;
  return free(`${upper(server)}_${short === "" ? "SECRET" : short}`, (name) => taken.has(name), "_");
}

// With room left below the 64 characters that kidoban.yaml allows.
const upper = (text: string): string =>
  text
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "_")
    .replace(/^[^A-Z]+/, "")
    .slice(0, 30)
    .replace(/_+$/, "");

function free(wanted: string, isTaken: (name: string) => boolean, joint: string): string {
  if (!isTaken(wanted)) return wanted;
  for (let count = 2; ; count++) {
    const next = `${wanted}${joint}${count}`;
    if (!isTaken(next)) return next;
  }
}
