/** The files on disk as a proposal against what is accepted (P12): what it changes, and how it comes into force. */

import { dirname } from "node:path";
import { verifyAcceptance, type Acceptance } from "../approval/acceptance.ts";
import type { Approver } from "../approval/approver.ts";
import type { Proof } from "../approval/proof.ts";
import { digestOf } from "../config/files.ts";
import { loadConfig, parseFiles, type Loaded } from "../config/load.ts";
import { withSql } from "../config/sql-readers.ts";
import { hasErrors } from "../config/problem.ts";
import { compileAccepted, compilePolicy, type Policy } from "../policy/policy.ts";
import { compareRights, type RightChanges } from "../policy/widening.ts";
import { DEFAULT_LOG } from "../config/retention.ts";
import { mayTwo, signersFor } from "../audit/keeping.ts";
import { recordingText, recordsLess } from "../audit/recording.ts";
import type { Config } from "../config/config-file.ts";
import type { Consent } from "../audit/retention-entry.ts";
import { consentBeside, seasonedNow } from "./consents.ts";
import { keepingOf } from "./keeping.ts";
import { saysOf } from "./reading.ts";
import type { Store } from "../store/store.ts";
import { archiveOf } from "./archive.ts";
import { countingOf, type Named } from "./approvers-now.ts";
import { retentionText } from "./log-terms.ts";
import { configChanges, type ConfigChange, type Configured } from "./changes.ts";
import { compileAll } from "./policies.ts";
import { RejectedConfig } from "./rejected.ts";
import type { State } from "./state.ts";

export interface Proposal {
  /** Absolute path of the kidoban.yaml. */
  readonly config: string;
  /** Of the bytes that were compared, and no others are accepted. */
  readonly digest: string;
  readonly files: ReadonlyMap<string, string>;
  /** What the log keeps of it. */
  readonly archive: string;
  /** Digest of what is accepted until now; undefined for the first acceptance. */
  readonly previous: string | undefined;
  /** A later acceptance is signed at a later time, or running gates take it for an old one said again. */
  readonly acceptableFrom: number;
  /** Those accepted until now. While there are any, one of them must sign. */
  readonly approvers: readonly Approver[];
  /** The providers that have to know those of them who are bound to one. */
  readonly oidcs: Named["oidcs"];
  readonly rights: RightChanges;
  readonly changes: readonly ConfigChange[];
  /** Where less would be kept, so that two have to sign: what is said of it before and after. */
  readonly shortened: { readonly from: string; readonly to: string } | undefined;
}

interface Edition {
  readonly configured: Configured;
  readonly policies: ReadonlyMap<string, Policy>;
}

/** Throws RejectedConfig with everything that is wrong. */
function edition(loaded: Loaded, compile: typeof compilePolicy): Edition {
  const { policies, problems } = compileAll(loaded, compile);
  const { config } = loaded;
  if (config === undefined || hasErrors(problems)) throw new RejectedConfig(problems, loaded.sources);
  const waits = new Map<string, number>();
  const roots = new Map<string, readonly string[]>();
  for (const { agent, holdMs, grants } of loaded.manifests.values()) {
    if (holdMs !== undefined) waits.set(agent, holdMs);
    for (const grant of grants) if (grant.roots !== undefined) roots.set(`${agent}/${grant.server}`, grant.roots);
  }
  return { configured: { config, waits, roots }, policies };
}

/** Reads the files once. Throws RejectedConfig for files with errors, ConfigError where they cannot be read. */
export async function proposalOf(config: string, store: Store): Promise<Proposal> {
  const loaded = await loadConfig(config);
  const now = edition(loaded, compilePolicy);
  const archived = await store.accepted(config);
  const before =
    archived === undefined
      ? undefined
      : edition(await withSql(parseFiles(archived.files, dirname(config))), compileAccepted);
  return {
    config,
    digest: digestOf(loaded.sources),
    files: loaded.sources,
    archive: archiveOf(loaded, now.configured.config),
    previous: archived?.digest,
    acceptableFrom: archived === undefined ? 0 : archived.acceptedAt + 1,
    approvers: before?.configured.config.approvers ?? [],
    oidcs: [before?.configured.config.console?.oidc],
    rights: compareRights(before?.policies ?? new Map(), now.policies),
    changes: configChanges(before?.configured, now.configured),
    shortened: shortenedBetween(before?.configured.config, now.configured.config),
  };
}

const keptText = ({ log = DEFAULT_LOG }: Config, servers: readonly string[]): string =>
  [retentionText(log.retention), ...servers].join(", ");

/** Of a first acceptance nothing: nobody was promised anything before. */
function shortenedBetween(before: Config | undefined, now: Config): Proposal["shortened"] {
  if (before === undefined) return undefined;
  if (signersFor(keepingOf(before), keepingOf(now)) === 0) return undefined;
  const less = [...before.servers].flatMap(([id, { recording: old }]) => {
    const fresh = now.servers.get(id)?.recording;
    return fresh === undefined || !recordsLess(old, fresh) ? [] : [[id, old, fresh] as const];
  });
  return {
    from: keptText(
      before,
      less.map(([id, old]) => `${id}: ${recordingText(old)}`),
    ),
    to: keptText(
      now,
      less.map(([id, , fresh]) => `${id}: ${recordingText(fresh)}`),
    ),
  };
}

export type AcceptAnswer =
  | { readonly kind: "accepted" }
  /** Another process has accepted something since the proposal was compared. */
  | { readonly kind: "overtaken" }
  | { readonly kind: "not-approver" }
  /** Less would be kept, and another approver has to sign the same; this signature is kept until then. */
  | { readonly kind: "needs-another" }
  /** The same, and there are no two who may accept and could for a month. */
  | { readonly kind: "needs-two" };

/** `by`: who accepts where nobody needs to sign. */
export type Leave = { readonly by: string; readonly at: number } | Acceptance;

const proofOf = ({ body: _signed, beside: _other, ...proof }: Acceptance): Proof => proof;
const consentOf = (signed: Acceptance): Consent => ({
  approver: signed.body.approver,
  acceptedAt: signed.body.acceptedAt,
  ...proofOf(signed),
});

/** Recorded durably, then in force: running gates look at the store. */
export async function accept(state: State, proposal: Proposal, leave: Leave, now = Date.now()): Promise<AcceptAnswer> {
  const { config, digest, files, previous, approvers } = proposal;
  const { store, log } = state;
  const signed = "body" in leave ? leave : undefined;
  const isThis = signed?.body.config === config && signed.body.previous === previous && signed.body.digest === digest;
  const counted = await countingOf(store, config, { approvers, oidcs: proposal.oidcs }, now);
  if (approvers.length > 0 && (signed === undefined || !isThis || !verifyAcceptance(signed, counted))) {
    log.record({ kind: "config.refused", reason: `${digest}: not accepted by an approver` });
    await log.synced();
    return { kind: "not-approver" };
  }
  if ((await store.acceptedDigest(config)) !== previous) return { kind: "overtaken" };
  let beside: Acceptance | undefined;
  if (proposal.shortened !== undefined && previous !== undefined) {
    const read = (files: Proposal["files"]) => saysOf(config, files, dirname(config));
    const able = await seasonedNow(await store.acceptedHistory(config), counted, now, read);
    if (signed === undefined || !mayTwo(able)) {
      log.record({
        kind: "config.refused",
        reason: `${digest}: keeping less needs two who were approvers for a month`,
      });
      await log.synced();
      return { kind: "needs-two" };
    }
    beside = await consentBeside(store, signed, able);
    if (beside === undefined) return { kind: "needs-another" };
    log.record({
      kind: "retention.changed",
      config,
      digest,
      previous,
      ...proposal.shortened,
      consents: [beside, signed].map(consentOf),
    });
  }
  const { by, acceptedAt } =
    "body" in leave
      ? { by: leave.body.approver, acceptedAt: leave.body.acceptedAt }
      : { by: leave.by, acceptedAt: leave.at };
  log.record({
    kind: "config.accepted",
    digest,
    by,
    config,
    ...(previous === undefined ? {} : { previous }),
    acceptedAt,
    ...(signed === undefined ? {} : proofOf(signed)),
    first: previous === undefined,
    archive: log.archive(proposal.archive),
  });
  await log.synced();
  const isIn = await store.accept({
    config,
    digest,
    files,
    acceptedAt,
    by,
    ...(previous === undefined ? {} : { previous }),
    ...(signed === undefined ? {} : { acceptance: beside === undefined ? signed : { ...signed, beside } }),
  });
  if (isIn) return { kind: "accepted" };
  log.record({ kind: "config.refused", reason: `${digest}: another one was accepted meanwhile` });
  await log.synced();
  return { kind: "overtaken" };
}
