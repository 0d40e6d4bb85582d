/** One gesture over several requests for one tool. Each answer is signed in the list, recorded and counted by itself. */

import { may } from "../../approval/approver.ts";
import { statementBody, type StatementBody } from "../../approval/statement.ts";
import { messageDigest } from "../../approval/signature.ts";
import { offer, passkeysAt, proofBy, readCredential } from "../gesture.ts";
import { consoleWords } from "../layout.ts";
import { batchPage } from "../pages/batch.ts";
import { noticePage } from "../pages/notice.ts";
import { goTo, personOf, sendPage } from "../respond.ts";
import { openShelf } from "../shelf.ts";
import { togetherWith } from "../together.ts";
import type { ConsoleApp, House } from "../visitor.ts";
import { remarksIn, wordsOf } from "./request.ts";

const digestsOf = (bodies: readonly StatementBody[]): readonly Buffer[] =>
  bodies.map((body) => messageDigest("kidoban-statement/v1", body));

export function batchRoutes(app: ConsoleApp, house: House): void {
  const { ports } = house;
  const { desk, site } = ports;
  const shelf = openShelf<readonly StatementBody[]>();

  app.get("/requests/:id/batch", async (c) => {
    const id = c.req.param("id");
    const shown = await desk.show(id);
    const { notice } = consoleWords(c.var.visitor.language);
    if (shown.kind !== "found") return sendPage(c, house, noticePage(notice.missing), 404);
    if (!may(personOf(c), "answer")) return sendPage(c, house, noticePage(notice.forbidden), 403);
    const items = await togetherWith(ports, shown.request);
    const back = `/requests/${id}`;
    return sendPage(
      c,
      house,
      batchPage({ back, action: `${back}/batch`, items, csrf: c.var.visitor.csrf }, wordsOf(c)),
    );
  });

  app.post("/requests/:id/batch/challenge", async (c) => {
    const { form, visitor } = c.var;
    const words = wordsOf(c);
    const { refused } = words.approvals.answered;
    const person = personOf(c);
    const ids = passkeysAt(site, person).map(({ id }) => id);
    const answer = form.get("answer");
    if (ids.length === 0 || (answer !== "approve" && answer !== "deny"))
      return c.json({ problem: refused.malformed }, 409);
    const ticked = form.getAll("request").map((each) => each.split(" "));
    if (ticked.length === 0) return c.json({ problem: words.request.batch.empty }, 409);
    const first = await desk.show(ticked[0]?.[0] ?? "");
    const known = first.kind === "found" ? await togetherWith(ports, first.request) : [];
    // In the order of the page; what it showed, and nothing that took its place since.
    const items = ticked.map(([id, shown]) =>
      known.find(({ request }) => request.id === id && request.shown === shown),
    );
    if (items.includes(undefined) || new Set(items).size < items.length) return c.json({ problem: refused.batch }, 409);
    const now = ports.now();
    const seen = await desk.seen();
    const { standsFor: _own, ...remarks } = remarksIn(form);
    const bodies = items.flatMap((item) =>
      item === undefined ? [] : [statementBody(item.request, answer, person.name, now, remarks, seen)],
    );
    return c.json(offer(site, shelf.put(visitor.visit, bodies, now), digestsOf(bodies), ids));
  });

  app.post("/requests/:id/batch", async (c) => {
    const { form, visitor } = c.var;
    const words = wordsOf(c);
    const { gesture } = consoleWords(visitor.language);
    const bodies = shelf.take(visitor.visit, form.get("gesture") ?? "", ports.now());
    const credential = readCredential(form.get("credential") ?? "");
    const passkey = passkeysAt(site, personOf(c)).find(({ id }) => id === credential?.id);
    if (bodies === undefined || credential === undefined || passkey === undefined)
      return goTo(c, house, `/requests/${encodeURIComponent(c.req.param("id"))}/batch`, gesture.stale);
    const proof = proofBy(passkey, credential, digestsOf(bodies));
    const answered = await desk.answerAll(bodies.map((body) => ({ body, assurance: "verified", ...proof })));
    const counted = answered.filter(({ kind }) => kind === "counted").length;
    return goTo(c, house, "/", words.request.batch.answered(counted, answered.length - counted));
  });
}
