/** What Kidoban promises. Data only; every id must be cited by the title of at least one test. */

export const PROMISES: Readonly<Record<string, string>> = {
  P1: "Default deny. What the manifest does not allow is neither listed nor callable; a denied name answers exactly like an unknown one.",
  P2: "No write without leave. A write reaches a server only by an allow rule, by an approval of exactly that action used at most once, or by a pass within its bounds.",
  P3: "What was shown is what runs. The arguments shown, approved and sent derive from one parse and have one digest.",
  P4: "No entry, no call. The intent is recorded before the server sees the call, the outcome before the agent sees the result; what cannot be recorded is refused.",
  P5: "Never twice, never guessed. After any crash each write is exactly one of not sent, finished, unknown; Kidoban never re-sends a write by itself.",
  P6: "The log proves itself. With the files and a public key, offline: every change inside the signed part is found and placed.",
  P7: "The agent's side cannot approve. No approve tool, route or secret on its transport, its logs or its results.",
  P8: "Stop means stop. It returns when every live process has acknowledged; from that entry on nothing is forwarded, also after a restart.",
  P9: "Secrets stay home. No configured secret in a manifest, a command line, the log, the console, a result or an error.",
  P10: "Otherwise invisible. What is allowed behaves as if the gate were not there, in both protocol eras, but for a closed list of exceptions.",
  P11: "An error is stricter, never looser. What cannot be read, evaluated or recognised is denied, asked, or refused at start.",
  P12: "Configuration is a write. The gate runs the last accepted configuration; what narrows holds at once, what widens waits for a human.",
};
