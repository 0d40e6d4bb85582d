/** Passes: given from a request, signed by others too, revoked. Each signature is a gesture; revoking needs none, like a stop. */

import { randomBytes } from "node:crypto";
import { may, type Approver } from "../../approval/approver.ts";
import { argumentsOf } from "../../approval/edit.ts";
import type { OnDesk } from "../../approval/desk.ts";
import { passBodyFault, passLeave, passSignature, type Bound, type PassLeave } from "../../approval/pass.ts";
import { passFor, type PassSigned } from "../../approval/pass-desk.ts";
import { turnOf } from "../../approval/turn.ts";
import type { JsonObject } from "../../policy/json.ts";
import { en, ja } from "../../words/console-passes.ts";
import { passkeysAt } from "../gesture.ts";
import { consoleWords } from "../layout.ts";
import { noticePage } from "../pages/notice.ts";
import { boundText, givePage, passesPage } from "../pages/pass.ts";
import { goTo, personOf, sendPage } from "../respond.ts";
import { openSigning } from "../signing.ts";
import type { ConsoleApp, ConsoleContext, House } from "../visitor.ts";
import { remarksIn, wordsOf } from "./request.ts";

const passWords = (c: ConsoleContext) => (c.var.visitor.language === "ja" ? ja : en);

const MINUTE_MS = 60_000;

/** Whoever only reads changes nothing; everybody else may take a leave back. */
const mayRevoke = (person: Approver): boolean => may(person, "answer") || may(person, "resume");

/** A field that was left alone means its value; another text is a pattern, or a value as JSON for what is no text. */
function boundsIn(form: URLSearchParams, args: JsonObject): Readonly<Record<string, Bound>> | undefined {
  const bounds: [string, Bound][] = [];
  for (const [name, value] of Object.entries(args)) {
    const typed = (form.get(`bound.${name}`) ?? "").replaceAll("\r\n", "\n");
    if (typed === boundText(value).replaceAll("\r\n", "\n")) bounds.push([name, { is: value }]);
    else if (typeof value === "string") bounds.push([name, { glob: typed }]);
    else return undefined;
  }
  return Object.fromEntries(bounds);
}

export function passRoutes(app: ConsoleApp, house: House): void {
  const { ports } = house;
  const { desk, passes, site } = ports;
  const signing = openSigning<PassLeave>(site, "kidoban-pass/v1");

  /** What a pass can be given for, with whose turn it is. */
  async function found(c: ConsoleContext): Promise<OnDesk | undefined> {
    const shown = await desk.show(c.req.param("id") ?? "");
    if (shown.kind !== "found" || shown.request.state !== "pending") return undefined;
    const terms = { pass: "", issuedAt: 0, from: 0, until: 0, count: 1, reason: "" };
    return passFor(shown.request, ports.config, terms) === undefined ? undefined : shown;
  }

  app.get("/passes", async (c) => {
    const person = personOf(c);
    const here = passkeysAt(site, person).length > 0 ? "passkey" : "terminal";
    return sendPage(
      c,
      house,
      passesPage(
        {
          passes: await passes.list(),
          csrf: c.var.visitor.csrf,
          person: person.name,
          signs: may(person, "answer") ? here : "not",
          revokes: mayRevoke(person),
          now: ports.now(),
        },
        passWords(c),
      ),
    );
  });

  app.get("/requests/:id/pass", async (c) => {
    const words = passWords(c);
    const shown = await found(c);
    if (!may(personOf(c), "answer"))
      return sendPage(c, house, noticePage(consoleWords(c.var.visitor.language).notice.forbidden), 403);
    if (shown === undefined)
      return sendPage(c, house, noticePage({ title: words.give.title, text: words.give.no }), 403);
    const { request } = shown;
    const [statements, people] = await Promise.all([ports.statements(request.id), ports.people()]);
    const turn = turnOf(request, statements, people, personOf(c).name, ports.now());
    const answerer = { turn, role: "answers", editable: [], together: 0, pass: true } as const;
    const view = { shown, answerer, args: argumentsOf(request) ?? {}, csrf: c.var.visitor.csrf };
    return sendPage(c, house, givePage(view, wordsOf(c), words));
  });

  app.post("/requests/:id/pass/challenge", async (c) => {
    const { form, visitor } = c.var;
    const words = passWords(c);
    const person = personOf(c);
    const shown = await found(c);
    if (!may(person, "answer")) return c.json({ problem: words.refused.signature }, 403);
    if (shown === undefined || form.get("shown") !== shown.request.shown)
      return c.json({ problem: words.give.no }, 409);
    const args = argumentsOf(shown.request) ?? {};
    const bounds = form.get("how") === "within" ? boundsIn(form, args) : {};
    if (bounds === undefined) return c.json({ problem: words.refused.malformed }, 409);
    const now = ports.now();
    const body = passFor(
      shown.request,
      ports.config,
      {
        pass: randomBytes(8).toString("hex"),
        issuedAt: now,
        from: now,
        until: now + Number(form.get("minutes")) * MINUTE_MS,
        count: Number(form.get("count")),
        reason: (form.get("reason") ?? "").trim(),
      },
      form.get("how") === "within" ? { kind: "within", bounds } : undefined,
    );
    if (body === undefined) return c.json({ problem: words.give.no }, 409);
    const fault = passBodyFault(body);
    if (fault !== undefined) return c.json({ problem: words.refused[fault] }, 409);
    const { comment: _none, ...remarks } = remarksIn(form);
    const offered = signing.ask(visitor.visit, person, passLeave(body, person.name, now, remarks), now);
    return offered === undefined ? c.json({ problem: words.refused.signature }, 403) : c.json(offered);
  });

  /** What was signed goes to the desk; the sentence says what came of it. */
  async function signedBy(
    c: ConsoleContext,
    take: (leave: PassLeave, signature: ReturnType<typeof passSignature>) => Promise<PassSigned>,
  ): Promise<string> {
    const words = passWords(c);
    const signed = signing.signed(c.var.visitor.visit, personOf(c), c.var.form, ports.now());
    if (signed === undefined) return consoleWords(c.var.visitor.language).gesture.stale;
    const { body: leave, ...proof } = signed;
    const answered = await take(leave, passSignature(leave, "verified", proof));
    return answered.kind === "refused"
      ? words.refused[answered.why]
      : words.signed(answered.pass.signatures.map(({ approver }) => approver));
  }

  app.post("/requests/:id/pass", async (c) =>
    goTo(c, house, "/passes", await signedBy(c, (leave, signature) => passes.issue(leave.pass, signature))),
  );

  app.post("/passes/:pass/challenge", async (c) => {
    const person = personOf(c);
    const words = passWords(c);
    const pass = await passes.show(c.req.param("pass"));
    if (pass === undefined) return c.json({ problem: words.refused["no-such-pass"] }, 404);
    const now = ports.now();
    const offered = may(person, "answer")
      ? signing.ask(c.var.visitor.visit, person, passLeave(pass.body, person.name, now), now)
      : undefined;
    return offered === undefined ? c.json({ problem: words.refused.signature }, 403) : c.json(offered);
  });

  app.post("/passes/:pass/sign", async (c) =>
    goTo(
      c,
      house,
      "/passes",
      await signedBy(c, async (leave, signature) =>
        leave.pass.pass === c.req.param("pass")
          ? passes.sign(leave.pass.pass, signature)
          : { kind: "refused", why: "no-such-pass" },
      ),
    ),
  );

  app.post("/passes/:pass/revoke", async (c) => {
    const person = personOf(c);
    const words = passWords(c);
    if (!mayRevoke(person)) return c.text("refused: role\n", 403);
    const done = await passes.revoke(c.req.param("pass"), person.name);
    return goTo(c, house, "/passes", done ? words.revoked : words.gone);
  });
}
