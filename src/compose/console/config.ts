/** The files on disk against what is accepted, for the console; and an acceptance that was signed there. */

import { may } from "../../approval/approver.ts";
import { renderProblems } from "../../config/diagnostics.ts";
import { ConfigError } from "../../config/error.ts";
import type { ConfigPort } from "../../console/page-ports.ts";
import type { ConfigView, FileChange } from "../../console/pages/config.ts";
import { accept, proposalOf, type Proposal } from "../proposal.ts";
import { RejectedConfig } from "../rejected.ts";
import type { State } from "../state.ts";

type Files = ReadonlyMap<string, string>;

function changedFiles(before: Files, after: Files): readonly FileChange[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .toSorted()
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => ({ name, before: before.get(name), after: after.get(name) }));
}

/** `configPath`: absolute. */
export function configPort(state: State, configPath: string, now: () => number): ConfigPort {
  const { store } = state;

  /** The proposal, or why there is none. */
  async function proposal(): Promise<Proposal | ConfigView> {
    try {
      return await proposalOf(configPath, store);
    } catch (error) {
      if (error instanceof RejectedConfig) {
        const { problems, sources } = error;
        const texts = { en: renderProblems(problems, sources, "en"), ja: renderProblems(problems, sources, "ja") };
        return { kind: "broken", config: configPath, problems: texts };
      }
      if (error instanceof ConfigError)
        return { kind: "broken", config: configPath, problems: { en: error.message, ja: error.message } };
      throw error;
    }
  }

  return {
    async view() {
      const found = await proposal();
      if ("kind" in found) return found;
      const accepted = await store.accepted(configPath);
      // Accepted meanwhile by somebody else: the comparison is of what was.
      if (accepted?.digest !== found.previous) return this.view();
      if (accepted === undefined) return { kind: "never-accepted", config: configPath };
      const { digest, acceptableFrom, approvers, rights, changes, files } = found;
      const { by, acceptedAt } = accepted;
      if (digest === accepted.digest) return { kind: "same", config: configPath, digest, by, acceptedAt };
      return {
        kind: "differs",
        config: configPath,
        digest,
        previous: accepted.digest,
        acceptableFrom,
        owners: approvers.filter((one) => may(one, "accept")).map(({ name }) => name),
        signed: approvers.length > 0,
        rights,
        changes,
        files: changedFiles(accepted.files, files),
      };
    },
    async accept(signed) {
      const found = await proposal();
      const { config, digest, previous } = signed.body;
      // The signature is over what was shown; what stands there by now is something else.
      if ("kind" in found || config !== configPath || found.digest !== digest || found.previous !== previous)
        return "overtaken";
      return (await accept(state, found, signed, now())).kind;
    },
  };
}
