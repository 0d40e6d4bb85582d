/** In by a passkey, out by a button. A login opens pages to read; it answers nothing. */

import { hasRole, type Approver, type Passkey } from "../../approval/approver.ts";
import { assuranceOf } from "../../approval/proof.ts";
import { messageDigest } from "../../approval/signature.ts";
import { decoys } from "../decoys.ts";
import { offer, passkeysAt, proofBy, readCredential, type Credential } from "../gesture.ts";
import { consoleWords } from "../layout.ts";
import { loginPage } from "../pages/login.ts";
import { pathWithin, sendPage } from "../respond.ts";
import { randomSecret } from "../secret.ts";
import { openShelf } from "../shelf.ts";
import { providerButton, withoutRole } from "./entrance.ts";
import { type ConsoleApp, giveVisit, type House } from "../visitor.ts";

/** What a login signs: good for this console, once. */
interface LoginBody {
  readonly v: 1;
  readonly origin: string;
  readonly nonce: string;
  readonly at: number;
}

interface Holder {
  readonly person: Approver;
  readonly passkey: Passkey;
}

export function loginRoutes(app: ConsoleApp, house: House): void {
  const { ports, sessions } = house;
  const { site } = ports;
  const shelf = openShelf<LoginBody>();

  const digest = (body: LoginBody): Buffer => messageDigest("kidoban-login/v1", body);
  async function holderOf({ id }: Credential): Promise<Holder | undefined> {
    return (await ports.people())
      .flatMap((person) => passkeysAt(site, person).map((passkey) => ({ person, passkey })))
      .find(({ passkey }) => passkey.id === id);
  }

  app.get("/login", async (c): Promise<Response> => {
    const { csrf, language, person } = c.var.visitor;
    const next = pathWithin(c.req.query("next") ?? null);
    if (person !== undefined) return c.redirect(next, 303);
    return sendPage(
      c,
      house,
      loginPage(csrf, next, consoleWords(language).login, undefined, await providerButton(c, house)),
    );
  });

  app.post("/login/challenge", async (c) => {
    const now = ports.now();
    const body: LoginBody = { v: 1, origin: site.origin, nonce: randomSecret(), at: now };
    const name = (c.var.form.get("name") ?? "").trim().slice(0, 100);
    const people = await ports.people();
    const idsOf = (person: Approver): readonly string[] => passkeysAt(site, person).map(({ id }) => id);
    const ids = people.filter((one) => one.name === name).flatMap(idsOf);
    const shown = name === "" ? [] : ids.length === 0 ? decoys(await ports.decoyKey(), name, people.map(idsOf)) : ids;
    return c.json(offer(site, shelf.put(c.var.visitor.visit, body, now), [digest(body)], shown));
  });

  app.post("/login", async (c) => {
    const { form, visitor } = c.var;
    const now = ports.now();
    const body = shelf.take(visitor.visit, form.get("gesture") ?? "", now);
    const credential = readCredential(form.get("credential") ?? "");
    const holder = credential === undefined ? undefined : await holderOf(credential);
    const proof =
      body === undefined || credential === undefined || holder === undefined
        ? undefined
        : proofBy(holder.passkey, credential, [digest(body)]);
    const isThem =
      body !== undefined &&
      holder !== undefined &&
      proof !== undefined &&
      assuranceOf("kidoban-login/v1", body, proof, holder.person) === "verified";
    const next = pathWithin(form.get("next"));
    if (!isThem) {
      ports.refused({ reason: "a console login that does not hold", from: "console" });
      const { login } = consoleWords(visitor.language);
      return sendPage(
        c,
        house,
        loginPage(visitor.csrf, next, login, login.refused, await providerButton(c, house)),
        401,
      );
    }
    if (!hasRole(holder.person)) return withoutRole(c, house, holder.person.name);
    await ports.record({ kind: "console.entered", by: holder.person.name, key: holder.passkey.key });
    sessions.end(visitor.visit);
    giveVisit(c, site, sessions.open(holder.person.name, holder.passkey.key, now));
    return c.redirect(next, 303);
  });

  app.post("/logout", (c) => {
    sessions.end(c.var.visitor.visit);
    giveVisit(c, site, randomSecret());
    return c.redirect("/login", 303);
  });
}
