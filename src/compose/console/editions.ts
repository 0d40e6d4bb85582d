/** The accepted configuration and the files on disk, compiled to look at, and again only when one of them changed. */

import { dirname } from "node:path";
import { digestOf, readFiles } from "../../config/files.ts";
import { parseFiles, type Loaded } from "../../config/load.ts";
import { hasErrors } from "../../config/problem.ts";
import { compileAccepted, type Policy } from "../../policy/policy.ts";
import type { Store } from "../../store/store.ts";
import { compileAll } from "../policies.ts";

export interface Looked {
  readonly digest: string;
  readonly loaded: Loaded;
  /** By agent. */
  readonly policies: ReadonlyMap<string, Policy>;
}

export interface Editions {
  /** Undefined until something is accepted. */
  readonly accepted: Looked | undefined;
  /** Undefined where the files are unreadable or have mistakes, or are what is accepted. */
  readonly disk: Looked | undefined;
}

export const agentNames = ({ accepted, disk }: Editions): readonly string[] =>
  [...new Set([accepted, disk].flatMap((each) => [...(each?.loaded.manifests.keys() ?? [])]))].toSorted();

function look(loaded: Loaded): Looked | undefined {
  const { policies, problems } = compileAll(loaded, compileAccepted);
  if (loaded.config === undefined || hasErrors(problems)) return undefined;
  return { digest: digestOf(loaded.sources), loaded, policies };
}

/** `configPath`: absolute. */
export function editionsOf(store: Store, configPath: string): () => Promise<Editions> {
  const folder = dirname(configPath);
  /** By digest: of the two that are looked at, and no more. */
  let known = new Map<string, Looked | undefined>();
  return async () => {
    const archived = await store.accepted(configPath);
    const onDisk = await readFiles(configPath).catch(() => undefined);
    const next = new Map<string, Looked | undefined>();
    const lookAt = (files: ReadonlyMap<string, string>, digest: string): Looked | undefined => {
      const looked = known.has(digest) ? known.get(digest) : look(parseFiles(files, folder));
      next.set(digest, looked);
      return looked;
    };
    const accepted = archived === undefined ? undefined : lookAt(archived.files, archived.digest);
    const digest = onDisk === undefined ? undefined : digestOf(onDisk.files);
    const differs = onDisk !== undefined && digest !== undefined && digest !== archived?.digest;
    const disk = differs && !hasErrors(onDisk.problems) ? lookAt(onDisk.files, digest) : undefined;
    known = next;
    return { accepted, disk };
  };
}
