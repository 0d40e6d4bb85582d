/** How much a call can do, by word and shape, not by colour alone. */

import { html } from "hono/html";
import type { Request } from "../../approval/request.ts";
import type { Html } from "../layout.ts";

export type Risk = "read" | "write" | "destructive";

const riskOf = ({ access, destructive }: Pick<Request, "access" | "destructive">): Risk =>
  destructive ? "destructive" : access;

export function riskBadge(
  request: Pick<Request, "access" | "destructive">,
  words: { readonly risk: Readonly<Record<Risk, string>> },
): Html {
  const risk = riskOf(request);
  return html`<span class="risk ${risk}">${words.risk[risk]}</span>`;
}
