/** The inbox under a load of requests, for `inbox.mjs`, which bundles it: real store, real desk, made-up requests. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { actionDigest } from "../src/approval/action.ts";
import type { Request } from "../src/approval/request.ts";
import { buildView, viewDigest } from "../src/approval/show.ts";
import { storeDesk } from "../src/store/desk.ts";
import { openStore } from "../src/store/sqlite.ts";

const PAGE = 50;

/** As a gate would have opened it, with a file of some length in its arguments. */
function request(n: number, now: number): Request {
  const args = { path: `docs/${n}.md`, content: "a line of text\n".repeat(40) };
  const facts = {
    agent: `agent-${n % 1000}`,
    server: "files",
    kind: "tool",
    name: "write_file",
    access: "write",
    destructive: true,
    rules: ["approvals"],
  } as const;
  const endpoint = "files-server ./workspace";
  const view = buildView({ ...facts, endpoint, args });
  const { agent, server, kind, name } = facts;
  const definition = "00".repeat(32);
  return {
    ...facts,
    id: n.toString(16).padStart(32, "0"),
    code: "000-000",
    call: `call-${n}`,
    argsText: JSON.stringify(args),
    action: actionDigest({ v: 1, agent, server, kind, name, endpoint, definition, arguments: args }),
    definition,
    nonce: n.toString(16).padStart(32, "0"),
    view,
    shown: viewDigest(view),
    obligations: [
      { rule: "approvals", from: [], need: 1, assurance: "operator", expiresMs: 900_000, redeemMs: 300_000 },
    ],
    state: "pending",
    openedAt: now + n,
    expiresAt: now + 900_000,
    attended: false,
  };
}

/** Ms to show the first page with the number of all, and a page in the middle. */
export async function measureInbox(pending: number): Promise<{ readonly first: number; readonly middle: number }> {
  const folder = mkdtempSync(join(tmpdir(), "kidoban-bench-"));
  const store = await openStore(folder);
  try {
    const now = Date.now();
    for (let n = 0; n < pending; n++) await store.openRequest(request(n, now), pending);
    const desk = storeDesk({
      store,
      approvers: async () => [],
      record: async () => undefined,
      body: () => ({ digest: "", bytes: 0 }),
      locked: async () => undefined,
      now: () => now,
    });
    const timed = async (after?: string): Promise<number> => {
      const from = performance.now();
      const page = await desk.list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
      const count = await desk.count();
      if (page.length !== PAGE || count !== pending) throw new Error("the inbox does not show what is pending");
      return performance.now() - from;
    };
    const median = async (after?: string): Promise<number> => {
      const runs: number[] = [];
      for (let run = 0; run < 9; run++) runs.push(await timed(after));
      return runs.toSorted((a, b) => a - b)[4] ?? 0;
    };
    return { first: await median(), middle: await median((pending >> 1).toString(16).padStart(32, "0")) };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
