/** Syslog messages as in RFC 5424: the facts as structured data, the entry's own line as the message. Pure. */

import type { Plain, Weight } from "./plain.ts";

/** "log audit", RFC 5424 section 6.2.1. */
const FACILITY = 13;
const SEVERITY: Readonly<Record<Weight, number>> = { error: 3, warning: 4, notice: 5, info: 6 };

/** RFC 5612 gives this number to examples: Kidoban has none of its own. */
const ELEMENT = "kidoban@32473";

/** RFC 5424 section 6.3.3: these three are escaped, in UTF-8. */
const value = (text: string): string => text.replaceAll(/["\\\]]/g, (each) => `\\${each}`);
/** RFC 5424 section 6: printable ASCII, of limited length, or nothing. */
const header = (text: string, most: number): string => text.replaceAll(/[^\x21-\x7E]/g, "?").slice(0, most) || "-";

/** One message with its line end. `host`: where the log was written. */
export function syslogLine(plain: Plain, host: string): string {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["stream", plain.stream],
    ["n", String(plain.n)],
    ["leaf", plain.leaf],
    ["agent", plain.agent],
    ["server", plain.server],
    ["name", plain.name],
    ["decision", plain.effect],
    ["rules", plain.rules.length === 0 ? undefined : plain.rules.join(" ")],
    ["status", plain.status],
    ["by", plain.by],
    ["call", plain.call],
    ["request", plain.request],
  ];
  const data = facts.flatMap(([name, text]) => (text === undefined ? [] : [` ${name}="${value(text)}"`])).join("");
  const head = `<${FACILITY * 8 + SEVERITY[plain.weight]}>1 ${plain.time} ${header(host, 255)} kidoban - ${header(plain.kind, 32)}`;
  // The mark says that the message is UTF-8 (RFC 5424 section 6.4).
  return `${head} [${ELEMENT}${data}] \uFEFF${plain.line}\n`;
}
