/** Which requests one gesture may answer: few, of one tool that destroys nothing, as the desk demands. */

import type { OnDesk } from "../approval/desk.ts";
import { MOST_IN_BATCH } from "../approval/proof.ts";
import type { Request } from "../approval/request.ts";
import type { ConsolePorts } from "./ports.ts";

/** How far the inbox is searched for more of the same. */
const SEARCHED = 200;

const isSameTool = (one: Request, other: Request): boolean =>
  one.agent === other.agent && one.server === other.server && one.kind === other.kind && one.name === other.name;

/** Oldest first, the request itself among them; empty where it must be answered by itself. */
export async function togetherWith({ desk }: Pick<ConsolePorts, "desk">, request: Request): Promise<readonly OnDesk[]> {
  if (request.destructive) return [];
  const same = (await desk.list({ limit: SEARCHED }))
    .filter((one) => one.kind === "found")
    .filter((one) => one.request.state === "pending" && !one.request.destructive && isSameTool(one.request, request));
  const others = new Set(same.filter((one) => one.request.id !== request.id).slice(0, MOST_IN_BATCH - 1));
  return same.filter((one) => one.request.id === request.id || others.has(one));
}
