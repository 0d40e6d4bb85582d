/**
 * Proves what came into force (P12): each acceptance by an approver of the configuration before it, by two where less is
 * kept than before, and nothing applied that nobody accepted. Keeps one fact of each configuration until all streams have
 * been read. Pure.
 */

import { verifyAcceptance, type Acceptance } from "../approval/acceptance.ts";
import type { ArchivedConfig } from "./archive.ts";
import type { Archives } from "./editions.ts";
import type { ConfigRef, Entry, EntryBody } from "./entry.ts";
import type { Fault } from "./fault.ts";
import { acceptedHistory, MOMENT_MS, type AcceptedAt } from "./history.ts";
import { areOfTwo, seasoned, signersFor, type Named } from "./keeping.ts";
import { isBefore, type Placed } from "./order.ts";
import { DEFAULT_RETENTION, leastOf, longest, type Retention } from "./retention.ts";
import { rotationProof } from "./rotated.ts";
import type { Rotation } from "./rotation.ts";

type Changed = Extract<EntryBody, { readonly kind: "retention.changed" }>;

export interface AcceptanceProof {
  /** `under`: see Placed. */
  take(entry: Entry, stream: string, line: number, under: number | undefined): void;
  /** Of replaced keys: what the file beside the ledger does not say so, or nobody let through who had to. */
  rotation(told: readonly (Rotation | undefined)[], archives: Archives): Promise<Fault | undefined>;
  /** `settledUntil`, ms: what was written later may lean on what is not read yet. */
  end(archives: Archives, settledUntil: number): Promise<Fault | undefined>;
  /** How long things had to be kept then, by what was in force of each configuration. */
  keptAt(archives: Archives, at: number): Promise<Retention>;
}

const fault = (code: Fault["code"], { stream, line }: Pick<Placed, "stream" | "line">, found: string): Fault => ({
  code,
  file: stream,
  line,
  found,
});

export function acceptanceProof(): AcceptanceProof {
  const history = acceptedHistory();
  /** Changes that two have to sign: see retention-entry.ts. */
  const changed: (Placed & { readonly body: Changed })[] = [];
  /** By path and digest, where it was applied first. */
  const applied = new Map<string, Placed & { readonly config: string; readonly ref: ConfigRef }>();
  const rotated = rotationProof();
  /** Archives by the digests of the files in them. */
  const archiveOf = new Map<string, string>();

  /** Whether something of this path was in force before, or went on from what was, and so had a say. */
  function hadBefore(each: AcceptedAt, config: string): boolean {
    const { digest } = each.body;
    const ofPath = [...applied.values()].filter((one) => one.config === config);
    const next = history.all.filter(({ body }) => !body.first && body.config === config);
    if ([...ofPath, ...next].some((one) => isBefore(one, each, MOMENT_MS))) return true;
    // Of two that found nothing at the same moment, only one came into force without anybody.
    const own = ofPath.find((one) => one.ref.digest === digest);
    if (own === undefined || next.some(({ body }) => body.digest === digest)) return false;
    return ofPath.some((one) => one.ref.digest !== digest && isBefore(one, own));
  }

  const readOf = async (digest: string, archives: Archives): Promise<ArchivedConfig | Fault["code"] | undefined> => {
    const archive = archiveOf.get(digest);
    return archive === undefined ? undefined : archives.read({ digest, archive });
  };

  async function judge(each: AcceptedAt, archives: Archives, until: number): Promise<Fault | undefined> {
    const { digest, archive, by, config, previous, acceptedAt, key, signature, passkey, first } = each.body;
    const own = archive === undefined ? undefined : await archives.read({ digest, archive });
    if (typeof own === "string") return fault(own, each, archive ?? "");
    const wrong = fault("acceptance", each, digest);
    if (config === undefined || (!first && previous === undefined)) return wrong;
    if (first || previous === undefined) return hadBefore(each, config) ? wrong : undefined;
    const read = await readOf(previous, archives);
    if (read === undefined) return each.at > until ? undefined : wrong;
    if (typeof read === "string") return fault(read, each, archiveOf.get(previous) ?? "");
    if (own === undefined || (signersFor(read, own) === 2 && !isTold(each))) return wrong;
    if (read.approvers.length === 0) return undefined;
    if (acceptedAt === undefined || key === undefined || signature === undefined) return wrong;
    const body = { v: 1, config, previous, digest, approver: by, acceptedAt } as const;
    const proof = { key, signature, ...(passkey === undefined ? {} : { passkey }) };
    return verifyAcceptance({ body, ...proof }, read.approvers) ? undefined : wrong;
  }

  /** Whether an entry before it has the signatures of two; these are judged by themselves. */
  const isTold = ({ at, body: { config, previous, digest } }: AcceptedAt): boolean =>
    changed.some(
      ({ body, ...each }) =>
        body.config === config && body.previous === previous && body.digest === digest && each.at <= at + MOMENT_MS,
    );

  /** Whom the configurations named, from this one back, until one cannot be read. */
  async function namedBefore({ body, at }: (typeof changed)[number], archives: Archives): Promise<readonly Named[]> {
    const named: Named[] = [];
    for (const one of history.back(body.config, body.previous, at)) {
      const read = await readOf(one.body.digest, archives);
      if (read === undefined || typeof read === "string") break;
      named.push({ at: one.body.first ? -Infinity : one.at, approvers: read.approvers });
    }
    return named;
  }

  /** Two people, each by a key that counted for long enough. */
  async function judgeChange(each: (typeof changed)[number], archives: Archives): Promise<Fault | undefined> {
    const { config, previous, digest, consents } = each.body;
    const read = await readOf(previous, archives);
    if (typeof read === "string") return fault(read, each, archiveOf.get(previous) ?? "");
    const approvers = seasoned(await namedBefore(each, archives), each.at);
    const signed = consents.map(({ approver, acceptedAt, ...proof }): Acceptance => ({
      body: { v: 1, config, previous, digest, approver, acceptedAt },
      ...proof,
    }));
    return areOfTwo(signed, approvers) ? undefined : fault("acceptance", each, digest);
  }

  return {
    take({ body, time, after }, stream, line, under) {
      const place = { stream, line, at: Date.parse(time), after, under };
      switch (body.kind) {
        case "retention.changed":
          changed.push({ body, ...place });
          return;
        case "config.accepted":
          history.add({ body, ...place });
          if (body.archive !== undefined) archiveOf.set(body.digest, body.archive);
          return;
        case "key.rotated":
          rotated.take(body, place);
          return;
        case "config.applied": {
          const { config, accepted: ref } = body;
          const key = `${config}\n${ref.digest}`;
          const known = applied.get(key);
          if (known === undefined || isBefore(place, known)) applied.set(key, { config, ref, ...place });
          for (const each of [ref, body.proposed]) if (each !== undefined) archiveOf.set(each.digest, each.archive);
          return;
        }
        default:
      }
    },
    rotation: (told, archives) => rotated.end(told, history, (digest) => readOf(digest, archives)),
    async end(archives, settledUntil) {
      for (const each of history.all) {
        const found = await judge(each, archives, settledUntil).catch(() =>
          fault("config-changed", each, each.body.digest),
        );
        if (found !== undefined) return found;
      }
      for (const each of changed) {
        const found = await judgeChange(each, archives).catch(() => fault("config-changed", each, each.body.digest));
        if (found !== undefined) return found;
      }
      const known = new Set(history.all.map(({ body }) => body.digest));
      for (const each of applied.values())
        if (!known.has(each.ref.digest) && each.at <= settledUntil)
          return fault("config-unaccepted", each, each.ref.digest);
      return undefined;
    },
    async keptAt(archives, at) {
      const each: Retention[] = [];
      for (const path of history.paths()) {
        const of: Retention[] = [];
        for (const { body } of history.lastOf(path, at)) {
          const read = await readOf(body.digest, archives);
          if (read !== undefined && typeof read !== "string") of.push(read.retention);
        }
        if (of.length > 0) each.push(leastOf(of));
      }
      return each.length === 0 ? DEFAULT_RETENTION : longest(each);
    },
  };
}
