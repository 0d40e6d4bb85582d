/**
 * Enrolling a passkey. The link alone is nothing: the code stands in a terminal. What comes of it is nothing either, until
 * it is in the accepted configuration.
 */

import { createHash } from "node:crypto";
import { readCode } from "../../approval/action.ts";
import { en, ja } from "../../words/enrol.ts";
import { codeDigest, linkDigest, type Enrolment } from "../enrolment.ts";
import { passkeysAt } from "../gesture.ts";
import { enrolledPage, enrolPage } from "../pages/enrol.ts";
import { noticePage } from "../pages/notice.ts";
import { registered, registrationOptions } from "../registration.ts";
import { sendPage } from "../respond.ts";
import { randomSecret } from "../secret.ts";
import { openShelf } from "../shelf.ts";
import type { ConsoleApp, ConsoleContext, House } from "../visitor.ts";

/** The challenge of a browser whose person typed the right code. */
interface Confirmed {
  readonly link: string;
  readonly challenge: string;
}

const wordsOf = (c: ConsoleContext) => (c.var.visitor.language === "ja" ? ja : en).page;

export function enrolRoutes(app: ConsoleApp, house: House): void {
  const { ports } = house;
  const { site, enrolments } = ports;
  const shelf = openShelf<Confirmed>();

  async function open(link: string): Promise<Enrolment | undefined> {
    if (!/^[\w-]{22}$/.test(link)) return undefined;
    const found = await enrolments.find(linkDigest(link));
    return found?.state === "open" && found.expiresAt > ports.now() ? found : undefined;
  }
  const gone = (c: ConsoleContext) => sendPage(c, house, noticePage(wordsOf(c).gone), 410);

  app.get("/enrol/:link", async (c) => {
    const link = c.req.param("link");
    const found = await open(link);
    return found === undefined
      ? gone(c)
      : sendPage(c, house, enrolPage(link, found.approver, c.var.visitor.csrf, wordsOf(c)));
  });

  app.post("/enrol/:link/challenge", async (c) => {
    const link = c.req.param("link");
    const words = wordsOf(c);
    const found = await open(link);
    if (found === undefined) return c.json({ problem: words.gone.text }, 410);
    const code = readCode((c.var.form.get("code") ?? "").replaceAll(/\s/g, "")) ?? "";
    if (!(await enrolments.confirm(linkDigest(link), codeDigest(link, code)))) {
      const left = (await open(link)) === undefined ? 0 : 1;
      return c.json({ problem: words.wrong(left) }, 403);
    }
    const known = (await ports.people()).find(({ name }) => name === found.approver);
    const challenge = randomSecret();
    const gesture = shelf.put(c.var.visitor.visit, { link, challenge }, ports.now());
    // The same for one name, so that a new passkey takes the place of the old one on the same device.
    const user = createHash("sha256").update(`kidoban-user\n${site.origin}\n${found.approver}`).digest("base64url");
    const ids = known === undefined ? [] : passkeysAt(site, known).map(({ id }) => id);
    return c.json({ gesture, enrol: registrationOptions(site, challenge, user, found.approver, ids) });
  });

  app.post("/enrol/:link", async (c) => {
    const link = c.req.param("link");
    const words = wordsOf(c);
    const { form, visitor } = c.var;
    const found = await open(link);
    const confirmed = shelf.take(visitor.visit, form.get("gesture") ?? "", ports.now());
    if (found === undefined || confirmed === undefined || confirmed.link !== link) return gone(c);
    const passkey = await registered(site, confirmed.challenge, form.get("credential") ?? "");
    if (passkey === undefined)
      return sendPage(c, house, enrolPage(link, found.approver, visitor.csrf, words, words.refused), 400);
    await ports.record({ kind: "passkey.enrolled", approver: found.approver, ...passkey });
    if (!(await enrolments.finish(linkDigest(link), passkey))) return gone(c);
    return sendPage(c, house, enrolledPage(found.approver, passkey, words));
  });
}
