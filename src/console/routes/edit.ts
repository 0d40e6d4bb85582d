/** Arguments changed by an approver: another request takes the place of the first, and everybody is asked anew. */

import { may } from "../../approval/approver.ts";
import { argumentsOf } from "../../approval/edit.ts";
import type { OnDesk } from "../../approval/desk.ts";
import { editable } from "../../approval/quorum.ts";
import type { Json } from "../../policy/json.ts";
import { en, ja } from "../../words/console-entrance.ts";
import { consoleWords } from "../layout.ts";
import { editPage, fieldText, isTyped, type Field } from "../pages/edit.ts";
import { noticePage } from "../pages/notice.ts";
import { goTo, personOf, sendPage } from "../respond.ts";
import type { ConsoleApp, ConsoleContext, House } from "../visitor.ts";
import { cameByProvider } from "./entrance.ts";
import { wordsOf } from "./request.ts";

/** Forms send line ends as CRLF (HTML, section 4.10.22.4); a text that had none does not get any. */
const unfolded = (text: string): string => text.replaceAll("\r\n", "\n");

/** Undefined for what is no JSON. Left as it was: no change at all. */
function typedIn(form: URLSearchParams, { name, value }: Field): { readonly change?: Json } | undefined {
  const typed = form.get(`arg.${name}`);
  if (typed === null || unfolded(typed) === unfolded(fieldText(value))) return {};
  if (isTyped(value)) return { change: unfolded(typed) };
  try {
    return { change: JSON.parse(typed) as Json };
  } catch {
    return undefined;
  }
}

const fieldsOf = ({ request }: OnDesk): readonly Field[] => {
  const args = argumentsOf(request) ?? {};
  return editable(request.obligations).map((name) => ({ name, value: args[name] }));
};

export function editRoutes(app: ConsoleApp, house: House): void {
  const { desk } = house.ports;

  async function found(c: ConsoleContext): Promise<OnDesk | Response> {
    const shown = await desk.show(c.req.param("id") ?? "");
    const { notice } = consoleWords(c.var.visitor.language);
    const { refused } = wordsOf(c).request.edit;
    if (shown.kind !== "found") return sendPage(c, house, noticePage(notice.missing), 404);
    // No form for those whom it would refuse.
    if (!may(personOf(c), "answer")) return sendPage(c, house, noticePage(notice.forbidden), 403);
    if (cameByProvider(c)) {
      const { passkeyOnly } = c.var.visitor.language === "ja" ? ja : en;
      return sendPage(c, house, noticePage({ title: notice.forbidden.title, text: passkeyOnly }), 403);
    }
    if (shown.request.state === "pending" && fieldsOf(shown).length > 0) return shown;
    return sendPage(c, house, noticePage({ title: notice.forbidden.title, text: refused["not-editable"] }), 403);
  }

  app.get("/requests/:id/edit", async (c) => {
    const shown = await found(c);
    if (shown instanceof Response) return shown;
    return sendPage(c, house, editPage(shown, fieldsOf(shown), c.var.visitor.csrf, wordsOf(c)));
  });

  app.post("/requests/:id/edit", async (c) => {
    const shown = await found(c);
    if (shown instanceof Response) return shown;
    const { form, visitor } = c.var;
    const words = wordsOf(c);
    const { edit } = words.request;
    const fields = fieldsOf(shown);
    const again = (problem: string) => {
      const typed = fields.map((each) => ({ ...each, typed: form.get(`arg.${each.name}`) ?? undefined }));
      return sendPage(c, house, editPage(shown, typed, visitor.csrf, words, problem), 400);
    };
    const changes: [string, Json][] = [];
    for (const field of fields) {
      const typed = typedIn(form, field);
      if (typed === undefined) return again(edit.refused.malformed);
      if (typed.change !== undefined) changes.push([field.name, typed.change]);
    }
    // Whatever an argument is called, it becomes a member and nothing else.
    const edited = await desk.edit(shown.request.id, Object.fromEntries(changes), personOf(c).name);
    return edited.kind === "refused"
      ? again(edit.refused[edited.why])
      : goTo(c, house, `/requests/${edited.request.id}`, edit.done);
  });
}
