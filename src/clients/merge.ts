/** An edit of a client's file as the journal keeps it, and taking it back in a file that has changed since. */

import * as z from "zod";
import type { Json } from "../policy/json.ts";
import type { Merge } from "./backup.ts";
import type { Change, ClientFile } from "./client-file.ts";
import { CLIENTS } from "./clients.ts";
import { decode } from "./files.ts";

const entry = z.strictObject({
  name: z.string(),
  command: z.string(),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  joint: z.literal(true).exactOptional(),
});
const edit = z.strictObject({
  client: z.string(),
  changes: z.array(z.strictObject({ path: z.array(z.string()), becomes: entry.nullable() })),
});

/** Paths, names and what a gate is started with; no secret. */
export const editJson = ({ client }: ClientFile, changes: readonly Change[]): Json => ({
  client,
  changes: changes.map(({ path, becomes }): Json => ({ path, becomes: becomes === undefined ? null : { ...becomes } })),
});

/** Puts the servers back in the place of the gates and keeps everything else as it is now. */
export const mergeEdit: Merge = (noted, current, original) => {
  const known = edit.safeParse(noted);
  const client = CLIENTS.find((one) => known.success && one.client === known.data.client);
  const [now, before] = [decode(current), decode(original)];
  if (!known.success || client === undefined || now === undefined || before === undefined) return undefined;
  const changes = known.data.changes.map(({ path, becomes }): Change => ({ path, becomes: becomes ?? undefined }));
  const restored = client.restore(now, before, changes);
  return restored === undefined ? undefined : Buffer.from(restored);
};
