/** What the log keeps of a configuration: see audit/archive.ts. Reads no file. */

import { archiveText } from "../audit/archive.ts";
import type { ConfigRef } from "../audit/entry.ts";
import type { AuditLog } from "../audit/log.ts";
import { digestOf } from "../config/files.ts";
import type { Loaded } from "../config/load.ts";
import type { Config } from "../config/config-file.ts";
import { keepingOf } from "./keeping.ts";
import type { Edition } from "./edition.ts";

/** The text for the archive, the same for the same bytes and the same program. */
export const archiveOf = ({ sources, manifests, locks }: Loaded, config: Config): string =>
  archiveText({
    v: 1,
    config: config.file,
    digest: digestOf(sources),
    files: [...sources],
    floor: config.floor,
    rules: config.rules,
    servers: [...config.servers].map(([id, { endpoint, root }]) => [
      id,
      { endpoint, ...(root === undefined ? {} : { root }) },
    ]),
    manifests: [...manifests],
    locks: [...locks],
    ...keepingOf(config),
  });

/** Keeps each configuration once and gives what entries say of it. */
export function archiver(log: AuditLog): (edition: Edition) => ConfigRef {
  const archives = new Map<string, string>();
  return ({ digest, loaded, config }) => {
    const archive = archives.get(digest) ?? log.archive(archiveOf(loaded, config));
    archives.set(digest, archive);
    return { digest, archive };
  };
}
