/** Reads the configuration files of clients that are there. Changes nothing. */

import type { ClientFile, Location, Machine } from "./client-file.ts";
import { decode, readBytes, realFile } from "./files.ts";
import type { FoundFile } from "./plan.ts";

/** A file with the bytes that were read, which are the ones to change. */
interface ReadFile extends FoundFile {
  readonly bytes: Buffer;
}

/** A file that is left as it is because it cannot be read. */
export type FileFault =
  | { readonly kind: "not-utf8"; readonly file: string }
  | {
      readonly kind: "unreadable";
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly fault: string;
    };

export interface Discovered {
  readonly files: readonly ReadFile[];
  readonly faults: readonly FileFault[];
  /** Every place that was looked at. */
  readonly looked: readonly string[];
}

/** @throws what the disk throws, but for files that are not there */
export function discover(clients: readonly ClientFile[], machine: Machine, project: string): Discovered {
  const places = clients.flatMap((client) => client.find(machine, project).map((at) => ({ client, at })));
  // In the home folder a project's file is the user's, and links may lead two clients to one file: each file is read
  // once, the user's own place first, so that a repository cannot claim it by a link.
  const order = [
    ...places.filter(({ at }) => at.scope === "user"),
    ...places.filter(({ at }) => at.scope === "project"),
  ];
  const real = order.map(({ at }) => realFile(at.file));
  const once = new Set(order.filter((_, index) => real.indexOf(real[index] ?? "") === index));
  const read = places.filter((place) => once.has(place)).flatMap(({ client, at }) => readOne(client, at));
  return {
    files: read.flatMap((one) => ("bytes" in one ? [one] : [])),
    faults: read.flatMap((one) => ("bytes" in one ? [] : [one])),
    looked: places.map(({ at }) => at.file),
  };
}

function readOne(client: ClientFile, at: Location): readonly (ReadFile | FileFault)[] {
  const bytes = readBytes(at.file);
  if (bytes === undefined) return [];
  const text = decode(bytes);
  if (text === undefined) return [{ kind: "not-utf8", file: at.file }];
  const answer = client.read(text, at);
  if (answer.kind === "unreadable") return [{ ...answer, file: at.file }];
  return answer.servers.length === 0 ? [] : [{ client, at, servers: answer.servers, bytes }];
}
