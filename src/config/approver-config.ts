/** `approvers:` of kidoban.yaml: who has a say, by which keys, in which roles. Judges no answer. */

import * as z from "zod";
import { keysOf, type Approver, type Away } from "../approval/approver.ts";
import { passkeyOf } from "../approval/passkey.ts";
import type { Place } from "../policy/manifest.ts";
import { nearest } from "../policy/nearest.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { entries, id, member, say, strict, text, valid } from "./shape.ts";

export interface ConfiguredApprover extends Approver {
  readonly place: Place;
}

/** Of a console: https, or http where the browser takes the host for this machine (W3C Secure Contexts). */
const isOrigin = (written: string): boolean => {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || url.origin !== written) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && /^(.+\.)?localhost$/.test(url.hostname));
};

const passkeySchema = strict({
  id: z.string().regex(/^[\w-]{16,1400}$/, say("bad-passkey")),
  key: z
    .string()
    .refine((written) => passkeyOf(written) !== undefined, say("bad-passkey"))
    .meta({ description: "es256:… or rs256:…, as the enrolment page gives it." }),
  origin: z.string().refine(isOrigin, say("bad-origin")).meta({ description: "Where it was enrolled, exactly." }),
  rp: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, say("bad-host"))
    .meta({ description: "WebAuthn relying-party id: the host of origin, or a domain above it." }),
});

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/;
const date = z
  .string()
  .refine((written) => DATE.test(written) && !Number.isNaN(Date.parse(written)), say("bad-date"))
  .meta({ description: "2026-12-28 (midnight UTC) or 2026-12-28T09:00:00+09:00." });

export const approverSchema = strict({
  key: z
    .string()
    // The last letter carries only four bits; one that fills the others would write the same key a second way (RFC 4648 section 3.5).
    .regex(/^ed25519:[\w-]{42}[AEIMQUYcgkosw048]$/, say("bad-approver-key"))
    .optional()
    .meta({ description: "The line that `kidoban approver add` prints; it proves `operator`." }),
  passkeys: z.array(passkeySchema).optional().meta({ description: "They prove `verified`." }),
  groups: z.array(id).optional(),
  roles: z
    .array(z.enum(["owner", "approver", "operator", "auditor"]))
    .optional()
    .meta({ description: "Left out: owner, approver and operator." }),
  subject: text
    .regex(/^[\x21-\x7e]{1,255}$/, say("bad-subject"))
    .optional()
    .meta({
      description:
        "`sub` at the OpenID provider of `console`; this one counts only as long as the provider knows them.",
    }),
  away: z
    .array(strict({ from: date, until: date, deputy: id }))
    .optional()
    .meta({ description: "When somebody else may answer in this one's place." }),
});

const isHostOf = (rp: string, origin: string): boolean => {
  const { hostname } = new URL(origin);
  return hostname === rp || hostname.endsWith(`.${rp}`);
};

export function readApprovers(reading: Reading): ConfiguredApprover[] {
  const { yaml, problems } = reading;
  const written = entries(member(yaml.value, "approvers"));
  const approvers = written.flatMap(([name, raw]): ConfiguredApprover[] => {
    const approver = valid(approverSchema, raw);
    if (approver === undefined) return [];
    const { key, passkeys, groups = [], roles, subject, away } = approver;
    passkeys?.forEach(({ rp, origin }, index) => {
      if (!isHostOf(rp, origin))
        problems.push(problem("bad-host", { found: rp }, yaml.place(["approvers", name, "passkeys", index, "rp"])));
    });
    return [
      {
        name,
        groups,
        ...(key === undefined ? {} : { key }),
        ...(passkeys === undefined ? {} : { passkeys }),
        ...(roles === undefined ? {} : { roles }),
        ...(subject === undefined ? {} : { subject }),
        ...(away === undefined ? {} : { away: away.map(readAway) }),
        place: yaml.place(["approvers", name], "key"),
      },
    ];
  });
  approvers.forEach((approver, index) => {
    oddities(reading, approver, approvers.slice(0, index));
    deputies(reading, approver, approvers);
  });
  return approvers;
}

const readAway = ({ from, until, deputy }: { from: string; until: string; deputy: string }): Away => ({
  from: Date.parse(from),
  until: Date.parse(until),
  deputy,
});

/** Nobody's key is somebody else's too: one human could be two of a quorum. */
function oddities(
  { yaml, problems }: Reading,
  approver: ConfiguredApprover,
  before: readonly ConfiguredApprover[],
): void {
  const { name, place } = approver;
  const keys = keysOf(approver);
  const twin = before.find((other) => keysOf(other).some((key) => keys.includes(key)));
  if (twin !== undefined || new Set(keys).size < keys.length)
    problems.push(
      problem(
        "duplicate-approver-key",
        { name: twin?.name ?? name },
        yaml.place(["approvers", name, approver.key === undefined ? "passkeys" : "key"]),
      ),
    );
  // An auditor logs in by the provider or not at all.
  if (keys.length === 0 && approver.subject === undefined)
    problems.push(problem("approver-without-key", { name }, place, "warning"));
}

function deputies(
  { yaml, problems }: Reading,
  { name, away }: ConfiguredApprover,
  all: readonly ConfiguredApprover[],
): void {
  const others = all.map((each) => each.name).filter((other) => other !== name);
  away?.forEach(({ from, until, deputy }, index) => {
    const path = ["approvers", name, "away", index];
    if (until <= from) problems.push(problem("away-backwards", { name }, yaml.place([...path, "until"])));
    if (!others.includes(deputy)) {
      const suggestion = nearest(deputy, others) ?? "";
      problems.push(problem("away-deputy", { name, deputy, suggestion }, yaml.place([...path, "deputy"])));
    }
  });
}
