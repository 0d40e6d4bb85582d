/**
 * The canonical text of what is started or reached, which a lock keeps and an approval binds: whatever could make another
 * server answer under the same id changes it. Secrets stand in it by name, never by value.
 */

/** `NAME=value … command args…`, environment sorted by name, quoted (as JSON) wherever a space or a quote could mislead. */
export function commandEndpoint(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): string {
  const variables = Object.entries(env)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${word(value)}`);
  // A command with `=` would read as one more variable.
  const program = command.includes("=") ? JSON.stringify(command) : word(command);
  return [...variables, program, ...args.map(word)].join(" ");
}

/** The URL, then `name: value` of each header, names in lower case and sorted. */
export function urlEndpoint(url: URL, headers: Readonly<Record<string, string>>): string {
  const named = Object.entries(headers)
    .map(([name, value]) => `${name.toLowerCase()}: ${JSON.stringify(value)}`)
    .toSorted();
  return [url.href, ...named].join(" ");
}

/** What single agents bring along: it could make another server answer too, so one text holds all of it. */
export function withAgents(
  endpoint: string,
  credentials: Readonly<Record<string, Readonly<Record<string, string>>>>,
): string {
  const own = Object.entries(credentials)
    .filter(([, values]) => Object.keys(values).length > 0)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([agent, values]) => {
      const sorted = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
      return `[${agent}: ${sorted.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(" ")}]`;
    });
  return [endpoint, ...own].join(" ");
}

const PLAIN = /^[\w@%+=:,./${}~^*?!-]+$/;
const word = (text: string): string => (PLAIN.test(text) ? text : JSON.stringify(text));
