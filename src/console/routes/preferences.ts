/** Language and colours, kept in the browser. */

import { pathWithin } from "../respond.ts";
import { isTheme } from "../theme.ts";
import { givePreference, isLanguage, type ConsoleApp, type House } from "../visitor.ts";

export function preferenceRoutes(app: ConsoleApp, { ports }: House): void {
  app.post("/preferences", (c) => {
    const { form } = c.var;
    const [language, theme] = [form.get("language") ?? "", form.get("theme") ?? ""];
    if (isLanguage(language)) givePreference(c, ports.site, "language", language);
    if (isTheme(theme)) givePreference(c, ports.site, "theme", theme);
    return c.redirect(pathWithin(form.get("back")), 303);
  });
}
