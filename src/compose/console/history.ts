/** Past requests from the store, with what their answers prove today. */

import type { Approver } from "../../approval/approver.ts";
import { showsWhatRuns } from "../../approval/show.ts";
import { verifyStatement } from "../../approval/statement.ts";
import type { HistoryPort } from "../../console/page-ports.ts";
import type { Store } from "../../store/store.ts";

/** `people`: those accepted now. */
export const historyPort = (store: Store, people: () => Promise<readonly Approver[]>): HistoryPort => ({
  list({ agent, server, state, before }, limit) {
    return store.requests({
      limit,
      ...(agent === undefined ? {} : { agent }),
      ...(server === undefined ? {} : { server }),
      ...(state === undefined ? {} : { states: [state] }),
      ...(before === undefined ? {} : { before }),
    });
  },
  named: async (code) => (await store.findRequest(code))?.id,
  async one(id) {
    const request = await store.request(id);
    if (request === undefined) return undefined;
    const [statements, result, approvers] = await Promise.all([store.statements(id), store.result(id), people()]);
    return {
      request,
      altered: request.removedAt === undefined && !showsWhatRuns(request),
      given: statements.map((statement) => {
        const verified = verifyStatement(statement, request, approvers);
        return { statement, fault: verified.ok ? undefined : verified.why };
      }),
      result,
    };
  },
});
