/**
 * The standings of everybody who is bound to the OpenID provider: shared by all processes through the store, asked for again
 * by whoever needs to know. What a process knows is what the store says, and never older than that.
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Approver } from "../../approval/approver.ts";
import type { Config } from "../../config/config-file.ts";
import type { Env } from "../../config/env.ts";
import type { OidcConfig } from "../../config/oidc-config.ts";
import { readPrivateFile, replacePrivateFile } from "../../config/private-file.ts";
import { resolveSecret } from "../../config/secrets.ts";
import type { Tokens } from "../../mcp/oauth/grant.ts";
import { isObject } from "../../policy/json.ts";
import { exclusively } from "../../store/exclusive.ts";
import type { Store } from "../../store/store.ts";
import type { Person, Provider } from "./provider.ts";
import { removeLogin } from "../saved-login.ts";
import { counting, readStanding, standingNote, type Standing } from "./standing.ts";

/** How long an answer waits for the provider; after that what was known holds, as long as it does. */
const PATIENCE_MS = 5_000;
const LOCK_WAIT_MS = 30_000;
/** How long the provider's own metadata and our secret are not looked up again. */
const PROVIDER_MS = 10 * 60_000;

/** What somebody entered with; a file (0600) of its own, as of every login. */
interface Entered {
  readonly issuer: string;
  readonly clientId: string;
  readonly subject: string;
  readonly tokens: Tokens;
}

export interface StandingsParts {
  readonly store: Store;
  readonly env: Env;
  /** Absolute path of the kidoban.yaml. */
  readonly configPath: string;
  /** The accepted configuration and, while a change waits, the proposed one. */
  readonly configs: () => readonly Config[];
  readonly now: () => number;
}

export interface Standings {
  /** What counts of each of them, as far as is known here. The same list where nobody in it is bound to the provider. */
  narrow(approvers: readonly Approver[]): readonly Approver[];
  /** Reads from the store again. */
  refresh(): Promise<void>;
  /** Asks the provider about those of these names who are bound to it. Never rejects: who cannot be asked about stays as known. */
  confirm(names: Iterable<string>): Promise<void>;
  /** Somebody came from the provider under this name. */
  entered(name: string, issuer: string, clientId: string, person: Person, tokens: Tokens): Promise<void>;
  /** The provider as the accepted configuration has it. @throws AuthError, ConfigError */
  provider(redirect: string): Promise<{ readonly provider: Provider; readonly oidc: OidcConfig } | undefined>;
}

const isBound = ({ subject }: Approver): boolean => subject !== undefined;

export function openStandings(parts: StandingsParts): Standings {
  const { store, env, configPath, now } = parts;
  let known: ReadonlyMap<string, Standing> = new Map();
  let found: { readonly key: string; readonly until: number; readonly provider: Promise<Provider> } | undefined;

  /** The last list that binds nobody. */
  let unbound: readonly Approver[] | undefined;

  const accepted = (): Config | undefined => parts.configs()[0];
  const bound = (): readonly Approver[] => parts.configs().flatMap(({ approvers }) => approvers.filter(isBound));
  const counted = (approvers: readonly Approver[]): readonly Approver[] => {
    const oidcs = parts.configs().map(({ console }) => console?.oidc);
    return approvers.map((approver) => counting(approver, known.get(approver.name), oidcs, now()));
  };
  const fileOf = (name: string): string => {
    const digest = createHash("sha256")
      .update(JSON.stringify(["person", configPath, name]))
      .digest("hex");
    return join(env.stateDir, "logins", `person-${name}-${digest.slice(0, 16)}.json`);
  };

  async function provider(redirect: string): Promise<{ provider: Provider; oidc: OidcConfig } | undefined> {
    const config = accepted();
    const oidc = config?.console?.oidc;
    if (config === undefined || oidc === undefined) return undefined;
    const key = JSON.stringify([oidc, redirect]);
    if (found === undefined || found.key !== key || found.until < now()) {
      const ref = oidc.clientSecret === undefined ? undefined : config.secrets.get(oidc.clientSecret);
      const fresh = (async (): Promise<Provider> => {
        const secret = ref === undefined ? undefined : await resolveSecret(ref, config.folder, env);
        const { findProvider } = await import("./provider.ts");
        return findProvider(oidc, secret, redirect);
      })();
      found = { key, until: now() + PROVIDER_MS, provider: fresh };
      fresh.catch(() => (found = undefined));
    }
    return { provider: await found.provider, oidc };
  }

  async function keep(name: string, standing: Standing): Promise<void> {
    await store.setNote(standingNote(configPath, name), JSON.stringify(standing));
    known = new Map(known).set(name, standing);
  }

  async function enteredBy(name: string): Promise<Entered | undefined> {
    const text = await readPrivateFile(fileOf(name));
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return isObject(value) && value["v"] === 1 ? (value as unknown as Entered) : undefined;
  }
  const keepEntered = (name: string, entered: Entered): Promise<void> =>
    replacePrivateFile(fileOf(name), `${JSON.stringify({ v: 1, ...entered })}\n`);

  async function ask(name: string): Promise<void> {
    const at = await provider("");
    const entered = await enteredBy(name);
    if (at === undefined || entered === undefined) return;
    const { issuer, clientId, subject } = entered;
    // What was entered with at another provider says nothing about this one.
    if (issuer !== at.oidc.issuer || clientId !== at.oidc.clientId) return;
    const { look } = await import("./provider.ts");
    const checkedAt = now();
    const looked = await look(at.provider, at.oidc, subject, entered.tokens, checkedAt);
    if (looked.kind === "gone") await removeLogin(fileOf(name));
    else if (looked.tokens !== entered.tokens) await keepEntered(name, { ...entered, tokens: looked.tokens });
    switch (looked.kind) {
      case "there":
        return keep(name, { v: 1, issuer, subject, groups: looked.groups ?? null, checkedAt, gone: false });
      case "gone":
        return keep(name, { v: 1, issuer, subject, groups: null, checkedAt, gone: true });
      case "unknown":
        return undefined;
    }
  }

  /** One at a time in all processes: a refresh token may be good once only. */
  const running = new Map<string, Promise<void>>();
  const confirmOne = (name: string): Promise<void> => {
    const one =
      running.get(name) ??
      exclusively(`${fileOf(name)}.lock`, LOCK_WAIT_MS, () => ask(name))
        .catch(() => undefined)
        .finally(() => running.delete(name));
    running.set(name, one);
    return one;
  };

  async function refresh(): Promise<void> {
    const next = new Map<string, Standing>();
    for (const { name } of bound()) {
      const standing = readStanding(await store.note(standingNote(configPath, name)));
      if (standing !== undefined) next.set(name, standing);
    }
    known = next;
  }

  return {
    narrow(approvers) {
      // Asked some ten times a call.
      if (approvers === unbound) return approvers;
      if (approvers.some(isBound)) return counted(approvers);
      return (unbound = approvers);
    },
    refresh,
    async confirm(names) {
      const people = new Set(bound().map(({ name }) => name));
      const wanted = [...new Set(names)].filter((name) => people.has(name));
      if (wanted.length === 0) return;
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
      await Promise.race([Promise.all(wanted.map(confirmOne)), patience]);
      clearTimeout(timer);
      // Another process may have been told something in between.
      await refresh();
    },
    async entered(name, issuer, clientId, { subject, groups }, tokens) {
      await exclusively(`${fileOf(name)}.lock`, LOCK_WAIT_MS, async () => {
        await keepEntered(name, { issuer, clientId, subject, tokens });
        await keep(name, { v: 1, issuer, subject, groups: groups ?? null, checkedAt: now(), gone: false });
      });
    },
    provider,
  };
}
